import { getTurn, sendMessage, sessionHistory } from '@openclaw/contract';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts';
import { handshake, openSocket, type SocketClient } from '../support/socket-client.ts';

const LOOKS: TestGatewayOptions['script'] = ({ messages }) =>
  messages.at(-1)?.role === 'user' ? { text: 'Let me look.', toolCalls: [{ tool: 'time', input: { timezone: 'UTC' } }] } : { text: ['It is ', 'late.'], chunkDelayMs: 5 };

const open = (gateway: TestGateway, path = '/ws'): Promise<SocketClient> => openSocket(gateway.url, { path, token: gateway.token });
const says = (text: string) => ({ type: 'chat', payload: { text } });

describe('who is there', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ wire: { socketLimits: { strangersStayMs: 300, mostStrangers: 3 } } });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test('a token in the address, in a header, or in the first frame opens the door', async () => {
    await using inAddress = await open(gateway, '/');
    await using inHeader = await openSocket(gateway.url, { path: '/ws', headers: { authorization: `Bearer ${gateway.token}` } });
    await using inFrame = await openSocket(gateway.url, { path: '/ws' });
    expect(await inFrame.ask({ type: 'auth', token: gateway.token })).toMatchObject({ type: 'auth', payload: { ok: true } });
    for (const client of [inAddress, inHeader, inFrame]) expect(await client.ask({ type: 'status' })).toMatchObject({ type: 'status', payload: { agent: 'main' } });
    await pause(400);
    expect(inFrame.socket.readyState).toBe(inFrame.socket.OPEN);
  });

  test('nothing is said before the client has said something', async () => {
    await using watcher = await open(gateway);
    await gateway.client.call(sendMessage, { text: 'use the tool time' });
    await pause(50);
    expect(watcher.frames).toEqual([]);
  });

  test.each<[string, (right: string) => string]>([
    ['wrong', () => 'wrong'],
    ['empty', () => ''],
    ['half', (right) => right.slice(0, -1)],
    ['with something behind it', (right) => `${right} `],
  ])('a token that is %s is answered AUTH_INVALID and hung up on', async (_, token) => {
    await using client = await openSocket(gateway.url, { token: token(gateway.token) });
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ payload: { code: 'AUTH_INVALID' } });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  test('of two tokens none counts', async () => {
    await using client = await openSocket(gateway.url, { path: `/?token=${gateway.token}`, token: gateway.token });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  test('a stranger who asks for something else first is told AUTH_REQUIRED', async () => {
    await using client = await openSocket(gateway.url);
    client.send({ type: 'status', id: '1' });
    expect(await client.next(({ type }) => type === 'error')).toMatchObject({ payload: { code: 'AUTH_REQUIRED' } });
    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  test('a stranger who says nothing is sent away in time, and there are never many of them', async () => {
    const strangers = await Promise.all(Array.from({ length: 3 }, () => openSocket(gateway.url)));
    expect(await handshake(gateway.url)).toBe(503);
    expect(await handshake(gateway.url, { token: gateway.token })).toBe(101);
    for (const stranger of strangers) expect(await stranger.closed).toMatchObject({ code: 4401 });
    expect(await handshake(gateway.url)).toBe(101);
  });

  test('is asked at / and /ws, and nowhere else', async () => {
    for (const path of ['/', '/ws']) expect(await handshake(gateway.url, { path, token: gateway.token })).toBe(101);
    for (const path of ['/api/status', '/ws/', '/healthz', '//ws']) expect(await handshake(gateway.url, { path, token: gateway.token })).toBe(404);
  });

  test('no token is ever in the log', () => {
    const text = JSON.stringify(gateway.logged);
    expect(text).not.toContain(gateway.token);
    expect(text).not.toContain('token=');
  });
});

describe('too many', () => {
  test('connections: the next one is told GATEWAY_BUSY', async () => {
    await using gateway = await startGateway({ config: { gateway: { max_connections: 2 } } });
    await using one = await open(gateway);
    await using two = await open(gateway);
    await using three = await open(gateway);
    expect(await three.next(({ type }) => type === 'error')).toMatchObject({ payload: { code: 'GATEWAY_BUSY', retry_after: 10 } });
    expect(await three.closed).toMatchObject({ code: 1013 });
    one.socket.close();
    await one.closed;
    await using four = await open(gateway);
    for (const client of [two, four]) expect((await client.ask({ type: 'status' })).type).toBe('status');
  });

  test('requests a minute: RATE_LIMITED, with the time to wait; the socket stays', async () => {
    await using gateway = await startGateway({ config: { api: { port: null, rateLimit: 3 } } });
    await using client = await open(gateway);
    const answers = [];
    // The window may turn once on the way: then a few more are needed.
    for (let i = 0; i < 8 && answers.at(-1)?.type !== 'error'; i++) answers.push(await client.ask({ type: 'status' }));
    expect(answers.length).toBeGreaterThanOrEqual(4);
    expect(answers.at(-1)).toMatchObject({ type: 'error', payload: { code: 'RATE_LIMITED', retry_after: expect.any(Number) } });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  test('wrong tokens from one address: no more handshakes, until the minute is over', async () => {
    await using gateway = await startGateway();
    for (let i = 0; i < 10; i++) await (await openSocket(gateway.url, { token: `wrong-${i}` })).closed;
    expect(await handshake(gateway.url, { token: 'wrong-10' })).toBe(429);
    expect(await handshake(gateway.url, { token: gateway.token })).toBe(429);
    expect(await handshake(gateway.url, { token: gateway.token, localAddress: '127.0.0.2' })).toBe(101);
  });

  test('questions at once: one socket cannot take every slot', async () => {
    await using gateway = await startGateway({ script: () => ({ delayMs: 400, text: 'ok' }), wire: { socketLimits: { mostAtOnce: 2 } } });
    await using client = await open(gateway);
    const answers = await Promise.all(Array.from({ length: 4 }, (_, i) => client.ask({ type: 'message', session: `s${i}`, content: 'Hi' })));
    expect(answers.map(({ type }) => type).toSorted()).toEqual(['error', 'error', 'message', 'message']);
  });
});

describe('frames', () => {
  let gateway: TestGateway;
  let client: SocketClient;
  beforeAll(async () => {
    gateway = await startGateway({ script: LOOKS });
    client = await open(gateway);
  });
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  test('of both dialects, in several sessions, share one socket', async () => {
    const [chat, plain, other] = await Promise.all([
      client.ask(says('How late is it?')),
      client.ask({ type: 'message', session: 'one', content: 'How late is it?' }),
      client.ask({ type: 'message', session: 'two', content: 'How late is it?' }),
    ]);
    expect(chat).toMatchObject({ type: 'response', payload: { text: 'It is late.', tool_calls: [{ tool: 'time', args: { timezone: 'UTC' } }], tokens_used: 30 }, timestamp: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(plain).toMatchObject({ type: 'message', session: 'one', content: 'It is late.', sessionKey: 'agent:main:one' });
    expect(other).toMatchObject({ session: 'two', sessionKey: 'agent:main:two' });
  });

  test('stream words to who asks for them, and to nobody else', async () => {
    await client.ask({ type: 'message', id: 'quiet', session: 'q', content: 'Hi' });
    expect(client.frames.filter(({ id }) => id === 'quiet').map(({ type }) => type)).toEqual(['message']);
    await client.ask({ type: 'message', id: 'loud', session: 'q', content: 'Hi', stream: true });
    expect(client.frames.filter(({ id }) => id === 'loud').map(({ type, content }) => content ?? type)).toEqual(['started', 'Let me look.', 'It is ', 'late.', 'It is late.']);
  });

  test('without an id are answered with one', async () => {
    const before = client.frames.length;
    client.send({ type: 'status' });
    await client.next((frame) => frame.type === 'status' && client.frames.indexOf(frame) >= before);
    expect(client.frames.slice(before).find(({ type }) => type === 'status')?.id).toMatch(/^frame_\w+$/);
  });

  test.each<[string, string]>([
    ['no JSON', 'hello'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['no type', '{"id":"x"}'],
    ['a type that is none', '{"type":7,"id":"x"}'],
    ['a type of Object.prototype', '{"type":"__proto__","id":"x"}'],
    ['toString', '{"type":"toString","id":"x"}'],
    ['a type without end', JSON.stringify({ type: 'x'.repeat(1_000_000), id: 'x' })],
    ['an unknown type', '{"type":"dance","id":"x"}'],
    ['a key twice', '{"type":"status","type":"chat"}'],
    ['a deep hole', `{"type":"chat","payload":${'['.repeat(2_000)}${']'.repeat(2_000)}}`],
    ['chat without a payload', '{"type":"chat","id":"x"}'],
    ['chat with null', '{"type":"chat","payload":null}'],
    ['chat with a number', '{"type":"chat","payload":{"text":7}}'],
    ['chat of blanks', '{"type":"chat","payload":{"text":"  \\u200b "}}'],
    ['a context that is none', '{"type":"chat","payload":{"text":"Hi","context":"x"}}'],
    ['an operation that is none', '{"type":"call","operation":"toString"}'],
  ])('%s: an error, and the socket stays', async (_, text) => {
    const before = client.frames.length;
    client.send(text);
    await client.next((frame) => frame.type === 'error' && client.frames.indexOf(frame) >= before);
    expect(client.frames[before]).toMatchObject({ type: 'error', payload: { code: 'INVALID_REQUEST' } });
    expect((await client.ask({ type: 'status' })).type).toBe('status');
  });

  test('errors of a message hold what a client of that dialect shows', async () => {
    expect(await client.ask({ type: 'message', session: 'a b', content: 'Hi' })).toMatchObject({ type: 'error', session: 'a b', content: expect.stringContaining('session') });
  });

  test('who one is, is not for frames to say', async () => {
    const answer = await client.ask({ type: 'chat', payload: { text: 'Hi', session: 'mine', context: { user: 'owner', channel: 'telegram' }, permissions: ['*'] } });
    expect(answer.type).toBe('response');
    const { messages } = await gateway.client.call(sessionHistory, { session: 'mine' });
    expect(messages[0]?.text).toBe('Hi');
  });

  test('binary ones are not taken', async () => {
    await using other = await open(gateway);
    other.socket.send(Buffer.from('{"type":"status"}'));
    expect(await other.closed).toMatchObject({ code: 1003 });
  });

  test('larger than two megabytes are not taken', async () => {
    await using other = await open(gateway);
    other.send({ type: 'chat', payload: { text: 'x'.repeat(2_200_000) } });
    expect(await other.closed).toMatchObject({ code: 1009 });
  });

  test('any operation can be called, with its events', async () => {
    const answer = await client.ask({ type: 'call', operation: 'sessions.list', input: { limit: 1 } });
    expect(answer).toMatchObject({ type: 'done', output: { limit: 1 } });
    await client.ask({ type: 'call', id: 'events', operation: 'messages.send', input: { text: 'Hi', session: 'c' } });
    expect(client.frames.filter(({ id, type }) => id === 'events' && type === 'event')).toHaveLength(6);
  });
});

describe('what happens elsewhere', () => {
  test('is told to who has asked for something: calls, results and failures, with their session', async () => {
    await using gateway = await startGateway({ script: (request) => (request.messages.at(-1)?.text.includes('fail') ? { status: 400, message: 'no' } : (LOOKS(request))) });
    await using watcher = await open(gateway);
    await watcher.ask({ type: 'status' });
    await gateway.client.call(sendMessage, { text: 'How late?', session: 'other' });
    expect(await watcher.next(({ type }) => type === 'tool_call')).toMatchObject({ payload: { tool: 'time', args: { timezone: 'UTC' }, session: 'agent:main:other' } });
    expect(await watcher.next(({ type }) => type === 'tool_result')).toMatchObject({ payload: { tool: 'time', output: expect.stringContaining('UTC'), exit_code: 0 } });
    await gateway.request('/api/native/messages.send', { json: { text: 'fail' } });
    const told = await watcher.next(({ type }) => type === 'error');
    expect(told).toMatchObject({ payload: { code: 'MODEL_FAILED', session: 'agent:main:main' } });
    expect(told.id).toBeUndefined();
  });

  test('can be watched word by word, in one session', async () => {
    await using gateway = await startGateway({ script: LOOKS });
    await gateway.client.call(sendMessage, { text: 'first', session: 'mine' });
    await using watcher = await open(gateway);
    watcher.send({ type: 'call', id: 'w', operation: 'activity.watch', input: { session: 'mine' } });
    await watcher.ask({ type: 'status' });
    await gateway.client.call(sendMessage, { text: 'How late?', session: 'not-mine' });
    await gateway.client.call(sendMessage, { text: 'How late?', session: 'mine' });
    await watcher.next((frame) => JSON.stringify(frame).includes('"done"'));
    const seen = watcher.frames.flatMap((frame) => (frame.id === 'w' ? [frame['event']] : []));
    expect(JSON.stringify(seen)).not.toContain('not-mine');
    expect(seen).toMatchObject(['started', 'text', 'tool_call', 'tool_result', 'text', 'text', 'done'].map((type) => ({ type: 'turn', event: { type } })));
  });

  test('of a session that is not there cannot be watched', async () => {
    await using gateway = await startGateway();
    await using client = await open(gateway);
    for (const session of ['nowhere', '*', 'sess_other']) {
      expect(await client.ask({ type: 'call', operation: 'activity.watch', input: { session } })).toMatchObject({ type: 'error', payload: { code: 'SESSION_NOT_FOUND' } });
    }
  });
});

describe('a client that goes away', () => {
  test('does not take its turn with it, and can ask again with the same key', async () => {
    await using gateway = await startGateway({ script: () => ({ text: ['one ', 'two ', 'three'], chunkDelayMs: 80 }) });
    const asked = { type: 'message', session: 's', content: 'Count', stream: true, idempotencyKey: 'k1' };
    await using first = await open(gateway);
    first.send(asked);
    await first.next(({ type }) => type === 'token');
    first.socket.terminate();
    await using second = await open(gateway);
    expect(await second.ask(asked)).toMatchObject({ type: 'message', content: 'one two three' });
    expect(second.frames.filter(({ type }) => type === 'token').map(({ content }) => content).join('')).toBe('one two three');
    expect(gateway.model.requests).toHaveLength(1);
  });

  test('takes up a turn where it left it', async () => {
    await using gateway = await startGateway({ script: (request) => (request.messages.at(-1)?.role === 'user' ? LOOKS(request) : { text: ['It ', 'is ', 'rather ', 'late.'], chunkDelayMs: 80 }) });
    await using first = await open(gateway);
    first.send({ type: 'message', session: 's', content: 'How late?', stream: true });
    const turn = (await first.next(({ type }) => type === 'started'))['turn'];
    const cursor = (await first.next(({ content, type }) => type === 'token' && content === 'It '))['cursor'];
    first.socket.terminate();
    await using second = await open(gateway);
    expect(await second.ask({ type: 'call', id: 'again', operation: 'turns.watch', input: { turn, after: cursor } })).toMatchObject({ type: 'done', output: { state: 'done' } });
    const rest = second.frames.flatMap((frame) => (frame.id === 'again' && frame.type === 'event' ? [z.looseObject({ type: z.string(), delta: z.string() }).parse(frame['event'])] : []));
    expect(rest.map(({ delta }) => delta).join('')).toBe('is rather late.');
  });
});

describe('an end of the gateway', () => {
  test('is told: who waits for nothing at once, who waits for an answer after it', async () => {
    await using gateway = await startGateway({ script: () => ({ delayMs: 500, text: 'in time' }) });
    await using idle = await open(gateway);
    await using busy = await open(gateway);
    busy.send({ type: 'chat', id: 'last', payload: { text: 'Hi' } });
    await gateway.model.until(() => gateway.model.requests.length === 1);
    const stopped = gateway.stop();
    expect(await idle.closed).toMatchObject({ code: 1012 });
    expect(await handshake(gateway.url, { token: gateway.token })).toBe(503);
    expect(await busy.next(({ id }) => id === 'last')).toMatchObject({ type: 'response', payload: { text: 'in time' } });
    expect(await busy.closed).toMatchObject({ code: 1012 });
    await stopped;
  });
});

describe('a credential that no longer holds', () => {
  test('takes its sockets and its streams with it, within a second', async () => {
    await using gateway = await startGateway({ script: () => ({ text: Array.from({ length: 100 }, () => 'word '), chunkDelayMs: 20 }) });
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(gateway)));
    for (const client of sockets) await client.ask({ type: 'status' });
    const streams = await Promise.all(
      Array.from({ length: 5 }, (_, i) => gateway.request('/api/v1/messages/stream', { json: { userId: `u${i}`, message: 'Hi' } })),
    );
    const broken = Promise.all(streams.map(async (stream) => stream.text().then(() => 'ended', () => 'cut')));
    await writeFile(join(gateway.folder, 'openclaw.json'), JSON.stringify({ ...gateway.config, gateway: { token: 'another-token-of-thirty-two-letters' } }));
    const changedAt = performance.now();
    for (const client of sockets) expect(await client.closed).toMatchObject({ code: 4401 });
    expect(await broken).toEqual(['cut', 'cut', 'cut', 'cut', 'cut']);
    // The file is looked at a fifth of a second after it changed.
    expect(performance.now() - changedAt).toBeLessThan(1_500);
    expect(await handshake(gateway.url, { token: 'another-token-of-thirty-two-letters' })).toBe(101);
  });
});

test('a client that vanished without a word is noticed', async () => {
  await using gateway = await startGateway({ wire: { socketLimits: { pingMs: 100 } } });
  await using silent = await openSocket(gateway.url, { token: gateway.token, autoPong: false });
  await using lively = await open(gateway);
  expect(await silent.closed).toMatchObject({ code: 1006 });
  expect(lively.socket.readyState).toBe(lively.socket.OPEN);
});

test('a thousand questions whose askers leave end as turns, and leave nothing behind', { timeout: 30_000 }, async () => {
  await using gateway = await startGateway({ script: () => ({ text: ['a ', 'b'], chunkDelayMs: 10 }) });
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => open(gateway)));
    for (const [i, client] of clients.entries()) for (let j = 0; j < 5; j++) client.send({ type: 'message', session: `s${i}-${j}`, content: 'Hi', stream: j % 2 === 0 });
    await pause(20);
    for (const client of clients) client.socket.terminate();
  }
  const status = async () => (await gateway.request('/metrics')).text();
  await expect.poll(async () => /openclaw_turns_running 0\n/.test(await status()) && /openclaw_sockets 0\n/.test(await status()), { timeout: 20_000 }).toBe(true);
  expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
  expect(await gateway.client.call(getTurn, { turn: 'turn_none' }).catch((error: unknown) => (error as { code: string }).code)).toBe('turn_not_found');
});
