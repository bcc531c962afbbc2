import { defineModel, type ModelConnection } from '../../../engine/ports/model.ts';
import { endpoint } from '../kit/base-url.ts';
import { fetchList } from '../kit/fetch-list.ts';
import { COMMON_IMAGE_TYPES } from '../kit/image-types.ts';
import { objectOf, textOf } from '../kit/json.ts';
import { streamAnswer } from '../kit/stream-answer.ts';
import { readOpenai } from './from-stream.ts';
import { hostOf, toRequest } from './to-request.ts';

/** The chat completions wire: OpenAI's, and that of nearly every other server and router of models. */
export const openaiModel = defineModel({
  api: 'openai',
  aliases: ['openai-completions'],
  imageTypes: COMMON_IMAGE_TYPES,
  provider: {
    stream: (request, connection, signal) =>
      streamAnswer({
        connection,
        signal,
        reader: readOpenai(request.messages, hostOf(baseOf(connection))),
        request: { url: endpoint(baseOf(connection), '', 'chat/completions'), headers: headersFor(connection), body: toRequest(request, baseOf(connection)) },
      }),
    async list(connection, signal) {
      const found = await fetchList({ connection, signal, url: endpoint(baseOf(connection), '', 'models'), headers: headersFor(connection) });
      // Together answers with the bare list.
      const models = Array.isArray(found) ? found : objectOf(found)?.['data'];
      return Array.isArray(models) ? models.flatMap((model) => textOf(objectOf(model)?.['id']) ?? []) : undefined;
    },
  },
});

const baseOf = ({ baseUrl }: ModelConnection): string => (baseUrl === '' ? 'https://api.openai.com/v1' : baseUrl);

const headersFor = ({ apiKey }: ModelConnection): Record<string, string> => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` });
