import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openHttpClient, type OpenHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import type { ModelConnection, ModelDriver, ModelEvent, ModelRequest } from '../../packages/gateway/src/engine/ports/model.ts';
import { type ModelServer, type ScriptedAnswer, startModelServer } from '../support/model-server.ts';

export interface ModelSubject {
  readonly driver: ModelDriver;
  /** The base URL of its wire on the fake server; undefined for a model that dials nobody. */
  readonly baseUrl: ((server: ModelServer) => string) | undefined;
  /** Its wire says when an answer ends; without that only the end of the body does. */
  readonly marksEnd: boolean;
}

const KEY = 'sk-very-secret-0123456789';

const TIME = { name: 'time', description: 'Tells the time.', inputSchema: { type: 'object', properties: { zone: { type: 'string' } } } };

const request = (changes: Partial<ModelRequest> = {}): ModelRequest => ({
  model: 'test-model',
  system: 'You are a test.',
  messages: [{ role: 'user', text: 'use the tool time' }],
  tools: [TIME],
  maxTokens: 100,
  ...changes,
});

/** What every model driver promises, whichever wire it speaks. */
export const modelConformance = ({ driver, baseUrl, marksEnd }: ModelSubject): void => {
  const { provider } = driver;
  let server: ModelServer;
  let http: OpenHttpClient;

  beforeAll(async () => {
    [server, http] = [await startModelServer(), openHttpClient()];
  });
  afterAll(async () => {
    await http.close();
    await server.close();
  });
  beforeEach(() => {
    server.reset();
    server.answers({ text: ['Hel', 'lo'], chunkDelayMs: 0 });
  });

  const connection = (changes: Partial<ModelConnection> = {}): ModelConnection => ({ http, baseUrl: baseUrl?.(server) ?? '', apiKey: KEY, ...changes });

  const run = async (asked = request(), to = connection(), signal = new AbortController().signal): Promise<ModelEvent[]> => {
    const events: ModelEvent[] = [];
    for await (const event of provider.stream(asked, to, signal)) events.push(event);
    return events;
  };

  const expectOneEnd = (events: readonly ModelEvent[]): ModelEvent | undefined => {
    const ends = events.filter(({ type }) => type === 'finished' || type === 'failed');
    expect(ends).toHaveLength(1);
    expect(events.at(-1)).toBe(ends[0]);
    return ends[0];
  };

  describe('every model', () => {
    test('ends with exactly one finished', async () => {
      expect(expectOneEnd(await run())).toMatchObject({ type: 'finished' });
    });

    test('counts what it read and wrote', async () => {
      const end = expectOneEnd(await run(request({ messages: [{ role: 'user', text: 'hello' }] })));
      expect(end).toMatchObject({ type: 'finished', reason: 'stop' });
      const usage = end?.type === 'finished' ? end.usage : undefined;
      expect(usage?.inputTokens).toBeGreaterThan(0);
      expect(usage?.outputTokens).toBeGreaterThan(0);
    });

    test('hands tool calls on complete, and takes their results', async () => {
      server.answers({ toolCalls: [{ tool: 'time', input: {} }] }, { text: 'It is noon.' });
      const first = await run();
      const calls = first.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
      expect(calls).toEqual([{ id: expect.stringMatching(/./), tool: 'time', input: {} }]);
      const end = expectOneEnd(first);
      expect(end).toMatchObject({ reason: 'tool_calls' });
      const opaque = end?.type === 'finished' ? end.opaque : undefined;
      const second = await run(
        request({
          messages: [
            { role: 'user', text: 'use the tool time' },
            { role: 'assistant', text: '', toolCalls: calls, ...(opaque === undefined ? {} : { opaque }) },
            { role: 'tool', callId: calls[0]?.id ?? '', tool: 'time', output: 'noon', isError: false },
          ],
        }),
      );
      expect(expectOneEnd(second)).toMatchObject({ type: 'finished', reason: 'stop' });
      expect(textOf(second)).toContain('noon');
    });

    test('rejects when it is aborted before it began', async () => {
      const reason = new Error('stop that');
      await expect(run(request(), connection(), AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(server.requests).toHaveLength(0);
    });

    test('rejects when it is aborted while it streams', async () => {
      server.answers({ text: ['a', 'b'], chunkDelayMs: 0, breaks: 'hang' });
      const controller = new AbortController();
      const reading = (async () => {
        for await (const event of provider.stream(request({ messages: [{ role: 'user', text: 'hello' }] }), connection(), controller.signal)) {
          if (event.type === 'text') controller.abort(new Error('stop that'));
        }
      })();
      await expect(reading).rejects.toThrow('stop that');
    });

    test('lists models', async () => {
      const listed = await provider.list?.(connection(), new AbortController().signal);
      expect(listed).toEqual([driver.api === 'demo' ? 'demo' : 'test-model']);
    });
  });

  if (baseUrl === undefined) return;

  describe('every model behind a wire', () => {
    test('sends the request as it is meant', async () => {
      await run(
        request({
          messages: [
            { role: 'user', text: 'both' },
            { role: 'assistant', text: 'Wait.', toolCalls: [{ id: 'call_a', tool: 'time', input: { zone: 'UTC' } }, { id: 'call_b', tool: 'time', input: {} }] },
            { role: 'tool', callId: 'call_a', tool: 'time', output: 'noon', isError: false },
            { role: 'tool', callId: 'call_b', tool: 'time', output: 'Error: no clock', isError: true },
            { role: 'user', text: 'and?' },
          ],
        }),
      );
      expect(server.requests[0]).toMatchObject({ model: 'test-model', system: 'You are a test.', tools: ['time'], maxTokens: 100, apiKey: KEY });
      expect(server.requests[0]?.messages).toEqual([
        { role: 'user', text: 'both' },
        { role: 'assistant', text: 'Wait.', toolCalls: [{ id: 'call_a', tool: 'time', input: { zone: 'UTC' } }, { id: 'call_b', tool: 'time', input: {} }] },
        { role: 'tool', text: 'noon', callId: 'call_a' },
        { role: 'tool', text: 'Error: no clock', callId: 'call_b' },
        { role: 'user', text: 'and?' },
      ]);
    });

    test('shows images with the message they came with, in their order', async () => {
      const [red, blue] = [{ mediaType: 'image/png', base64: Buffer.from('red').toString('base64') }, { mediaType: 'image/jpeg', base64: Buffer.from('blue').toString('base64') }];
      for (const { mediaType } of [red, blue]) expect(driver.imageTypes).toContain(mediaType);
      await run(
        request({
          messages: [
            { role: 'user', text: 'look', images: [{ ...red, digest: 'a' }, { ...blue, digest: 'b' }] },
            { role: 'assistant', text: 'A red one and a blue one.', toolCalls: [] },
            { role: 'user', text: 'and?' },
          ],
        }),
      );
      expect(server.requests[0]?.messages.map(({ role, text, images }) => [role, text, images])).toEqual([
        ['user', 'look', [red, blue]], ['assistant', 'A red one and a blue one.', undefined], ['user', 'and?', undefined],
      ]);
    });

    test('streams text, reasoning and parallel calls, with the usage split', async () => {
      server.answers({
        reasoning: ['hm', 'm'],
        text: ['Grüße ', '👋'],
        toolCalls: [{ tool: 'time', input: { zone: 'UTC' } }, { tool: 'time', input: { zone: 'Europe/Berlin' } }],
        usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 100 },
        chunkDelayMs: 0,
      });
      const events = await run();
      expect(textOf(events)).toBe('Grüße 👋');
      expect(events.flatMap((event) => (event.type === 'reasoning' ? [event.delta] : [])).join('')).toBe('hmm');
      const calls = events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
      expect(calls.map(({ input }) => input)).toEqual([{ zone: 'UTC' }, { zone: 'Europe/Berlin' }]);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      expect(expectOneEnd(events)).toMatchObject({ reason: 'tool_calls', usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 100, cacheWriteTokens: 0 } });
    });

    test('hands broken arguments on instead of failing', async () => {
      server.answers({ toolCalls: [{ tool: 'time', argumentsText: '{"zone": "UT' }] });
      const events = await run();
      expect(events).toContainEqual({ type: 'tool_call', call: { id: expect.any(String), tool: 'time', input: { _invalid_arguments: '{"zone": "UT' } } });
      expect(expectOneEnd(events)).toMatchObject({ type: 'finished', reason: 'tool_calls' });
    });

    test.each([
      ['length', { text: 'cut sho', reason: 'length' }],
      ['refused', { text: 'No.', reason: 'refused' }],
    ] as const)('tells %s', async (reason, answer) => {
      server.answers(answer);
      expect(expectOneEnd(await run())).toMatchObject({ type: 'finished', reason });
    });

    test.each<[string, ScriptedAnswer, string]>([
      ['overloaded', { status: 529 }, 'overloaded'],
      ['unavailable', { status: 503 }, 'overloaded'],
      ['an error page', { status: 502, body: '<html><title>Bad gateway</title>' }, 'overloaded'],
      ['rate limited', { status: 429 }, 'rate_limited'],
      ['a bad key', { status: 401 }, 'auth'],
      ['forbidden', { status: 403 }, 'auth'],
      ['an unknown model', { status: 404 }, 'not_found'],
      ['a bad request', { status: 400 }, 'invalid_request'],
      ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'invalid_request'],
      ['too much context', { status: 400, message: 'prompt is too long: 210000 tokens > 200000 maximum' }, 'context_too_long'],
      ['an error in the stream', { text: 'Hel', breaks: 'error' }, 'overloaded'],
      ['overload in the stream', { text: 'Hel', breaks: 'overloaded' }, 'overloaded'],
      ['a cut connection', { text: 'Hel', breaks: 'cut', chunkDelayMs: 0 }, 'network'],
    ])('fails on %s, without the key in its words', async (_name, answer, kind) => {
      server.answers({ message: `it went wrong with ${KEY}`, ...answer });
      const events = await run();
      expect(expectOneEnd(events)).toMatchObject({ type: 'failed', kind });
      expect(JSON.stringify(events)).not.toContain(KEY);
    });

    test('repeats what the provider said, with the key masked', async () => {
      server.answers({ status: 401, message: `bad key ${KEY}, sorry` });
      expect(expectOneEnd(await run())).toMatchObject({ message: expect.stringContaining('bad key ***, sorry') });
    });

    test('tells when to come back', async () => {
      server.answers({ status: 429, headers: { 'retry-after': '7' } });
      expect(expectOneEnd(await run())).toMatchObject({ kind: 'rate_limited', retryAfterMs: 7000 });
    });

    test.each(['http://127.0.0.1:1', 'not a url', 'ftp://127.0.0.1'])('fails where nobody answers: %s', async (nowhere) => {
      expect(expectOneEnd(await run(request(), connection({ baseUrl: nowhere })))).toMatchObject({ type: 'failed', message: expect.not.stringContaining(KEY) });
    });

    test('fails on what is no stream', async () => {
      server.answers({ headers: { 'content-type': 'text/html' }, text: 'hi' });
      expect(expectOneEnd(await run())).toMatchObject({ type: 'failed', kind: 'protocol' });
    });

    test('closes the connection at once when aborted', async () => {
      server.answers({ text: ['a'], chunkDelayMs: 0, breaks: 'hang' });
      const controller = new AbortController();
      const reading = run(request(), connection(), controller.signal);
      await server.until(() => server.requests.length === 1);
      controller.abort();
      await expect(reading).rejects.toThrow();
      await server.until(() => server.aborted === 1);
    });

    test('closes the connection of a reader that walks away', async () => {
      server.answers({ text: ['a', 'b'], chunkDelayMs: 0, breaks: 'hang' });
      for await (const event of provider.stream(request(), connection(), new AbortController().signal)) {
        if (event.type === 'text') break;
      }
      await server.until(() => server.aborted === 1);
    });

    test('uses the connection of a finished answer again', async () => {
      for (let n = 0; n < 6; n++) await run();
      // One that serves, and one whose last bytes are still being read when the next request leaves.
      expect(server.connections).toBeLessThanOrEqual(2);
    });

    if (marksEnd) test('waits for no connection that does not end with its answer, and closes it', async () => {
      server.answers({ text: 'Hello', lingers: true });
      expect(expectOneEnd(await run())).toMatchObject({ type: 'finished' });
      await server.until(() => server.aborted === 1);
    });

    test('sends the configured headers', async () => {
      await run(request(), connection({ headers: { 'x-team': 'lobster' } }));
      expect(server.requests[0]?.headers).toMatchObject({ 'x-team': 'lobster' });
    });

    test('keeps the key out of the address', async () => {
      await run();
      expect(server.requests[0]?.path).not.toContain(KEY);
    });

    test('says why a list was refused', async () => {
      const nowhere = connection({ baseUrl: `${server.url}/nowhere` });
      expect(await provider.list?.(nowhere, new AbortController().signal)).toBeUndefined();
    });
  });
};

const textOf = (events: readonly ModelEvent[]): string => events.map((event) => (event.type === 'text' ? event.delta : '')).join('');
