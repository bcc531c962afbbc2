import { type ErrorCode, isErrorCode, OPERATIONS } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly path: unknown;
  readonly headers: Headers;
}

/** What a refusal says, having checked that it has the one form that all have. */
const refusal = async (asked: Promise<Response>): Promise<Refusal> => {
  const response = await asked;
  const body: unknown = await response.json();
  expect(body).toEqual({ error: { code: expect.any(String), message: expect.stringMatching(/\S/) , ...(hasDetails(body) && { details: expect.any(Object) }) } });
  // Just checked.
  const { error } = body as { error: { code: string; message: string; details?: { path?: unknown } } };
  if (!isErrorCode(error.code)) throw new Error(`${error.code} is not in the contract`);
  return { status: response.status, code: error.code, message: error.message, path: error.details?.path, headers: response.headers };
};

const hasDetails = (body: unknown): boolean => JSON.stringify(body).includes('"details":');

const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  gateway.request('/api/native/messages.send', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

describe.each(OPERATIONS.map(({ name }) => name))('%s', (name) => {
  const path = `/api/native/${name}`;
  const json = { 'content-type': 'application/json' };

  test('wants a credential, and the right one', async () => {
    const none = await refusal(fetch(gateway.url + path, { method: 'POST', body: '{}', headers: json }));
    expect(none).toMatchObject({ status: 401, code: 'auth_required' });
    expect(none.headers.get('www-authenticate')).toBe('Bearer');
    const other = await refusal(fetch(gateway.url + path, { method: 'POST', body: '{}', headers: { ...json, authorization: 'Basic b3duZXI6eA==' } }));
    expect(other).toMatchObject({ status: 401, code: 'auth_required' });
  });

  test('takes no other method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      const wrong = await refusal(gateway.request(path, { method }));
      expect(wrong).toMatchObject({ status: 405, code: 'method_not_allowed' });
      expect(wrong.headers.get('allow')).toBe('POST');
    }
  });

  test('reads JSON only', async () => {
    expect(await refusal(gateway.request(path, { method: 'POST', body: 'text=Hi', headers: { 'content-type': 'application/x-www-form-urlencoded' } }))).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    expect(await refusal(gateway.request(path, { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } }))).toMatchObject({ status: 415 });
  });

  test.each(['null', '[]', '"x"', '42', 'true', '', '{', '{"a":1,}', "{'a':1}", '{"a":NaN}', '{} {}'])('refuses %j as a body', async (body) => {
    expect(await refusal(gateway.request(path, { method: 'POST', body, headers: json }))).toMatchObject({ status: 400, code: 'invalid_request', path: '' });
  });

  test('refuses fields it does not know', async () => {
    const refused = await refusal(gateway.request(path, { json: { isAdmin: true } }));
    expect(refused).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

describe('every answer', () => {
  test('carries the headers that keep browsers out, and an id of its own', async () => {
    const answers = await Promise.all([gateway.request('/api/native/status.get', { json: {} }), gateway.request('/api/native/none', { json: {} }), fetch(`${gateway.url}/healthz`)]);
    for (const { headers } of answers) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^req_\w+$/);
  });

  test('of a path nothing serves is 404, whatever is asked of it', async () => {
    for (const path of ['/', '/api', '/api/native/', '/api/native/messages.send/x', '/favicon.ico', '/..%2fetc/passwd', '/api/native/%00']) {
      expect(await refusal(gateway.request(path))).toMatchObject({ status: 404, code: 'not_found' });
    }
  });

  test('of a path that cannot be read is 400 in the same form', async () => {
    expect(await refusal(gateway.request('/%zz'))).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

describe('a body', () => {
  test('that is not UTF-8 is refused', async () => {
    expect(await refusal(send(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])))).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  test('may begin with a byte order mark', async () => {
    const response = await send('\ufeff{"text":"Hi"}');
    expect(response.status).toBe(200);
    await response.body?.cancel();
  });

  test('in another alphabet, or packed, is refused unread', async () => {
    expect(await refusal(send('{"text":"Hi"}', { 'content-type': 'application/json; charset=utf-16' }))).toMatchObject({ status: 415 });
    expect(await refusal(send('{"text":"Hi"}', { 'content-encoding': 'gzip, gzip, br' }))).toMatchObject({ status: 415 });
    for (const type of ['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'application/json; charset="utf-8"', 'Application/JSON', 'application/vnd.api+json']) {
      expect((await send('{"text":"Hi"}', { 'content-type': type })).status, type).toBe(200);
    }
  });

  test('is never stored with what the operation does not take', async () => {
    const refused = await refusal(send('{"text":"Hi","session":"extra","isAdmin":true,"options":{"model":"test/model","system":"x"}}'));
    expect(refused).toMatchObject({ status: 400, path: 'options' });
    expect(await refusal(gateway.request('/api/native/sessions.get', { json: { session: 'extra' } }))).toMatchObject({ status: 404, code: 'session_not_found' });
  });

  test('names the field that is wrong', async () => {
    expect(await refusal(send('{"text":7}'))).toMatchObject({ status: 400, path: 'text' });
    expect(await refusal(send('{"text":"Hi","options":{"maxTokens":"many"}}'))).toMatchObject({ status: 400, path: 'options.maxTokens' });
    expect(await refusal(gateway.request('/api/native/sessions.list', { json: { kinds: ['main', 'other'] } }))).toMatchObject({ status: 400, path: 'kinds.1' });
  });
});

test('an override of the method in a header changes nothing', async () => {
  const response = await gateway.request('/api/native/status.get', { json: {}, headers: { 'x-http-method-override': 'DELETE' } });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ ok: true, agent: 'main', model: 'test/model', store: 'sqlite' });
});

test('a model that nobody serves is news of the status, and no reason for it not to answer', async () => {
  await using gateway = await startGateway({ config: { model: 'nobody/nothing' } });
  const health = await gateway.request('/api/v1/health');
  expect([health.status, await health.json()]).toMatchObject([200, { status: 'degraded' }]);
  expect(await (await gateway.request('/api/status')).json()).toMatchObject({ ok: false, model: 'nobody/nothing' });
});
