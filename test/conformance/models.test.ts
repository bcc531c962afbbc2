import { afterAll, describe, expect, test } from 'vitest';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { anthropicModel } from '../../packages/gateway/src/drivers/models/anthropic/index.ts';
import { demoModel } from '../../packages/gateway/src/drivers/models/demo/index.ts';
import { googleModel } from '../../packages/gateway/src/drivers/models/google/index.ts';
import { openaiModel } from '../../packages/gateway/src/drivers/models/openai/index.ts';
import { createModels, detectLocalServers, type ModelSettings, type RoutedEvent } from '../../packages/gateway/src/engine/models/index.ts';
import { drain } from '../../packages/gateway/src/kernel/drain.ts';
import { type ScriptedAnswer, startModelServer } from '../support/model-server.ts';
import { modelConformance, type ModelSubject } from './model.ts';

const subjects: readonly ModelSubject[] = [
  { driver: anthropicModel, baseUrl: ({ url }) => url, marksEnd: true },
  { driver: openaiModel, baseUrl: ({ url }) => `${url}/v1`, marksEnd: true },
  { driver: googleModel, baseUrl: ({ url }) => url, marksEnd: false },
  { driver: demoModel, baseUrl: undefined, marksEnd: false },
];

describe.each(subjects)('$driver.api', (subject) => modelConformance(subject));

describe('the router over the wires', () => {
  const http = openHttpClient();
  afterAll(() => http.close());
  const drivers = subjects.map(({ driver }) => driver);
  const request = { system: '', messages: [{ role: 'user', text: 'hi' } as const], tools: [], maxTokens: 100 };

  test('another key, another try, another provider, until one answers', async () => {
    await using server = await startModelServer();
    server.script(({ wire, apiKey, attempt }): ScriptedAnswer => {
      if (wire === 'google') return { text: ['Hel', 'lo'] };
      if (apiKey === 'key-first') return { status: 429, headers: { 'retry-after': '60' } };
      return attempt % 2 === 0 ? { text: 'Hal', breaks: 'overloaded' } : { status: 529 };
    });
    const settings: ModelSettings = {
      default: 'claude-test',
      fallbacks: ['gemini-test'],
      aliases: {},
      prices: {},
      providers: {
        anthropic: { api: 'anthropic', baseUrl: server.url, apiKeys: ['key-first', 'key-second'] },
        google: { api: 'google', baseUrl: server.url, apiKeys: ['key-third'] },
      },
    };
    const models = createModels(settings, { drivers, http, log: () => {}, sleep: async () => {} });
    const events: RoutedEvent[] = [];
    const outcome = await drain(models.stream(models.resolve(), request, new AbortController().signal), (event) => void events.push(event));
    expect(server.requests.map(({ apiKey }) => apiKey)).toEqual(['key-first', 'key-second', 'key-second', 'key-second', 'key-second', 'key-third']);
    expect(outcome).toMatchObject({ modelId: 'google/gemini-test', costUSD: 0 });
    const lastRetry = events.findLastIndex(({ type }) => type === 'retry');
    expect(events.slice(lastRetry + 1).map((event) => (event.type === 'text' ? event.delta : event.type)).join('')).toBe('Hello');
  });

  test('a local server is found and serves', async () => {
    await using server = await startModelServer({ models: ['qwen3:8b'] });
    const nowhere = 'http://127.0.0.1:1';
    const providers = await detectLocalServers(http, { baseUrls: { ollama: server.url, lmstudio: nowhere, llamacpp: nowhere }, deadlineMs: 1000 });
    const models = createModels({ default: undefined, fallbacks: [], aliases: {}, prices: {}, providers }, { drivers, http, log: () => {} });
    expect(models.defaultId).toBe('ollama/qwen3:8b');
    const outcome = await drain(models.stream(models.resolve(), request, new AbortController().signal));
    expect(outcome).toMatchObject({ modelId: 'ollama/qwen3:8b', reason: 'stop', costUSD: 0 });
    expect(await models.list(new AbortController().signal)).toContainEqual({ provider: 'ollama', models: ['qwen3:8b'] });
  });

  test('aborting a step closes its connection', async () => {
    await using server = await startModelServer({ script: () => ({ text: 'a', breaks: 'hang', chunkDelayMs: 0 }) });
    const models = createModels(
      { default: 'local/x', fallbacks: [], aliases: {}, prices: {}, providers: { local: { api: 'openai', baseUrl: server.url, apiKeys: [] } } },
      { drivers, http, log: () => {} },
    );
    const controller = new AbortController();
    const running = drain(models.stream(models.resolve(), request, controller.signal), () => controller.abort(new Error('enough')));
    await expect(running).rejects.toThrow('enough');
    await server.until(() => server.aborted === 1);
    expect(server.requests).toHaveLength(1);
  });
});
