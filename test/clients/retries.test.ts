import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { OpenClaw, OpenClawError } from '../../packages/api-client/src/index.ts';
import { type ApiScript, refusal, startScriptedApi } from '../support/scripted-api.ts';

const withApi = async (script: ApiScript, options: Partial<ConstructorParameters<typeof OpenClaw>[0]> = {}) => {
  const api = await startScriptedApi(script);
  return { api, client: new OpenClaw({ baseUrl: api.url, apiKey: 'oclaw_live_secret', ...options }), [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
};
const errorOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, (thrown: unknown) => thrown);
const keysOf = (asked: readonly { readonly headers: Readonly<Record<string, unknown>> }[]) => new Set(asked.map(({ headers }) => headers['idempotency-key']));

describe('a call that may succeed in a moment', () => {
  test('is tried again while the gateway starts, under one idempotency key', async () => {
    await using it = await withApi((_, count) => (count < 3 ? refusal(503, 'starting') : { json: { response: 'Hello' } }));
    expect(await it.client.messages.send({ message: 'Hi' })).toEqual({ response: 'Hello' });
    expect(it.api.asked).toHaveLength(3);
    const [key, ...others] = keysOf(it.api.asked);
    expect([key, others]).toEqual([expect.stringMatching(/^oc-[0-9a-f]{32}$/), []]);
    await it.client.messages.send({ message: 'Hi' });
    expect(keysOf(it.api.asked).size).toBe(2);
  });

  test('waits as long as Retry-After says', async () => {
    await using it = await withApi((_, count) => (count === 1 ? refusal(429, 'rate_limited', { retry_after: 1 }) : { json: {} }));
    const started = performance.now();
    await it.client.health();
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
  });

  test('is tried again where the connection was cut after it was sent', async () => {
    await using it = await withApi((_, count) => (count === 1 ? { cut: true } : { json: { response: 'once' } }));
    expect(await it.client.messages.send({ message: 'Hi' })).toEqual({ response: 'once' });
    expect([it.api.asked.length, keysOf(it.api.asked).size]).toEqual([2, 1]);
  });

  test('is tried again where half of the answer came, and where a proxy has nobody behind it', async () => {
    await using half = await withApi((_, count) => (count === 1 ? { text: '{"respo', cut: true, headers: { 'content-length': '20' } } : { json: { response: 'whole' } }));
    expect(await half.client.messages.send({ message: 'Hi' })).toEqual({ response: 'whole' });
    await using proxy = await withApi((_, count) => (count === 1 ? { status: 502, text: '<html>Bad gateway</html>' } : { json: { response: 'whole' } }));
    expect(await proxy.client.messages.send({ message: 'Hi' })).toEqual({ response: 'whole' });
  });

  test('is given up after maxRetries', async () => {
    await using it = await withApi(() => refusal(503, 'gateway_busy'), { maxRetries: 1 });
    expect(await errorOf(it.client.health())).toMatchObject({ status: 503, code: 'gateway_busy' });
    expect(it.api.asked).toHaveLength(2);
    expect(await errorOf(it.client.health({ maxRetries: 0 }))).toMatchObject({ status: 503 });
    expect(it.api.asked).toHaveLength(3);
  });
});

describe('a call that is not tried again', () => {
  test.each([[400, 'invalid_request'], [401, 'auth_invalid'], [404, 'session_not_found'], [409, 'idempotency_conflict'], [429, 'budget_exceeded'], [500, 'internal'], [502, 'model_failed'], [504, 'timeout']])(
    '%i %s',
    async (status, code) => {
      await using it = await withApi(() => refusal(status, code, { details: { path: 'message' } }, { 'X-Request-Id': 'req_1' }));
      const error = await errorOf(it.client.messages.send({ message: 'Hi' }));
      expect(error).toBeInstanceOf(OpenClawError);
      expect(error).toMatchObject({ name: 'OpenClawError', message: `Because of ${code}`, status, code, requestId: 'req_1', details: { path: 'message' } });
      expect(it.api.asked).toHaveLength(1);
    },
  );

  test('one that would have to wait for longer than it may take', async () => {
    await using it = await withApi(() => refusal(429, 'rate_limited', { retry_after: 45 }, { 'X-RateLimit-Limit': '100', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '1746005400' }), { timeoutMs: 30_000 });
    const error = await errorOf(it.client.health());
    expect(error).toMatchObject({ status: 429, code: 'rate_limited', retryAfter: 45, headers: { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1746005400' } });
    expect(it.api.asked).toHaveLength(1);
  });
});

test('a slow answer is not waited for longer than timeoutMs', async () => {
  await using it = await withApi(() => ({ delayMs: 5_000 }), { timeoutMs: 100 });
  const started = performance.now();
  expect(await errorOf(it.client.health())).toMatchObject({ code: 'request_timeout', status: undefined });
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(it.api.asked).toHaveLength(1);
});

test('the gateway is told how long its answer is waited for, and has a moment more to say that it is over', async () => {
  await using it = await withApi(() => ({ ...refusal(504, 'timeout', { details: { turnId: 'turn_1' } }), delayMs: 300 }));
  expect(await errorOf(it.client.messages.send({ message: 'Hi' }, { timeoutMs: 100 }))).toMatchObject({ status: 504, code: 'timeout', details: { turnId: 'turn_1' } });
  expect(it.api.asked[0]?.body).toEqual({ message: 'Hi', timeoutSeconds: 1 });
});

test('its signal ends a call, also in a pause, with its own reason', async () => {
  await using it = await withApi(() => refusal(503, 'starting', { retry_after: 20 }));
  const reason = new Error('changed my mind');
  const leave = new AbortController();
  const work = errorOf(it.client.health({ signal: leave.signal, timeoutMs: 60_000 }));
  await expect.poll(() => it.api.asked.length).toBe(1);
  leave.abort(reason);
  expect(await work).toBe(reason);
  expect(await errorOf(it.client.health({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  expect(it.api.asked).toHaveLength(1);
});

test('where nobody listens, it says where it asked', async () => {
  const { url } = await startScriptedApi(() => ({})).then(async (api) => (await api[Symbol.asyncDispose](), api));
  expect(await errorOf(new OpenClaw({ baseUrl: url, maxRetries: 0 }).health())).toMatchObject({ code: 'connection_failed', status: undefined, message: `No gateway answers at ${url}` });
});

test('a redirect is not followed: the key goes nowhere else', async () => {
  await using elsewhere = await startScriptedApi(() => ({}));
  await using it = await withApi(() => ({ status: 307, headers: { location: `${elsewhere.url}/api/v1/health` } }));
  expect(await errorOf(it.client.health())).toMatchObject({ code: 'redirected', status: 307 });
  expect(elsewhere.asked).toEqual([]);
});

test('a page instead of JSON is named as what it is', async () => {
  await using it = await withApi(() => ({ text: '<!doctype html>' }));
  expect(await errorOf(it.client.health())).toMatchObject({ code: 'unexpected_answer', status: 200 });
});

test('what would be sent wrongly is refused at once', () => {
  expect(() => new OpenClaw({ baseUrl: 'localhost:3000' })).toThrow('baseUrl');
  expect(() => new OpenClaw({ baseUrl: 'http://user:word@localhost:3000' })).toThrow('baseUrl');
  expect(() => new OpenClaw({ baseUrl: 'http://localhost:3000', apiKey: 'two\nlines' })).toThrow('visible ASCII');
  expect(() => new OpenClaw({ baseUrl: 'http://localhost:3000' }).sessions.delete('..')).toThrow('not a name');
  expect(() => new OpenClaw({ baseUrl: 'http://localhost:3000' }).sessions.delete('')).toThrow('not a name');
});

test('names stay one piece of the path, and a path of the gateway stands before it', async () => {
  await using it = await withApi(() => ({ json: {} }));
  await new OpenClaw({ baseUrl: `${it.api.url}/claw/`, apiKey: 'key\n' }).sessions.get('agent:main/../x?y');
  expect(it.api.asked[0]).toMatchObject({ path: '/claw/api/v1/sessions/agent%3Amain%2F..%2Fx%3Fy', query: {}, headers: { authorization: 'Bearer key' } });
});

test('a client that is printed shows no key', async () => {
  const client = new OpenClaw({ baseUrl: 'http://localhost:3000', apiKey: 'oclaw_live_secret' });
  expect(inspect(client, { depth: 10, showHidden: true })).not.toContain('oclaw_live_secret');
  expect(JSON.stringify(client)).not.toContain('oclaw_live_secret');
});
