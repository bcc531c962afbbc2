import { type OpenApiDocuments, openApiDocuments } from '../../surfaces/kit/openapi/document.ts';
import { dialects } from '../plugins.gen.ts';
import { version } from '../version.ts';

export const openApi = (): Promise<OpenApiDocuments> => openApiDocuments(dialects, { version: version() });
