import { defineModel, type ModelConnection } from '../../../engine/ports/model.ts';
import { endpoint } from '../kit/base-url.ts';
import { fetchList } from '../kit/fetch-list.ts';
import { COMMON_IMAGE_TYPES } from '../kit/image-types.ts';
import { listOf, objectOf, textOf } from '../kit/json.ts';
import { streamAnswer } from '../kit/stream-answer.ts';
import { readAnthropic } from './from-stream.ts';
import { toRequest } from './to-request.ts';

/** Claude's own wire: the Messages API. */
export const anthropicModel = defineModel({
  api: 'anthropic',
  aliases: ['anthropic-messages'],
  imageTypes: COMMON_IMAGE_TYPES,
  provider: {
    stream: (request, connection, signal) =>
      streamAnswer({
        connection,
        signal,
        reader: readAnthropic(request.messages),
        request: { url: at(connection, 'messages'), headers: headersFor(connection), body: toRequest(request) },
      }),
    async list(connection, signal) {
      const found = await fetchList({ connection, signal, url: at(connection, 'models?limit=1000'), headers: headersFor(connection) });
      const models = objectOf(found)?.['data'];
      return Array.isArray(models) ? listOf(models).flatMap((model) => textOf(objectOf(model)?.['id']) ?? []) : undefined;
    },
  },
});

const at = ({ baseUrl }: ModelConnection, path: string): string => endpoint(baseUrl === '' ? 'https://api.anthropic.com' : baseUrl, 'v1', path);

const headersFor = ({ apiKey }: ModelConnection): Record<string, string> => ({
  'anthropic-version': '2023-06-01',
  ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
});
