import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MessageEvent, OpenClaw } from '../../packages/api-client/src/index.ts';
import { SseReader } from '../../packages/client-kit/src/read-sse.ts';
import { type ApiScript, refusal, sse, startScriptedApi } from '../support/scripted-api.ts';

const DONE = { type: 'done', messageId: 'msg_1', tokensUsed: 7, latencyMs: 3, sessionId: 'sess_1', finishReason: 'stop', id: 't:end' };
const token = (content: string, id: string) => ({ type: 'token', content, id });

const withApi = async (script: ApiScript) => {
  const api = await startScriptedApi(script);
  const client = new OpenClaw({ baseUrl: api.url, apiKey: 'key' });
  return { api, stream: (signal?: AbortSignal) => client.messages.stream({ workspace: 'team', message: 'Hi' }, { signal }), [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
};
/** What was read before it ended, and with what it failed. */
const readAll = async <T>(items: AsyncIterable<T>): Promise<{ readonly items: readonly T[]; readonly thrown: unknown }> => {
  const read: T[] = [];
  try {
    for await (const item of items) read.push(item);
  } catch (thrown) {
    return { items: read, thrown };
  }
  return { items: read, thrown: undefined };
};

describe('a stream', () => {
  const events = [token('Here', 't:1'), { type: 'tool_use', tool: 'time', input: {}, id: 't:2' }, { type: 'tool_result', tool: 'time', output: 'noon', id: 't:3' }, token(' is', 't:4'), DONE];

  test('gives its words, and what is known at the end', async () => {
    await using it = await withApi(() => sse(...events));
    const stream = it.stream();
    expect(it.api.asked).toEqual([]);
    expect(await readAll(stream)).toEqual({ items: ['Here', ' is'], thrown: undefined });
    expect(await stream.done()).toMatchObject({ type: 'done', tokensUsed: 7 });
    expect(it.api.asked).toMatchObject([{ body: { workspace: 'team', message: 'Hi' }, headers: { accept: 'text/event-stream' } }]);
  });

  test('gives everything that happens, or only its end', async () => {
    await using it = await withApi(() => sse(...events));
    const { items } = await readAll<MessageEvent>(it.stream().events());
    expect(items.map(({ type }) => type)).toEqual(['token', 'tool_use', 'tool_result', 'token', 'done']);
    expect(await it.stream().done()).toMatchObject({ messageId: 'msg_1' });
  });

  test('is left where its reader leaves it', async () => {
    await using it = await withApi(() => ({ ...sse(token('a', 't:1'), token('b', 't:2')), open: true }));
    const stream = it.stream();
    for await (const word of stream) if (word === 'a') break;
    await expect.poll(() => it.api.left()).toBe(1);
    await expect(stream.done()).rejects.toMatchObject({ code: 'stream_interrupted' });
  });

  test('is ended by its signal and by abort()', async () => {
    await using it = await withApi(() => ({ ...sse(token('a', 't:1')), open: true }));
    const leave = new AbortController();
    const bySignal = it.stream(leave.signal);
    const iterator = bySignal[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 'a' });
    const reason = new Error('enough');
    setTimeout(() => leave.abort(reason), 20);
    await expect(iterator.next()).rejects.toBe(reason);
    const byHand = it.stream();
    setTimeout(() => byHand.abort(), 50);
    const { items, thrown } = await readAll(byHand);
    expect([items, thrown]).toEqual([['a'], expect.objectContaining({ name: 'AbortError' })]);
    await expect.poll(() => it.api.left()).toBe(2);
  });
});

describe('a connection that is lost', () => {
  test('is taken up again behind the last event, each word once, with the same key', async () => {
    await using it = await withApi(({ headers }, count) => {
      if (count === 1) return { ...sse(token('one ', 't:1'), token('two ', 't:2')), cut: true };
      if (count === 2) return { cut: true };
      if (count === 3) return refusal(503, 'starting');
      return headers['last-event-id'] === 't:2' ? sse(token('three', 't:3'), DONE) : sse(token('again', 't:1'), DONE);
    });
    expect(await readAll(it.stream())).toEqual({ items: ['one ', 'two ', 'three'], thrown: undefined });
    expect(it.api.asked.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 't:2', 't:2', 't:2']);
    expect(new Set(it.api.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('before the first event is asked for anew, with the same key', async () => {
    await using it = await withApi((_, count) => (count === 1 ? { ...sse(), text: ': still here\n\n', cut: true } : sse(token('all', 't:1'), DONE)));
    expect(await readAll(it.stream())).toEqual({ items: ['all'], thrown: undefined });
    expect(new Set(it.api.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  test('is not guessed on where the events had no ids', async () => {
    await using it = await withApi(() => ({ ...sse({ type: 'token', content: 'half' }), cut: true }));
    const { items, thrown } = await readAll(it.stream());
    expect([items, thrown]).toEqual([['half'], expect.objectContaining({ code: 'stream_interrupted' })]);
    expect(it.api.asked).toHaveLength(1);
  });

  test('that ends without an end is a lost one, too', async () => {
    await using it = await withApi((_, count) => (count === 1 ? sse(token('a', 't:1')) : sse(DONE)));
    expect((await readAll(it.stream())).items).toEqual(['a']);
    expect(it.api.asked).toHaveLength(2);
  });

  test('that is always lost is given up', { timeout: 20_000 }, async () => {
    await using it = await withApi((_, count) => (count === 1 ? { ...sse(token('a', 't:1')), cut: true } : { ...sse(), text: '', cut: true }));
    expect((await readAll(it.stream())).thrown).toMatchObject({ code: 'stream_interrupted' });
  });
});

describe('an error in a stream', () => {
  test('ends it with code and status', async () => {
    await using it = await withApi(() => sse(token('a', 't:1'), { type: 'error', code: 'budget_exceeded', message: 'Spent', retry_after: 9, id: 't:end' }));
    const { items, thrown } = await readAll(it.stream());
    expect([items, thrown]).toEqual([['a'], expect.objectContaining({ name: 'OpenClawError', code: 'budget_exceeded', status: 429, retryAfter: 9, message: 'Spent' })]);
    expect(it.api.asked).toHaveLength(1);
  });

  test('of the connection alone is waited out', async () => {
    await using it = await withApi((_, count) =>
      count === 1
        ? { headers: { 'content-type': 'text/event-stream' }, text: 'id: t:1\ndata: {"type":"token","content":"a"}\n\nretry: 10\ndata: {"type":"error","code":"draining","message":"Stopping"}\n\n' }
        : sse(token('b', 't:2'), DONE),
    );
    expect(await readAll(it.stream())).toEqual({ items: ['a', 'b'], thrown: undefined });
    expect(it.api.asked[1]?.headers['last-event-id']).toBe('t:1');
  });

  test('before it began has its own status', async () => {
    await using it = await withApi(() => refusal(403, 'forbidden'));
    expect((await readAll(it.stream())).thrown).toMatchObject({ status: 403, code: 'forbidden' });
  });

  test('is also a page in its place', async () => {
    await using it = await withApi(() => ({ text: '<html>' }));
    expect((await readAll(it.stream())).thrown).toMatchObject({ code: 'unexpected_answer' });
  });
});

test('server-sent events are read the same however they are cut and whatever ends their lines', () => {
  const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' '));
  const event = fc.record({ data: fc.array(line, { minLength: 1, maxLength: 3 }), id: fc.option(fc.stringMatching(/^[a-z:0-9]{1,8}$/), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), fc.constantFrom('\n', '\r', '\r\n'), fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (events, end, sizes) => {
      const text = events.map(({ data, id }) => [...(id === undefined ? [] : [`id: ${id}`]), ': aside', ...data.map((one) => `data: ${one}`), '', ''].join(end)).join('');
      const bytes = new TextEncoder().encode(`${text}: end${end}`);
      const reader = new SseReader();
      const read = [];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        read.push(...reader.read(bytes.subarray(at, at + size)));
        at += size;
      }
      expect(read).toEqual(events.map(({ data, id }) => ({ data: data.join('\n'), id, retryMs: undefined })));
    }),
  );
});
