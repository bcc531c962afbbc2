import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCredential, listCredentials, listEvents, type NewCredential, type RequestOf, revokeCredential, rotateCredential, sendMessage } from '@openclaw/contract';
import { connect } from '@openclaw/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publicPartOf } from '../../packages/gateway/src/engine/access/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openSocket } from '../support/socket-client.ts';
import { verifies } from '../requirements/verifies.ts';

const CONFIGURED = { key: 'configured-key-1', label: 'My Application', workspaces: ['team', 'admins'], rateLimit: 100 };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    script: ({ messages }) => (messages.at(-1)?.text === 'slowly' ? { text: Array.from({ length: 500 }, () => 'word '), chunkDelayMs: 20 } : { text: 'ok' }),
    config: { api: { port: null, keys: [CONFIGURED, { key: 'configured-key-2', label: 'Analytics Service', workspaces: ['*'], permissions: ['stats:read', 'sessions:read'], rateLimit: 30 }] } },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

let made = 0;
const create = (over: Partial<RequestOf<typeof createCredential>> = {}): Promise<NewCredential> =>
  gateway.client.call(createCredential, { kind: 'api-key', name: `key ${++made}`, ...over });

const ask = async (secret: string, path: string, init: RequestInit & { json?: unknown } = {}) => {
  const response = await gateway.request(path, { ...init, headers: { authorization: `Bearer ${secret}` } });
  // Every refusal has this form.
  const body = (await response.json()) as { error?: { code: string; message: string } };
  return { status: response.status, code: body.error?.code, body, headers: response.headers };
};

describe('a key', () => {
  test('is shown once: 256 bits behind a prefix, with a checksum; only its hash is kept', async () => {
    const key = await create({ workspaces: ['team', 'admins'] });
    expect(key.secret).toMatch(/^oclaw_live_[0-9A-Za-z]{61}$/);
    expect(key.masked).toBe(`${key.secret.slice(0, 23)}...`);
    expect(key).toMatchObject({ kind: 'api-key', workspaces: ['team', 'admins'], scope: null, permissions: expect.arrayContaining(['messages:write', 'stats:read']), lastUsedAt: null });
    const mistyped = key.secret.slice(0, -1) + (key.secret.endsWith('A') ? 'B' : 'A');
    expect([publicPartOf(key.secret), publicPartOf(mistyped)]).toEqual([key.secret.slice(0, 23), undefined]);
    expect((await ask(mistyped, '/api/v1/health')).code).toBe('auth_invalid');
    expect((await ask(key.secret, '/api/v1/health')).status).toBe(200);
    const listed = JSON.stringify(await gateway.client.call(listCredentials, {}));
    expect(listed).toContain(key.masked);
    expect(listed).not.toContain(key.secret);
    for (const file of ['openclaw.sqlite', 'openclaw.sqlite-wal']) expect((await readFile(join(gateway.folder, file))).includes(key.secret)).toBe(false);
    expect(JSON.stringify(gateway.logged)).not.toContain(key.secret);
  });

  test('a request that is repeated tells no secret a second time', async () => {
    const request = () => gateway.request('/api/native/credentials.create', { json: { kind: 'token', name: 'repeated' }, headers: { 'idempotency-key': 'again' } });
    expect((await request()).status).toBe(200);
    expect((await request()).status).toBe(409);
  });

  test('says when it was used last', async () => {
    const key = await create();
    await ask(key.secret, '/api/v1/health');
    const { credentials } = await gateway.client.call(listCredentials, { limit: 200 });
    expect(Date.parse(credentials.find(({ id }) => id === key.id)?.lastUsedAt ?? '')).toBeGreaterThan(Date.now() - 10_000);
  });

  test('is revoked by its id, its name, itself, or as much of it as a list shows', async () => {
    for (const by of ['id', 'name', 'secret', 'masked'] as const) {
      const key = await create();
      expect((await gateway.client.call(revokeCredential, { credential: key[by] })).revokedAt, by).not.toBeNull();
      expect((await ask(key.secret, '/api/v1/health')).code).toBe('auth_invalid');
      await expect(gateway.client.call(revokeCredential, { credential: key[by] }), by).rejects.toMatchObject({ code: 'credential_not_found' });
    }
    await create({ name: 'mine' });
    await expect(gateway.client.call(revokeCredential, { credential: 'oclaw_live_' })).rejects.toMatchObject({ code: 'credential_not_found' });
    await expect(gateway.client.call(revokeCredential, { credential: 'mine', kind: 'token' })).rejects.toMatchObject({ code: 'credential_not_found' });
  });

  test('keeps its name and its rights when it is rotated; the old secret is over', async () => {
    const old = await create({ permissions: ['stats:read'], rateLimit: 7 });
    const fresh = await gateway.client.call(rotateCredential, { credential: old.secret });
    expect(fresh).toMatchObject({ name: old.name, permissions: ['stats:read'], rateLimit: 7 });
    expect(fresh.secret).not.toBe(old.secret);
    expect([(await ask(old.secret, '/api/v1/health')).status, (await ask(fresh.secret, '/api/v1/health')).status]).toEqual([401, 200]);
  });

  test('two cannot have one name', async () => {
    const { name } = await create();
    await expect(create({ name })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('revoke or rotate') });
  });

  test('holds until it expires, and takes its connections with it', async () => {
    const key = await create({ expiresAt: new Date(Date.now() + 700).toISOString() });
    await using socket = await openSocket(gateway.url, { token: key.secret });
    expect((await socket.ask({ type: 'status' })).type).toBe('status');
    expect((await socket.closed).code).toBe(4401);
    const { code, body } = await ask(key.secret, '/api/v1/health');
    expect([code, body.error?.message]).toEqual(['auth_invalid', expect.anything()]);
    await expect(create({ expiresAt: '2020-01-01T00:00:00Z' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('may be bound to addresses', async () => {
    const [here, elsewhere] = [await create({ addresses: ['127.0.0.0/8', '2001:db8::/32'] }), await create({ addresses: ['192.0.2.0/24'] })];
    expect([(await ask(here.secret, '/api/v1/health')).status, (await ask(elsewhere.secret, '/api/v1/health')).code]).toEqual([200, 'forbidden']);
    for (const addresses of [['192.0.2.0/33'], ['1.2.3'], ['::1/129']]) await expect(create({ addresses })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test('has a limit of its own, to the request', async () => {
    const key = await create({ rateLimit: 5 });
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 2_000) await sleep(left);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(key.secret, '/api/v1/health')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused).toMatchObject({ code: 'rate_limited' });
    expect(refused?.headers.get('x-ratelimit-limit')).toBe('5');
    expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('what a credential may do', () => {
  test('a key does what its permissions say, and may always ask for health', async () => {
    const reader = await create({ permissions: ['stats:read', 'sessions:read'] });
    const outcomes = await Promise.all([
      ask(reader.secret, '/api/v1/health'),
      ask(reader.secret, '/api/v1/sessions'),
      ask(reader.secret, '/api/v1/messages', { json: { message: 'Hi' } }),
      ask(reader.secret, '/api/v1/sessions?workspace=main', { method: 'DELETE' }),
      ask(reader.secret, '/api/v1/workspaces'),
      ask(reader.secret, '/api/native/credentials.list', { json: {} }),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 403, 403, 403, 403]);
  });

  test.each([
    ['full', [200, 200, 200, 200, 403]],
    ['read', [200, 403, 200, 403, 403]],
    ['execute', [200, 200, 200, 403, 403]],
  ] as const)('a token of the scope %s', async (scope, expected) => {
    const { secret } = await create({ kind: 'token', scope });
    expect(secret).toMatch(/^ocl_[0-9A-Za-z]{61}$/);
    const outcomes = [
      await ask(secret, '/api/v1/status'),
      await ask(secret, '/api/v1/messages', { json: { message: 'Hi' } }),
      await ask(secret, '/api/v1/sessions'),
      await ask(secret, '/api/v1/sessions?workspace=nowhere', { method: 'DELETE' }),
      await ask(secret, '/api/native/credentials.create', { json: { kind: 'token', name: 'more' } }),
    ];
    expect(outcomes.map(({ status }) => status)).toEqual(expected);
  });

  test('the same on a socket', async () => {
    const { secret } = await create({ kind: 'token', scope: 'read' });
    await using socket = await openSocket(gateway.url, { token: secret });
    expect(await socket.ask({ type: 'chat', payload: { text: 'Hi' } })).toMatchObject({ type: 'error', payload: { code: 'FORBIDDEN' } });
    expect((await socket.ask({ type: 'status' })).type).toBe('status');
  });

  test('scopes are for tokens, permissions for keys', async () => {
    await expect(create({ scope: 'read' })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(create({ kind: 'token', permissions: ['stats:read'] })).rejects.toMatchObject({ code: 'invalid_request' });
    const response = await gateway.request('/api/native/credentials.create', { json: { kind: 'api-key', name: 'too much', permissions: ['gateway:admin'] } });
    expect(response.status).toBe(400);
  });
});

describe('a key of the configuration', () => {
  verifies('s2.config-keys', async () => {
    expect((await ask(CONFIGURED.key, '/api/v1/health')).headers.get('x-ratelimit-limit')).toBe('100');
    expect((await ask(CONFIGURED.key, '/api/v1/messages', { json: { workspace: 'team', message: 'Hi' } })).status).toBe(200);
    expect((await ask(CONFIGURED.key, '/api/v1/messages', { json: { workspace: 'main', message: 'Hi' } })).code).toBe('forbidden');
    expect((await ask('configured-key-2', '/api/v1/messages', { json: { message: 'Hi' } })).code).toBe('forbidden');
    const { credentials } = await gateway.client.call(listCredentials, { kind: 'api-key', limit: 200 });
    expect(credentials.filter(({ source }) => source === 'config').map(({ name, masked }) => [name, masked])).toEqual([['My Application', '********...'], ['Analytics Service', '********...']]);
    await expect(gateway.client.call(revokeCredential, { credential: 'My Application' })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('api.keys') });
  });
});

describe('a workspace that is not the caller’s', () => {
  test('is not there for them; without naming one they are in their own', async () => {
    const key = await create({ workspaces: ['crew'] });
    const team = connect({ baseUrl: gateway.url, token: key.secret });
    await gateway.client.call(sendMessage, { text: 'secret', session: 'private' });
    const sent = await team.call(sendMessage, { text: 'Hi' });
    expect(sent.sessionKey).toBe('agent:main:crew:main');
    for (const path of ['/api/v1/sessions/agent:main:private', '/api/sessions/agent:main:private/history', '/api/v1/workspaces/main']) expect((await ask(key.secret, path)).status, path).toBe(404);
    expect((await ask(key.secret, '/api/sessions/main/history')).body).toMatchObject({ total: 2 });
    expect((await ask(key.secret, '/api/v1/workspaces')).body).toMatchObject({ workspaces: [{ id: 'crew' }], total: 1 });
    const { events, next } = await team.call(listEvents, { limit: 200 });
    expect(new Set(events.map(({ sessionKey }) => sessionKey))).toEqual(new Set(['agent:main:crew:main']));
    expect(JSON.stringify(events)).not.toContain('secret');
    expect((await team.call(listEvents, { after: next })).events).toEqual([]);
    await expect(team.call(sendMessage, { text: 'Hi', session: 'agent:main:main' })).rejects.toMatchObject({ code: 'session_not_found' });
  });
});

test('revoking closes what is open on the key’s behalf within a second, and nothing is said after', async () => {
  const key = await create();
  await using socket = await openSocket(gateway.url, { token: key.secret });
  socket.send({ type: 'message', session: 'r', content: 'slowly', stream: true });
  await socket.next(({ type }) => type === 'token');
  const response = await gateway.request('/api/v1/messages/stream', { json: { message: 'slowly' }, headers: { authorization: `Bearer ${key.secret}` } });
  const reading = response.text().then(() => 'ended', () => 'cut');
  await gateway.client.call(revokeCredential, { credential: key.id });
  const revoked = performance.now();
  expect((await socket.closed).code).toBe(4401);
  expect(await reading).toBe('cut');
  expect(performance.now() - revoked).toBeLessThan(1_000);
  const heard = socket.frames.length;
  await sleep(200);
  expect(socket.frames).toHaveLength(heard);
});
