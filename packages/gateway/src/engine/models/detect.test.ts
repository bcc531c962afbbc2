import { expect, test } from 'vitest';
import type { HttpClient } from '../ports/http-client.ts';
import { detectLocalServers } from './index.ts';

/** A machine where these addresses answer; undefined: one that accepts and keeps silent. */
const machine = (answers: Readonly<Record<string, string | undefined>>, status = 200): HttpClient => ({
  listens: async (url) => Object.keys(answers).some((known) => known.startsWith(url)),
  request: (url, { signal }) => {
    const answer = answers[url];
    if (answer !== undefined) return Promise.resolve({ status, headers: {}, body: (async function* () {})(), text: async () => answer, bytes: async () => Buffer.from(answer) });
    if (!(url in answers)) return Promise.reject(new Error(`connect ECONNREFUSED ${url}`));
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  },
});

const TAGS = JSON.stringify({ models: [{ name: 'qwen3:8b', model: 'qwen3:8b' }, { name: 'nomic-embed-text:latest' }] });
const LIST = JSON.stringify({ object: 'list', data: [{ id: 'gemma-3', object: 'model' }] });

test('nobody is there', async () => {
  expect(await detectLocalServers(machine({}))).toEqual({});
});

test('finds each with the models that talk', async () => {
  const http = machine({ 'http://127.0.0.1:11434/api/tags': TAGS, 'http://127.0.0.1:1234/v1/models': LIST, 'http://127.0.0.1:8080/v1/models': LIST });
  const found = { api: 'openai', apiKeys: [] };
  expect(await detectLocalServers(http)).toEqual({
    ollama: { ...found, baseUrl: 'http://127.0.0.1:11434/v1', models: [{ id: 'qwen3:8b' }] },
    lmstudio: { ...found, baseUrl: 'http://127.0.0.1:1234/v1', models: [{ id: 'gemma-3' }] },
    llamacpp: { ...found, baseUrl: 'http://127.0.0.1:8080/v1', models: [{ id: 'gemma-3' }] },
  });
});

test.each([
  ['a page', '<html>', 200],
  ['other JSON', '{"ok":true}', 200],
  ['a list of something else', '{"data":[1,{"name":"x"}]}', 200],
  ['an empty list', '{"data":[]}', 200],
  ['null', 'null', 200],
  ['a refusal', LIST, 401],
  ['silence', undefined, 200],
])('%s does not count', async (_name, answer, status) => {
  expect(await detectLocalServers(machine({ 'http://127.0.0.1:8080/v1/models': answer }, status), { deadlineMs: 20 })).toEqual({});
});

test.each([
  ['10.0.0.7:99', 'http://10.0.0.7:99'],
  ['http://10.0.0.7:99/', 'http://10.0.0.7:99'],
  ['gpu.lan', 'http://gpu.lan:11434'],
  ['http://gpu.lan:80', 'http://gpu.lan'],
  ['https://gpu.lan', 'https://gpu.lan'],
  [':99', 'http://127.0.0.1:99'],
  ['0.0.0.0', 'http://127.0.0.1:11434'],
  ['', 'http://127.0.0.1:11434'],
])('finds Ollama where OLLAMA_HOST says: %j', async (host, url) => {
  const found = await detectLocalServers(machine({ [`${url}/api/tags`]: TAGS }), { env: { OLLAMA_HOST: host } });
  expect(found['ollama']?.baseUrl).toBe(`${url}/v1`);
});

test('takes the size of the context from where Ollama takes it', async () => {
  const found = await detectLocalServers(machine({ 'http://127.0.0.1:11434/api/tags': TAGS }), { env: { OLLAMA_CONTEXT_LENGTH: '8192' } });
  expect(found['ollama']?.models).toEqual([{ id: 'qwen3:8b', contextTokens: 8192 }]);
});

test('asks where it is told to', async () => {
  const found = await detectLocalServers(machine({ 'http://127.0.0.1:7/v1/models': LIST }), { baseUrls: { lmstudio: 'http://127.0.0.1:7' } });
  expect(found).toMatchObject({ lmstudio: { baseUrl: 'http://127.0.0.1:7/v1' } });
});
