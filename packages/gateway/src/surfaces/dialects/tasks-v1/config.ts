import { GatewayError, getConfig, patchConfig } from '@openclaw/contract';
import { type Route, route } from '../../kit/dialect.ts';

const PATH = '/api/v1/config';
const LONGEST_HEADER = 4_000;

const get = route({
  method: 'GET',
  path: PATH,
  operation: getConfig,
  status: 200,
  toInput: () => ({}),
  toReply: ({ config }) => config,
  toHeaders: ({ version }) => ({ etag: `"${version}"` }),
});

/** The answer is the configuration, as the document has it; what there is to say besides stands in the headers. */
const patch = route({
  method: 'PATCH',
  path: PATH,
  operation: patchConfig,
  status: 200,
  toInput: ({ body, ifMatch }) => ({ patch: body, version: versionOf(ifMatch) }),
  toReply: ({ config }) => config,
  toHeaders: ({ version, needsRestart, warnings }) => ({
    etag: `"${version}"`,
    ...(needsRestart.length > 0 && { 'x-openclaw-needs-restart': needsRestart.join(', ') }),
    ...(warnings.length > 0 && { 'x-openclaw-warning': toHeader(warnings.map(({ message }) => message).join('; ')) }),
  }),
});

/** `If-Match: "…"`; `*` and nothing at all take any version. A weak one matches none: it promises no more than likeness. */
const versionOf = (ifMatch: string | undefined): string | undefined => {
  const written = ifMatch?.trim();
  if (written === undefined || written === '*') return undefined;
  const [, version] = /^"([^"]*)"$/.exec(written) ?? [];
  if (version === undefined && !written.startsWith('W/')) throw new GatewayError('invalid_request', 'If-Match: send the ETag as it came, one, in its quotes', { path: 'If-Match' });
  return version ?? written.slice(0, 100);
};

/** Headers hold no line ends, and nothing past ASCII that every client reads the same. */
const toHeader = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_HEADER);

export const configRoutes: readonly Route[] = [get, patch];
