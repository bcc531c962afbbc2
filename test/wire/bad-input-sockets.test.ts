/** Bad input on sockets: credentials, frames that claim to be more than they are, and every field of every frame against trouble. */
import { sendMessage, sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { handshake, openSocket, type SocketClient } from '../support/socket-client.ts';
import { openRaw } from './raw-socket.ts';
import { HANDSHAKE } from './raw-websocket.ts';

const TOKEN = 'a+token/of=the&bad%input-tests';

let gateway: TestGateway;
let client: SocketClient;
beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }), env: { OPENCLAW_AUTH_TOKEN: TOKEN } });
  client = await openSocket(gateway.url, { token: TOKEN });
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const written = encodeURIComponent(TOKEN);

describe('a token in the address', () => {
  test.each<[string, string, string]>([
    ['written as addresses are', `/?token=${written}`, 'in'],
    ['behind something else', `/ws?x=1&token=${written}&y`, 'in'],
    ['not written as addresses are', `/?token=${TOKEN}`, 'out'],
    ['written twice over', `/?token=${encodeURIComponent(written)}`, 'out'],
    ['twice, right both times', `/?token=${written}&token=${written}`, 'out'],
    ['after an empty one', `/?token=&token=${written}`, 'out'],
    ['that is empty', '/?token=', 'out'],
    ['with NUL', `/?token=${written}%00`, 'out'],
    ['with bytes that are no text', `/?token=${written}%ff`, 'out'],
    ['of 10 kB', `/?token=${'x'.repeat(10_000)}`, 'out'],
    ['by another name', `/?Token=${written}`, 'stranger'],
    ['as a list', `/?token[]=${written}`, 'stranger'],
  ])('%s', async (_, path, expected) => {
    // From an address of its own: wrong ones are counted.
    await using asked = await openSocket(gateway.url, { path, localAddress: `127.0.1.${1 + Math.floor(Math.random() * 250)}` });
    if (expected === 'out') {
      expect((await asked.next(({ type }) => type === 'error')).payload).toMatchObject({ code: 'AUTH_INVALID' });
      expect((await asked.closed).code).toBe(4401);
      return;
    }
    asked.send({ type: 'status' });
    const { type, payload } = await asked.next(() => true);
    expect(expected === 'in' ? type : payload?.['code']).toBe(expected === 'in' ? 'status' : 'AUTH_REQUIRED');
  });

  test('of a megabyte is not read', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`GET /ws?token=${'x'.repeat(1_000_000)} HTTP/1.1\r\n${HANDSHAKE.join('\r\n')}\r\n\r\n`);
    expect(await raw.closed()).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
  });

  test('is in no log and in no answer', () => {
    const text = JSON.stringify([gateway.logged, client.frames]);
    for (const form of [TOKEN, written]) expect(text).not.toContain(form);
  });
});

describe('what a frame claims', () => {
  test.each<[string, object]>([
    ['another protocol’s hello', { type: 'req', id: 'x', method: 'connect', params: { scopes: ['operator.admin'], role: 'admin' } }],
    ['a second introduction', { type: 'auth', id: 'x', token: 'wrong' }],
    ['an operation by its prototype', { type: 'call', id: 'x', operation: 'constructor' }],
    ['an operation that is a list', { type: 'call', id: 'x', operation: ['sessions.list'] }],
    ['input that is null', { type: 'call', id: 'x', operation: 'sessions.list', input: null }],
    ['input that is a text', { type: 'call', id: 'x', operation: 'sessions.list', input: 'x' }],
    ['a caller', { type: 'call', id: 'x', operation: 'sessions.list', input: { caller: 'owner' } }],
    ['a list for a type', { type: ['status'], id: 'x' }],
    ['a list for a payload', { type: 'chat', id: 'x', payload: [{ text: 'Hi' }] }],
  ])('%s is refused under its id', async (_, frame) => {
    const before = client.frames.length;
    client.send(frame);
    await client.next((heard) => heard.type === 'error' && client.frames.indexOf(heard) >= before);
    expect(client.frames.at(-1)).toMatchObject({ type: 'error', id: 'x', payload: { code: expect.stringMatching(/^(INVALID_REQUEST|NOT_FOUND)$/) } });
  });

  test.each(['/config set gateway.auth.enabled false', '/allowlist add x', '/verbose', '/reset', '/new', '!ls', '@owner'])('%s is words to the agent, nothing more', async (text) => {
    const session = `slash-${text.length}-${text.charCodeAt(1)}`;
    expect((await client.ask({ type: 'chat', payload: { text, session } })).type).toBe('response');
    expect((await gateway.client.call(sessionHistory, { session })).messages.map((message) => message.text)).toEqual([text, 'ok']);
    expect(await handshake(gateway.url)).toBe(101);
  });

  test('who writes is not what it says of itself', async () => {
    await client.ask({ type: 'chat', payload: { text: 'Hi', session: 'spoof', context: { user: 'owner', channel: 'telegram' } } });
    const session = await (await gateway.request('/api/sessions/spoof')).json() as object; // JSON of the gateway's own
    expect(session).toMatchObject({ key: 'agent:main:spoof' });
    expect(JSON.stringify(session)).not.toContain('owner');
  });
});

const TROUBLE: readonly unknown[] = [
  '', ' ', '\0', '\ud800', '\u200b', "' OR 1=1--", '<script>', '../../etc/passwd', '__proto__', 'constructor', '*', 'agent:other:main', 'sess_none', 'NaN', 'x'.repeat(5_000),
  0, -1, 0.5, 1e12, true, false, null, [], ['main'], {}, { toString: 1 }, { length: 1 },
];
const FRAMES: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['message', { type: 'message', session: 'main', content: 'Hi', model: 'test/model', timeoutSeconds: 0, stream: true, idempotencyKey: undefined }],
  ['status', { type: 'status', payload: {} }],
  ['call', { type: 'call', operation: 'sessions.list', input: { limit: 1 } }],
];
const CHAT = { text: 'Hi', session: 'main', timeoutSeconds: 0, context: { user: 'u', timezone: 'UTC' }, options: { model: 'test/model', max_tokens: 5 } };

describe('trouble in every field: one answer each, and the socket stays', () => {
  const answered = async (frame: Readonly<Record<string, unknown>>): Promise<void> => {
    const since = performance.now();
    const answer = await client.ask(frame);
    const what = JSON.stringify(frame).slice(0, 200);
    // What was given half a second gets it.
    expect(performance.now() - since, what).toBeLessThan(1_500);
    if (answer.type === 'error') {
      expect(answer.payload, what).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) });
      expect(['INTERNAL', 'TURN_QUARANTINED'], what).not.toContain(answer.payload?.['code']);
    }
    expect(JSON.stringify(answer), what).not.toMatch(/node_modules|\.ts:\d|at \w+ \(|root:x:|SQLITE|openclaw-test-/);
  };

  test.each(FRAMES)('%s', async (_, frame) => {
    for (const value of TROUBLE) for (const field of Object.keys(frame)) await answered({ ...frame, id: undefined, [field]: value });
  });

  test('chat', async () => {
    for (const value of TROUBLE) {
      for (const field of Object.keys(CHAT)) await answered({ type: 'chat', payload: { ...CHAT, [field]: value } });
      for (const field of Object.keys(CHAT.context)) await answered({ type: 'chat', payload: { ...CHAT, context: { [field]: value } } });
      for (const field of Object.keys(CHAT.options)) await answered({ type: 'chat', payload: { ...CHAT, options: { [field]: value } } });
    }
  });

  test.each<[string, string | undefined]>([['7', '7'], ['""', ''], ['1e999', 'Infinity'], ['true', undefined], ['[]', undefined], ['{}', undefined], [`"${'x'.repeat(201)}"`, undefined], ['"\\ud800"', '\ud800']])('an id that is %s', async (id, told) => {
    const before = client.frames.length;
    client.send(`{"type":"status","id":${id}}`);
    await client.next((heard) => client.frames.indexOf(heard) >= before && (heard.type === 'status' || heard.type === 'error'));
    expect(client.frames.at(-1)?.id).toBe(told);
  });

  test('and the agent still answers', async () => {
    expect((await client.ask({ type: 'chat', payload: { text: 'Hi', session: 'after' } })).type).toBe('response');
    expect(await gateway.client.call(sendMessage, { text: 'Hi', session: 'after' })).toMatchObject({ text: 'ok' });
    expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
    expect('admin' in {}).toBe(false);
  });
});
