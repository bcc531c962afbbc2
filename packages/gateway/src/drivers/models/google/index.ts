import { defineModel, type ModelConnection } from '../../../engine/ports/model.ts';
import { endpoint } from '../kit/base-url.ts';
import { fetchList } from '../kit/fetch-list.ts';
import { listOf, objectOf, textOf } from '../kit/json.ts';
import { streamAnswer } from '../kit/stream-answer.ts';
import { readGoogle } from './from-stream.ts';
import { toRequest } from './to-request.ts';

/** Gemini's own wire. */
export const googleModel = defineModel({
  api: 'google',
  aliases: ['google-generative-ai'],
  // No GIF among what Gemini is documented to take.
  imageTypes: ['image/png', 'image/jpeg', 'image/webp'],
  provider: {
    stream: (request, connection, signal) =>
      streamAnswer({
        connection,
        signal,
        reader: readGoogle(request.messages),
        request: {
          url: at(connection, `${pathOf(request.model)}:streamGenerateContent?alt=sse`),
          headers: headersFor(connection),
          body: toRequest(request),
        },
      }),
    async list(connection, signal) {
      const found = await fetchList({ connection, signal, url: at(connection, 'models?pageSize=1000'), headers: headersFor(connection) });
      const models = objectOf(found)?.['models'];
      return Array.isArray(models) ? models.flatMap(nameOf) : undefined;
    },
  },
});

const at = ({ baseUrl }: ModelConnection, path: string): string =>
  endpoint(baseUrl === '' ? 'https://generativelanguage.googleapis.com' : baseUrl, 'v1beta', path);

const pathOf = (model: string): string => {
  const path = /^(models|tunedModels)\//.test(model) ? model : `models/${model}`;
  return path.split('/').map(encodeURIComponent).join('/');
};

/** Never in the URL: addresses end up in logs. */
const headersFor = ({ apiKey }: ModelConnection): Record<string, string> => (apiKey === undefined ? {} : { 'x-goog-api-key': apiKey });

/** Models that only embed or draw are not for talking. */
const nameOf = (model: unknown): readonly string[] => {
  const { name, supportedGenerationMethods: methods } = objectOf(model) ?? {};
  if (typeof name !== 'string' || (Array.isArray(methods) && !listOf(methods).includes('generateContent'))) return [];
  const id = textOf(name)?.replace(/^models\//, '');
  return id === undefined ? [] : [id];
};
