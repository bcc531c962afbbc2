import { createSession, listSessions, sendMessage, sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openRaw } from './raw-socket.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }) });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const post = (operation: string, body: string) =>
  gateway.request(`/api/native/${operation}`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

/** Whatever was sent: an answer within a second or two, of the documented kind, and the gateway goes on. */
const answered = async (asked: Promise<Response>): Promise<{ status: number; body: { error?: { code: string; message: string; details?: { path?: string } } } }> => {
  const since = performance.now();
  const response = await asked;
  // JSON in the one form; read as such by every test below.
  const body = (await response.json()) as { error?: { code: string; message: string } };
  expect(performance.now() - since).toBeLessThan(2_000);
  expect(response.status).toBeLessThan(500);
  if (response.status >= 400) expect(body.error?.message).not.toMatch(/node:|\.ts|at \w+ \(/);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  return { status: response.status, body };
};

describe('text', () => {
  test.each([
    ['empty', ''],
    ['spaces', ' \t\n '],
    ['zero-width', '\u200b\u200d\u2060\ufeff'],
    ['NUL in it', 'before\0after'],
    ['NUL alone', '\0'],
    ['half a surrogate pair', 'a\ud800b'],
    ['over the limit', 'x'.repeat(1_000_001)],
  ])('%s is refused', async (_name, text) => {
    expect(await answered(post('messages.send', JSON.stringify({ text })))).toMatchObject({ status: 400, body: { error: { code: 'invalid_request', details: { path: 'text' } } } });
  });

  test.each([
    ['SQL', `Robert'); DROP TABLE messages;-- " OR 1=1`],
    ['markup', '<script>alert(1)</script>'],
    ['combining marks', `a${'\u0301'.repeat(100_000)}`],
    ['right to left and emoji', '\u202eabc 👩‍👩‍👧 e\u0301'],
    ['line ends and escapes', 'a\r\nb\u2028c\u001bd\\n'],
  ])('%s is kept as it is', async (name, text) => {
    const session = `text-${name.split(' ')[0]}`;
    await gateway.client.call(sendMessage, { session, text });
    expect((await gateway.client.call(sessionHistory, { session })).messages[0]?.text).toBe(text);
  });

  test.each([
    ['userId', { text: 'Hi', userId: 'a\0b' }],
    ['context.language', { text: 'Hi', context: { language: '\ud800' } }],
    ['options.model', { text: 'Hi', options: { model: 'test/\0' } }],
    ['session', { text: 'Hi', session: 'a\0b' }],
    ['session', { text: 'Hi', session: '\udc00' }],
    ['workspace', { text: 'Hi', workspace: '../main' }],
  ])('the same holds for %s', async (path, input) => {
    expect(await answered(post('messages.send', JSON.stringify(input)))).toMatchObject({ status: 400, body: { error: { details: { path } } } });
  });

  test('a session label takes SQL as a name', async () => {
    const made = await gateway.client.call(createSession, { label: `"; DROP TABLE sessions; --` });
    expect(made.label).toBe(`"; DROP TABLE sessions; --`);
    expect((await gateway.client.call(listSessions, {})).total).toBeGreaterThan(0);
  });
});

describe('objects', () => {
  test.each([
    ['__proto__', '{"text":"Hi","__proto__":{"admin":true}}'],
    ['constructor.prototype', '{"text":"Hi","constructor":{"prototype":{"admin":true}}}'],
    ['__proto__ further in', '{"text":"Hi","options":{"__proto__":{"noMemory":true}}}'],
  ])('%s pollutes nothing and is refused', async (_name, body) => {
    expect(await answered(post('messages.send', body))).toMatchObject({ status: 400 });
    expect(({} as { admin?: unknown }).admin).toBeUndefined(); // the point of the test: no object may have it
  });

  test('a key twice is refused, however it is spelled', async () => {
    for (const body of ['{"text":"a","text":"b"}', '{"text":"a","te\\u0078t":"b"}', '{"text":"a","options":{"model":"x","model":"y"}}', '{"text":"a","list":[{"a":1,"a":2}]}']) {
      expect(await answered(post('messages.send', body))).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining('twice') } } });
    }
  });

  test('nesting past all use is refused at once', async () => {
    for (const deep of ['['.repeat(1_000_000), `{"text":${'['.repeat(65)}1${']'.repeat(65)}}`, '{"a":'.repeat(300_000)]) {
      expect(await answered(post('messages.send', deep))).toMatchObject({ status: 400, body: { error: { message: expect.stringMatching(/nested/) } } });
    }
  });

  test('a great many keys are refused in time', async () => {
    const keys = Array.from({ length: 150_000 }, (_, i) => `"k${i}":1`).join(',');
    expect(await answered(post('messages.send', `{"text":"Hi",${keys}}`))).toMatchObject({ status: 400 });
    const million = Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(',');
    expect(await answered(post('messages.send', `{${million}}`))).toMatchObject({ status: 413, body: { error: { code: 'payload_too_large' } } });
  });
});

describe('numbers', () => {
  test.each(['1e999', '-1', '1e12', '"∞"', 'true', '[]', '{}', '"1"', '9'.repeat(10_000)])('timeoutSeconds: %s is refused', async (value) => {
    expect(await answered(post('messages.send', `{"text":"Hi","timeoutSeconds":${value}}`))).toMatchObject({ status: 400, body: { error: { details: { path: 'timeoutSeconds' } } } });
  });

  test('timeoutSeconds: 0 does not wait', async () => {
    expect(await answered(post('messages.send', '{"text":"Hi","session":"no-wait","timeoutSeconds":-0}'))).toMatchObject({ status: 200, body: { status: 'queued' } });
  });

  test.each(['-1', '0', '1e9', '"NaN"', '"1;DROP"', '[]', '1.5', '1e999', 'null', '{}', '9007199254740993'])('limit: %s is refused', async (value) => {
    expect(await answered(post('sessions.list', `{"limit":${value}}`))).toMatchObject({ status: 400, body: { error: { details: { path: 'limit' } } } });
  });

  test.each(['-1', '1e999', '"x"', '0.5', '9007199254740993'])('offset and after: %s is refused', async (value) => {
    expect(await answered(post('sessions.list', `{"offset":${value}}`))).toMatchObject({ status: 400 });
    expect(await answered(post('events.list', `{"after":${value}}`))).toMatchObject({ status: 400 });
  });
});

describe('a body over the limit', () => {
  test('is refused from its announced length, before it is sent', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${gateway.token}\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n{"text":"`);
    expect(await raw.until('"payload_too_large"')).toMatch(/^HTTP\/1\.1 413 /);
    raw.socket.destroy();
  });

  test('without a length is refused once it is too long, and its sender is cut off', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write(`POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${gateway.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sent = 0;
    for (; sent < 1_600 && !raw.socket.destroyed && !raw.received().includes('payload_too_large'); sent++) {
      await new Promise<void>((resolve) => raw.socket.write(chunk, () => resolve()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(raw.received()).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(400);
    await raw.closed();
  });

  test('of somebody without a credential is not listened to', async () => {
    const raw = await openRaw(gateway.url);
    raw.socket.write('POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n');
    expect(await raw.until('"auth_required"')).toMatch(/^HTTP\/1\.1 401 /);
    raw.socket.destroy();
  });
});
