import { GatewayError } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import { drain } from '../../kernel/drain.ts';
import type { HttpClient } from '../ports/http-client.ts';
import { defineModel, type ModelConnection, type ModelEvent, type ModelFailureKind, type ModelRequest } from '../ports/model.ts';
import { type AnyModelRequest, createModels, type ModelOutcome, type Models, type ModelSettings, type RoutedEvent } from './index.ts';

interface Call {
  readonly model: string;
  readonly key: string | undefined;
  readonly maxTokens: number;
  /** Each message as it is sent: its words, and what images it has. */
  readonly messages: readonly string[];
}

type Answer = (call: Call) => readonly ModelEvent[] | Error;

const USAGE = { inputTokens: 1000, outputTokens: 100, cacheReadTokens: 500, cacheWriteTokens: 100 };

const says = (text: string): readonly ModelEvent[] => [{ type: 'text', delta: text }, { type: 'finished', reason: 'stop', usage: USAGE }];

const fails = (kind: ModelFailureKind, more: { text?: string; retryAfterMs?: number; message?: string } = {}): readonly ModelEvent[] => {
  const { text, retryAfterMs, message = 'sorry' } = more;
  return [
    ...(text === undefined ? [] : [{ type: 'text', delta: text } as const]),
    { type: 'failed', kind, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  ];
};

/** A router over a scripted driver, with a clock that only sleeping moves. */
const start = (answer: Answer, changes: Partial<ModelSettings> = {}) => {
  const calls: Call[] = [];
  const waits: number[] = [];
  const logged: string[] = [];
  let time = 0;
  const driver = defineModel({
    api: 'anthropic',
    aliases: ['demo'],
    imageTypes: ['image/png', 'image/jpeg'],
    provider: {
      async *stream({ model, maxTokens, messages }: ModelRequest, { apiKey }: ModelConnection, signal: AbortSignal) {
        signal.throwIfAborted();
        const call = { model, key: apiKey, maxTokens, messages: messages.flatMap((one) => (one.role === 'user' ? [[one.text, ...(one.images ?? []).map(({ digest }) => digest)].join(' ')] : [])) };
        calls.push(call);
        time += 40;
        const events = answer(call);
        if (events instanceof Error) throw events;
        yield* events;
      },
    },
  });
  const settings: ModelSettings = {
    default: 'anthropic/claude-sonnet-4-5',
    fallbacks: [],
    aliases: {},
    prices: {},
    ...changes,
    providers: { anthropic: { api: 'anthropic', apiKeys: ['key-one', 'key-two'] }, other: { api: 'anthropic', apiKeys: [], baseUrl: 'http://127.0.0.1:1' }, ...changes.providers },
  };
  const noHttp: HttpClient = { request: () => Promise.reject(new Error('dialled')), listens: async () => false };
  const models = createModels(settings, {
    drivers: [driver],
    http: noHttp,
    now: () => time,
    sleep: async (ms) => {
      waits.push(ms);
      time += ms;
    },
    random: () => 0.5,
    log: (_level, message, fields) => logged.push(`${message} ${JSON.stringify(fields)}`),
  });
  return { models, calls, waits, logged, pass: (ms: number) => (time += ms) };
};

const REQUEST = { system: '', messages: [{ role: 'user', text: 'hi' } as const], tools: [], maxTokens: 20_000 };

const run = async (models: Models, name?: string, signal = new AbortController().signal, request: AnyModelRequest = REQUEST): Promise<{ readonly events: RoutedEvent[]; readonly outcome: ModelOutcome }> => {
  const events: RoutedEvent[] = [];
  const outcome = await drain(models.stream(models.resolve(name), request, signal), (event) => void events.push(event));
  return { events, outcome };
};

const errorOf = async (running: Promise<unknown>): Promise<GatewayError> => {
  const error: unknown = await running.then(() => undefined, (reason) => reason);
  if (error instanceof GatewayError) return error;
  throw new Error(`not a GatewayError: ${String(error)}`);
};

/** Answers in this order, the last one for ever. */
const inOrder = (...answers: readonly (readonly ModelEvent[] | Error)[]): Answer => {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? [];
};

describe('an answer', () => {
  test('comes with who gave it, its usage, price and time', async () => {
    const { models } = start(() => says('hello'));
    const { events, outcome } = await run(models);
    expect(events).toEqual([{ type: 'text', delta: 'hello' }]);
    expect(outcome).toEqual({ modelId: 'anthropic/claude-sonnet-4-5', reason: 'stop', usage: USAGE, costUSD: expect.closeTo(0.005025), latencyMs: 40 });
  });

  test('a refusal is an answer', async () => {
    const { models } = start(() => [{ type: 'finished', reason: 'refused', usage: USAGE }]);
    expect((await run(models)).outcome.reason).toBe('refused');
  });

  test('what the provider wants back is handed on', async () => {
    const opaque = { provider: 'anthropic', data: [1] };
    const { models } = start(() => [{ type: 'finished', reason: 'stop', usage: USAGE, opaque }]);
    expect((await run(models)).outcome.opaque).toEqual(opaque);
  });
});

describe('the price', () => {
  const costOf = async (name: string, prices: ModelSettings['prices'] = {}) => (await run(start(() => says('x'), { prices, providers: { far: { api: 'anthropic', apiKeys: ['k'], baseUrl: 'https://models.example' } } }).models, name)).outcome.costUSD;

  test('of the settings goes first', async () => {
    const price = { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 1.25 };
    expect(await costOf('anthropic/claude-sonnet-4-5', { 'anthropic/claude-sonnet-4-5': price })).toBeCloseTo((1000 + 200 + 50 + 125) / 1e6);
    expect(await costOf('other/local', { local: { input: 1, output: 2 } })).toBeCloseTo((1000 + 200 + 500 + 100) / 1e6);
  });

  test('is nothing on this machine, and unknown where no list has it', async () => {
    expect(await costOf('other/local')).toBe(0);
    expect(await costOf('demo')).toBe(0);
    expect(await costOf('far/claude-sonnet-4-5')).toBeUndefined();
    expect(await costOf('anthropic/claude-from-the-future')).toBeUndefined();
  });
});

describe('trying again', () => {
  test.each(['overloaded', 'network', 'protocol'] as const)('%s: the same model three times more, waiting longer', async (kind) => {
    const { models, calls, waits } = start(inOrder(fails(kind), fails(kind), fails(kind), says('at last')));
    expect((await run(models)).events).toEqual([{ type: 'text', delta: 'at last' }]);
    expect(calls).toHaveLength(4);
    expect(waits).toEqual([500, 1000, 2000]);
  });

  test('what was shown of a failed step is void', async () => {
    const { models } = start(inOrder(fails('network', { text: 'Hel' }), fails('network'), says('Hello')));
    expect((await run(models)).events).toEqual([{ type: 'text', delta: 'Hel' }, { type: 'retry', reason: 'sorry' }, { type: 'text', delta: 'Hello' }]);
  });

  test('waits as long as it is told, within reason', async () => {
    const patient = start(inOrder(fails('overloaded', { retryAfterMs: 7000 }), says('x')));
    await run(patient.models);
    expect(patient.waits).toEqual([7000]);
    const { models, waits } = start(() => fails('overloaded', { retryAfterMs: 31_000 }));
    expect(await errorOf(run(models))).toMatchObject({ code: 'model_overloaded', details: { retryAfterSeconds: 31 } });
    expect(waits).toEqual([]);
  });

  test('a driver that throws or just ends is tried again too', async () => {
    const { models, calls } = start(inOrder(new Error('bug'), [], says('x')));
    await run(models);
    expect(calls).toHaveLength(3);
  });

  test('aborting ends the waiting', async () => {
    const controller = new AbortController();
    const { models, calls } = start(() => {
      controller.abort(new Error('enough'));
      return fails('overloaded');
    });
    await expect(run(models, undefined, controller.signal)).rejects.toThrow('enough');
    expect(calls).toHaveLength(1);
  });
});

describe('other keys', () => {
  test.each(['rate_limited', 'auth'] as const)('%s: the next key at once, and the failed one rests', async (kind) => {
    const { models, calls, waits, pass } = start(({ key }) => (key === 'key-one' ? fails(kind) : says('x')));
    await run(models);
    await run(models);
    expect(calls.map(({ key }) => key)).toEqual(['key-one', 'key-two', 'key-two']);
    expect(waits).toEqual([]);
    pass(600_000);
    await run(models);
    expect(calls.at(-1)?.key, 'the key that works is kept').toBe('key-two');
  });

  test('rests as long as the provider says', async () => {
    let limited = 'key-one';
    const { models, calls, pass } = start(({ key }) => (key === limited ? fails('rate_limited', { retryAfterMs: 5000 }) : says('x')));
    await run(models);
    limited = 'key-two';
    pass(5000);
    await run(models);
    expect(calls.map(({ key }) => key)).toEqual(['key-one', 'key-two', 'key-two', 'key-one']);
  });

  test('without another one it waits and tries again', async () => {
    const { models, waits } = start(inOrder(fails('rate_limited', { retryAfterMs: 2000 }), says('x')), { providers: { anthropic: { api: 'anthropic', apiKeys: ['only'] } } });
    await run(models);
    expect(waits).toEqual([2000]);
  });

  test('a turn that comes while every key rests waits for the first', async () => {
    const settings = { providers: { anthropic: { api: 'anthropic', apiKeys: ['only'] } } };
    const { models, waits, calls } = start(inOrder(fails('rate_limited', { retryAfterMs: 31_000 }), says('x')), settings);
    expect(await errorOf(run(models))).toMatchObject({ code: 'model_overloaded', details: { retryAfterSeconds: 31 } });
    expect(await errorOf(run(models))).toMatchObject({ code: 'model_overloaded' });
    expect(calls, 'the second turn does not even ask').toHaveLength(1);
    expect(waits).toEqual([]);
  });

  test('a refused key is tried again by the next turn where there is no other', async () => {
    const { models } = start(inOrder(fails('auth'), says('x')), { providers: { anthropic: { api: 'anthropic', apiKeys: ['only'] } } });
    expect((await errorOf(run(models))).code).toBe('model_failed');
    expect((await run(models)).outcome.reason).toBe('stop');
  });
});

describe('fallbacks', () => {
  const fallbacks = ['nowhere/x', 'anthropic/claude-sonnet-4-5', 'other/backup'];

  test.each<[ModelFailureKind, number]>([
    ['overloaded', 4],
    ['invalid_request', 1],
    ['not_found', 1],
    ['rate_limited', 2],
    ['auth', 2],
  ])('%s: after %i tries', async (kind, tries) => {
    const { models, calls, logged } = start(({ model }) => (model === 'backup' ? says('from the backup') : fails(kind, { text: 'Hel' })), { fallbacks });
    const { events, outcome } = await run(models);
    expect(calls.map(({ model }) => model)).toEqual([...Array<string>(tries).fill('claude-sonnet-4-5'), 'backup']);
    expect(events.slice(-2)).toEqual([{ type: 'retry', reason: 'sorry' }, { type: 'text', delta: 'from the backup' }]);
    expect(outcome.modelId).toBe('other/backup');
    expect(logged.join()).toContain('nowhere/x');
  });

  test('are not asked for more than they can say', async () => {
    const { models, calls } = start(({ model }) => (model === 'backup' ? says('x') : fails('not_found')), { fallbacks });
    await run(models);
    expect(calls.map(({ maxTokens }) => maxTokens)).toEqual([20_000, 8_192]);
  });

  test('too long a conversation is for the agent to shorten', async () => {
    const { models, calls } = start(() => fails('context_too_long'), { fallbacks });
    expect(await errorOf(run(models))).toMatchObject({ code: 'invalid_request', details: { reason: 'context_too_long' } });
    expect(calls).toHaveLength(1);
  });
});

describe('when nothing helps', () => {
  test('all overloaded: come back later', async () => {
    const { models } = start(({ model }) => fails(model === 'backup' ? 'rate_limited' : 'overloaded', { retryAfterMs: 9000 }), { fallbacks: ['other/backup'] });
    expect(await errorOf(run(models))).toMatchObject({ code: 'model_overloaded', details: { retryAfterSeconds: 9 } });
  });

  test('names the models and repeats the providers, without their keys', async () => {
    const { models } = start(({ model }) => fails(model === 'backup' ? 'network' : 'auth', { message: 'bad key key-two' }), { fallbacks: ['other/backup'] });
    const { code, message } = await errorOf(run(models));
    expect(code).toBe('model_failed');
    expect(message).toBe('No model answered. anthropic/claude-sonnet-4-5: bad key ***. Check the key: set ANTHROPIC_API_KEY, or models.providers.anthropic.apiKey in the config. other/backup: bad key key-two.');
  });
});

test.each([['groq', 'https://api.groq.com/openai/v1'], ['openai', 'https://api.openai.com/v1']])('a key of %s goes to %s and nowhere else', async (provider, address) => {
  const dialled: (string | undefined)[] = [];
  const driver = defineModel({
    api: 'openai',
    aliases: [],
    provider: {
      async *stream(_request: ModelRequest, { baseUrl }: ModelConnection) {
        dialled.push(baseUrl);
        yield* says('Hi');
      },
      list: async ({ baseUrl }: ModelConnection) => {
        dialled.push(baseUrl);
        return [];
      },
    },
  });
  const http: HttpClient = { request: () => Promise.reject(new Error('dialled')), listens: async () => false };
  const settings: ModelSettings = { default: `${provider}/x`, fallbacks: [], aliases: {}, prices: {}, providers: { [provider]: { api: 'openai', apiKeys: ['secret'] } } };
  const models = createModels(settings, { drivers: [driver], http, log: () => {} });
  const { signal } = new AbortController();
  await drain(models.stream(models.resolve(), { system: '', messages: [], tools: [], maxTokens: 1 }, signal));
  await models.list(signal);
  expect(dialled).toEqual([address, address]);
});

describe('a conversation with pictures', () => {
  const image = (digest: string, mediaType = 'image/png') => ({ mediaType, base64: 'AA==', digest });
  const withImages = (...images: readonly ReturnType<typeof image>[]): AnyModelRequest => ({ ...REQUEST, messages: [{ role: 'user', text: 'look', images }] });
  const see = (models: Models, name: string | undefined, ...images: readonly ReturnType<typeof image>[]) => run(models, name, new AbortController().signal, withImages(...images));
  const LEFT_OUT = '[Not shown: 1 of its pictures, which this model does not take]';

  test('goes as it is to a model that sees, and in words to one that does not', async () => {
    const { models, calls } = start(inOrder(says('A cat.')));
    await see(models, undefined, image('a'), image('b', 'image/gif'));
    await see(models, 'other/blind', image('a'));
    expect(calls.map(({ messages }) => messages)).toEqual([[`look\n${LEFT_OUT} a`], [`look\n${LEFT_OUT}`]]);
  });

  test('goes in words to a fallback that does not see', async () => {
    const { models, calls } = start(inOrder(fails('not_found'), says('What picture?')), { fallbacks: ['other/blind'] });
    expect((await see(models, undefined, image('a'))).outcome.modelId).toBe('other/blind');
    expect(calls.map(({ messages }) => messages)).toEqual([['look a'], [`look\n${LEFT_OUT}`]]);
  });

  test.each([
    ['invalid_request', 'image exceeds 5 MB maximum'], ['not_found', 'No endpoints found that support image input'], ['overloaded', 'image input is not supported'], ['context_too_long', 'the image is too large'],
  ] as const)('a model that refuses the picture (%s: %s) is asked again with words alone, and not shown that one again', async (kind, message) => {
    const { models, calls, waits, logged } = start(({ messages }) => (messages[0]?.endsWith(' bad') ? fails(kind, { message, text: 'Hm' }) : says('So be it.')));
    const { events } = await see(models, undefined, image('bad'));
    expect(events.map((event) => (event.type === 'text' ? event.delta : event.type))).toEqual(['Hm', 'retry', 'So be it.']);
    await see(models, undefined, image('bad'));
    await see(models, undefined, image('bad'), image('good'));
    expect(calls.map(({ messages }) => messages[0])).toEqual(['look bad', `look\n${LEFT_OUT}`, `look\n${LEFT_OUT}`, `look\n${LEFT_OUT} good`]);
    expect(waits).toEqual([]);
    expect(logged).toEqual([expect.stringMatching(/^A model took no pictures; it is asked with words alone\./)]);
  });

  test('a model that refuses the words as well has failed, and the pictures are not blamed', async () => {
    const { models, calls } = start(inOrder(fails('invalid_request'), fails('invalid_request'), says('Now I can.')));
    expect(await errorOf(see(models, undefined, image('a')))).toMatchObject({ code: 'model_failed' });
    await see(models, undefined, image('a'));
    expect(calls.map(({ messages }) => messages[0])).toEqual(['look a', `look\n${LEFT_OUT}`, 'look a']);
  });

  test.each([['auth', 'this key may not send an image', 'key-two'], ['network', 'Connection to vision.example.com failed', 'key-one']] as const)('%s says nothing of the picture: it is shown at the next try', async (kind, message, next) => {
    const { models, calls } = start(inOrder(fails(kind, { message }), says('A cat.')));
    await see(models, undefined, image('a'));
    expect(calls.map(({ key, messages }) => [key, messages[0]])).toEqual([['key-one', 'look a'], [next, 'look a']]);
  });
});
