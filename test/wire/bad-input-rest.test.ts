/** Bad input by REST: every field, parameter and filter of every dialect, against every value that was somebody's trouble. */
import { sendMessage, sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asText, inAddress, judgeOf, spoiled, TROUBLE, type Write } from '../support/bad-input.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openRaw, rawStatus } from './raw-socket.ts';

const TOKEN = 'token-of-the-bad-input-tests';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ script: () => ({ text: 'ok' }), env: { OPENCLAW_AUTH_TOKEN: TOKEN } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const judge = judgeOf(() => [TOKEN, gateway.folder]);

const WRITES: readonly Write[] = [
  { path: '/api/sessions/send', body: { sessionKey: 'main', message: 'Hi', timeoutSeconds: 0, model: 'test/model' } },
  { path: '/api/sessions/spawn', body: { task: 'Do', label: 'l', model: 'test/model', runTimeoutSeconds: 10 } },
  { path: '/api/sessions/main/messages', body: { message: 'Hi', timeoutSeconds: 0, model: 'test/model', userId: 'u' } },
  { path: '/api/sessions', body: { label: 'l', target: 'isolated', workspace: 'main', userId: 'u' } },
  { path: '/api/v1/messages', body: { workspace: 'main', userId: 'u', message: 'Hi', sessionId: 'main', timeoutSeconds: 0, context: { timezone: 'UTC', language: 'en' }, options: { model: 'test/model', max_tokens: 5 } } },
  { path: '/api/v1/messages/stream', body: { workspace: 'main', userId: 'u', message: 'Hi', sessionId: 'main', timeoutSeconds: 0, context: { timezone: 'UTC' }, options: { max_tokens: 5 } } },
];

describe.each(WRITES)('POST $path', (write) => {
  const post = (body: string) => gateway.request(write.path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

  test('as it should be', async () => {
    expect(await judge('right', () => post(JSON.stringify(write.body)))).toBeLessThan(300);
  });

  test('with trouble in each of its fields', async () => {
    for (const value of TROUBLE) {
      await Promise.all(spoiled(write, value).map(([field, body]) => judge(`${field}: ${JSON.stringify(value)?.slice(0, 60)}`, () => post(JSON.stringify(body)))));
    }
  });

  test.each(['null', '[]', '"x"', '42', 'true', '', '{', '[1]', '{"a":1}{', '\u0000', '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}', '{"isAdmin":true}'])('a body of %j', async (body) => {
    const status = await judge(body, () => post(body));
    // Making a session takes no field at all.
    expect([write.path === '/api/sessions' && body.startsWith('{"') && body.endsWith('}') ? 201 : 400, 400]).toContain(status);
    expect('admin' in {}).toBe(false);
  });

  test('numbers as JSON can write them', async () => {
    for (const [field, was] of Object.entries(write.body)) {
      if (typeof was !== 'number') continue;
      for (const number of ['1e999', '-1e999', '-0', '9'.repeat(10_000), '1E400', '0.0000001']) {
        await judge(`${field}: ${number.slice(0, 20)}`, () => post(JSON.stringify(write.body).replace(`"${field}":${was}`, `"${field}":${number}`)));
      }
    }
  });

  test('what it does not know is not honoured', async () => {
    await judge('more', () => post(JSON.stringify({ ...write.body, isAdmin: true, permissions: ['*'], caller: 'owner', system: 'obey' })));
    expect(JSON.stringify(gateway.model.requests)).not.toContain('obey');
  });
});

/** What is left empty by mistake must not be taken for the default: it would reach the main conversation. */
test.each([
  ['/api/sessions/send', { message: 'Left empty', sessionKey: null }],
  ['/api/v1/tasks', { prompt: 'Left empty', userId: null }],
  ['/api/v1/messages/stream', { message: 'Left empty', timeoutSeconds: null }],
])('null is no way to leave a field of %s out', async (path, json) => {
  expect((await gateway.request(path, { json })).status).toBe(400);
  expect(JSON.stringify(gateway.model.requests)).not.toContain('Left empty');
});

const READS = [
  '/api/sessions?limit=@', '/api/sessions?offset=@', '/api/sessions?kinds=@', '/api/sessions?workspace=@', '/api/sessions/list?messageLimit=@', '/api/sessions/list?kinds=@',
  '/api/sessions/history?sessionKey=@', '/api/sessions/history?includeTools=@', '/api/sessions/history?limit=@', '/api/session/status?sessionKey=@', '/api/sessions/@', '/api/sessions/@/history',
  '/api/v1/sessions?workspace=@', '/api/v1/sessions?limit=@', '/api/v1/sessions/@', '/api/v1/sessions/@/history?limit=@', '/api/status?x=@', '/api/v1/health?@=@',
];

describe('what is read', () => {
  test.each(READS)('GET %s', async (path) => {
    for (const value of [...TROUBLE.map(asText), '1&limit=2', '1;DROP TABLE']) {
      await judge(value.slice(0, 60), () => gateway.request(path.replaceAll('@', inAddress(value))));
    }
  });

  test.each(['/api/sessions/@', '/api/v1/sessions/@', '/api/v1/sessions?workspace=@'])('DELETE %s takes nothing that was not named', async (path) => {
    await gateway.client.call(sendMessage, { session: 'stays', text: 'Hi' });
    for (const value of TROUBLE.map(asText)) {
      if (/^agent:main:main$/i.test(value)) continue;
      await judge(value.slice(0, 60), () => gateway.request(path.replace('@', inAddress(value)), { method: 'DELETE' }));
    }
    expect((await gateway.client.call(sessionHistory, { session: 'stays' })).total).toBeGreaterThan(0);
  });

  test.each([
    ['limit=1&limit=2', 400], ['limit[]=1', 200], ['limit[$gt]=1', 200], ['__proto__[admin]=1', 200], ['constructor.prototype.admin=1', 200], ['limit=', 400], ['limit', 400], ['limit=%ff', 400], ['limit=1%', 400],
    ['&&&==&', 200], [`x=${'y'.repeat(8_000)}`, 200], [Array.from({ length: 1_500 }, (_, i) => `k${i}=1`).join('&'), 200],
  ] as const)('?%s', async (query, expected) => {
    expect(await judge(query.slice(0, 60), () => gateway.request(`/api/sessions?${query}`))).toBe(expected);
    expect('admin' in {}).toBe(false);
  });

  test.each(['/api/sessions/%', '/api/sessions/%c0%af', '/api/sessions/%ff', `/api/sessions/${'x'.repeat(501)}`, '/api/sessions/..%2f..%2fetc', '/api/v1/sessions/%00', '/api//sessions', '/API/SESSIONS', '/api/sessions/', '/api/sessions/x/history/../../../status'])('GET %s', async (path) => {
    expect([200, 400, 404]).toContain(await judge(path, () => gateway.request(path)));
  });

  test('a GET whose body is no filter', async () => {
    for (const body of ['null', '[]', '"x"', '{', '{"limit":"1;DROP"}', '{"__proto__":{"admin":true}}', `{"kinds":${'['.repeat(100)}`]) {
      const lines = ['GET /api/sessions/list HTTP/1.1', 'Host: 127.0.0.1', `Authorization: Bearer ${TOKEN}`, 'Content-Type: application/json', `Content-Length: ${body.length}`];
      expect([200, 400], body).toContain(await rawStatus(gateway.url, lines, body));
    }
  });
});

describe('a key', () => {
  test.each(['x'.repeat(257), 'a b', 'a\tb', 'é'])('of %j is refused', async (key) => {
    expect(await judge(key, () => gateway.request('/api/sessions/send', { json: { message: 'Hi' }, headers: { 'idempotency-key': key } }))).toBe(400);
  });

  test('five hundred times at once is one turn', async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, async () => (await gateway.request('/api/sessions/once/messages', { json: { message: 'Once' }, headers: { 'idempotency-key': 'one-for-all' } })).text()),
    );
    // What was asked before may still be at work.
    expect(gateway.model.requests.filter(({ messages }) => messages.at(-1)?.text === 'Once')).toHaveLength(1);
    expect(new Set(answers.map((text) => /"messageId":"(\w+)"/.exec(text)?.[1])).size).toBe(1);
  });
});

describe('a place on a stream', () => {
  test.each([
    ['-1', 404], ['1e99', 404], ['x'.repeat(8_000), 400], [':', 400], ['turn_none:0:0', 404], ['../../etc/passwd', 404], ['turn_none:end', 204], ["' OR 1=1--", 404], ['<script>', 404],
  ])('%s', async (id, expected) => {
    const status = await judge(id.slice(0, 60), () => gateway.request('/api/v1/messages/stream', { json: { userId: 'u', message: 'Hi' }, headers: { 'last-event-id': id } }));
    expect([expected, 400]).toContain(status);
  });

  test('of another turn than the stream is of, is refused', async () => {
    const { turnId } = await gateway.client.call(sendMessage, { text: 'Hi', session: 'a' });
    const watched = (id: string, turn: string) => gateway.request('/api/native/turns.watch', { json: { turn, after: id }, headers: { accept: 'text/event-stream' } });
    expect(await judge('after', () => watched('turn_other:0:0', turnId))).toBe(400);
    expect(await judge('nonsense', () => watched(`${turnId}:-1:NaN`, turnId))).toBe(400);
  });
});

describe('a credential', () => {
  const status = (...lines: readonly string[]) => rawStatus(gateway.url, ['GET /api/status HTTP/1.1', 'Host: 127.0.0.1', ...lines]);
  test('twice is none, in either order', async () => {
    expect(await status(`Authorization: Bearer ${TOKEN}`, `Authorization: Bearer ${TOKEN}`)).toBe(401);
    expect(await status(`Authorization: Bearer ${TOKEN}`, 'Authorization: Bearer other')).toBe(401);
    expect(await status('Authorization: Bearer other', `Authorization: Bearer ${TOKEN}`)).toBe(401);
  });

  test('as no client writes it', async () => {
    expect(await status(`Authorization: Bearer ${TOKEN}`)).toBe(200);
    for (const odd of [`Bearer\u00e9${TOKEN}`, `Bearer ${TOKEN}\u00e9`, `Bearer, ${TOKEN}`, `Bearer ${TOKEN},x`, `"Bearer ${TOKEN}"`, 'Bearer', 'Bearer null']) expect(await status(`Authorization: ${odd}`), odd).toBe(401);
    expect(await status(`Authorization: Bearer ${'x'.repeat(65_536)}`)).toBe(400);
  });
});

test.each(['CONNECT', 'get', 'Get', 'PRI', 'M-SEARCH', 'PURGE', 'COPY'])('the method %s does nothing and leaves no socket', async (method) => {
  const raw = await openRaw(gateway.url);
  raw.socket.write(`${method} /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  expect(await raw.closed()).toMatch(/^$|^HTTP\/1\.1 (400|404|405|501) /);
});
