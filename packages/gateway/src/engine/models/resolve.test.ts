import { GatewayError } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import type { HttpClient } from '../ports/http-client.ts';
import { defineModel } from '../ports/model.ts';
import { createModels, type ModelSettings, settingsFromEnvironment } from './index.ts';

const noHttp: HttpClient = { request: () => Promise.reject(new Error('dialled')), listens: async () => false };

const driver = (api: string, aliases: string[] = []) => defineModel({ api, aliases, imageTypes: api === 'demo' ? [] : ['image/png'], provider: { async *stream() {}, list: async () => [`${api}-model`] } });

const DRIVERS = [driver('anthropic', ['anthropic-messages']), driver('openai', ['openai-completions']), driver('google'), driver('demo')];

const EMPTY: ModelSettings = { default: undefined, fallbacks: [], aliases: {}, providers: {}, prices: {} };

const modelsOf = (changes: Partial<ModelSettings>) => createModels({ ...EMPTY, ...changes }, { drivers: DRIVERS, http: noHttp, log: () => {} });

const providers: ModelSettings['providers'] = {
  anthropic: { api: 'anthropic-messages', apiKeys: ['k'] },
  openai: { api: 'openai', apiKeys: ['k'] },
  openrouter: { api: 'openai', baseUrl: 'https://openrouter.ai/api/v1', apiKeys: ['k'] },
  house: { api: 'openai', baseUrl: 'http://10.0.0.1/v1', apiKeys: [], models: [{ id: 'llama-big', contextTokens: 9_000 }, { id: 'acme/tiny' }] },
};

const refusal = (run: () => unknown): GatewayError => {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('it was not refused');
};

describe('a name', () => {
  const models = modelsOf({ providers, aliases: { fast: 'quick', quick: 'house/llama-big', smart: 'claude-opus-4-1' } });

  test.each([
    ['anthropic/claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5'],
    ['openrouter/meta/llama-3', 'openrouter/meta/llama-3'],
    ['claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5'],
    ['gpt-5', 'openai/gpt-5'],
    ['o3', 'openai/o3'],
    ['chatgpt-4o-latest', 'openai/chatgpt-4o-latest'],
    ['llama-big', 'house/llama-big'],
    ['acme/tiny', 'house/acme/tiny'],
    ['fast', 'house/llama-big'],
    ['smart', 'anthropic/claude-opus-4-1'],
    [' gpt-5 ', 'openai/gpt-5'],
    ['demo', 'openclaw/demo'],
    ['openclaw/demo', 'openclaw/demo'],
    ['', 'anthropic/claude-sonnet-4-5'],
    [undefined, 'anthropic/claude-sonnet-4-5'],
  ])('%s means %s', (name, id) => {
    expect(models.resolve(name).id).toBe(id);
  });

  test('splits only at the first slash', () => {
    expect(models.resolve('openrouter/meta/llama-3')).toMatchObject({ provider: 'openrouter', name: 'meta/llama-3' });
  });

  test.each([
    ['gemini-2.5-pro', /GEMINI_API_KEY.*models\.providers\.google\.apiKey/],
    ['groq/llama', /GROQ_API_KEY/],
    ['acme/huge', /provider "acme".*models\.providers/],
    ['whatever', /provider\/name/],
    ['balanced', /provider\/name/],
    ['constructor', /provider\/name/],
    ['anthropic/', /anthropic/],
  ])('%s is refused with what to do', (name, message) => {
    expect(refusal(() => (name === 'anthropic/' ? modelsOf({}) : models).resolve(name))).toMatchObject({ code: 'model_not_configured', message: expect.stringMatching(message) });
  });

  test('aliases in a circle are refused', () => {
    expect(refusal(() => modelsOf({ aliases: { a: 'b', b: 'c', c: 'a' } }).resolve('a')).message).toContain('a -> b -> c -> a');
  });

  test('a key is missing although the provider is configured', () => {
    expect(refusal(() => modelsOf({ providers: { openai: { api: 'openai', apiKeys: [] } } }).resolve('gpt-5')).message).toContain('OPENAI_API_KEY');
  });

  test('a wire that nobody speaks', () => {
    expect(refusal(() => modelsOf({ providers: { x: { api: 'openai-responses', apiKeys: ['k'] } } }).resolve('x/y')).message).toContain('"openai-responses", which is none of: anthropic, openai, google, demo');
  });
});

describe('the default', () => {
  test('is the demo without any provider', () => {
    expect(modelsOf({}).defaultId).toBe('openclaw/demo');
    expect(modelsOf({}).resolve()).toMatchObject({ name: 'demo', contextTokens: 32_000 });
  });

  test('is as configured, also where it does not resolve', () => {
    expect(modelsOf({ default: 'gpt-5', providers }).defaultId).toBe('openai/gpt-5');
    expect(modelsOf({ default: 'gemini-x' }).defaultId).toBe('gemini-x');
  });
});

describe('limits', () => {
  test.each([
    ['claude-sonnet-4-5', 200_000],
    ['gpt-5-mini', 400_000],
    ['gpt-4o', 128_000],
    ['llama-big', 9_000],
    ['house/other', 128_000],
    ['demo', 32_000],
  ])('%s', (name, contextTokens) => {
    const model = modelsOf({ providers }).resolve(name);
    expect(model.contextTokens).toBe(contextTokens);
    expect(model.maxOutputTokens).toBeLessThanOrEqual(contextTokens / 2);
  });

  test('the setting overrides them all', () => {
    expect(modelsOf({ providers, contextTokens: 50_000 }).resolve('llama-big').contextTokens).toBe(50_000);
  });
});

describe('the environment', () => {
  test('nothing in it', () => {
    expect(settingsFromEnvironment({})).toEqual(EMPTY);
    expect(settingsFromEnvironment({ OPENAI_API_KEY: ' ' })).toEqual(EMPTY);
  });

  test('keys, lists of keys, and the order of preference', () => {
    const settings = settingsFromEnvironment({ XAI_API_KEY: 'x', OPENAI_API_KEY: 'a', OPENAI_API_KEYS: 'a, b,,c', GOOGLE_API_KEY: 'g' });
    expect(settings.default).toBe('openai/gpt-5');
    expect(Object.keys(settings.providers)).toEqual(['openai', 'google', 'xai']);
    expect(settings.providers['openai']).toEqual({ api: 'openai', baseUrl: 'https://api.openai.com/v1', apiKeys: ['a', 'b', 'c'] });
    expect(settings.providers['google']).toMatchObject({ api: 'google', apiKeys: ['g'] });
  });

  test('another endpoint', () => {
    expect(settingsFromEnvironment({ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://proxy' }).providers['anthropic']?.baseUrl).toBe('http://proxy');
  });

  test('every default model resolves', () => {
    for (const name of ['ANTHROPIC', 'OPENAI', 'GEMINI', 'OPENROUTER', 'GROQ', 'MISTRAL', 'DEEPSEEK', 'XAI']) {
      const settings = settingsFromEnvironment({ [`${name}_API_KEY`]: 'k' });
      expect(modelsOf(settings).resolve().id).toBe(settings.default);
    }
  });
});

test('lists every provider, with what went wrong at one', async () => {
  const broken = defineModel({ api: 'broken', aliases: [], provider: { async *stream() {}, list: () => Promise.reject(new Error('no entry')) } });
  const settings: ModelSettings = { ...EMPTY, providers: { a: { api: 'openai', apiKeys: [], models: [{ id: 'own' }] }, b: { api: 'broken', apiKeys: [], models: [{ id: 'own' }] }, c: { api: 'telex', apiKeys: [] } } };
  const models = createModels(settings, { drivers: [...DRIVERS, broken], http: noHttp, log: () => {} });
  expect(await models.list(new AbortController().signal)).toEqual([
    { provider: 'a', models: ['own', 'openai-model'] },
    { provider: 'b', models: ['own'], problem: 'no entry' },
    { provider: 'c', models: [], problem: 'No driver speaks "telex".' },
    { provider: 'openclaw', models: ['demo'] },
  ]);
});

describe('which models may be shown pictures', () => {
  const sees = (name: string, more: ModelSettings['providers'] = {}): boolean => modelsOf({ providers: { ...providers, ...more } }).resolve(name).imageTypes.includes('image/png');

  test.each([
    ['claude-sonnet-4-5', true], ['claude-3-haiku-20240307', true], ['claude-2.1', false], ['gpt-4o-mini', true], ['gpt-4o-audio-preview', false], ['gpt-4.1', true], ['gpt-5', true], ['gpt-4', false],
    ['gpt-3.5-turbo', false], ['o3', true], ['o3-mini', false], ['o4-mini', true], ['openrouter/anthropic/claude-sonnet-4.5', true], ['openrouter/google/gemini-2.5-flash', true],
    ['openrouter/meta/llama-3', false], ['house/llama-big', false], ['demo', false],
  ])('%s: %s', (name, expected) => {
    expect(sees(name)).toBe(expected);
  });

  test('what the configuration says counts, whatever a model is called', () => {
    const house = { api: 'openai', baseUrl: 'http://10.0.0.1/v1', apiKeys: [], models: [{ id: 'qwen-vl', input: ['text', 'image'] }, { id: 'gpt-4o', input: ['text'] }] } as const;
    expect([sees('house/qwen-vl', { house }), sees('house/gpt-4o', { house })]).toEqual([true, false]);
  });
});
