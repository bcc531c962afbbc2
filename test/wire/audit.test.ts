import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { once } from 'node:events';
import {
  type AuditRecord, createCredential, createSession, createWorkspace, deleteSession, getConfig, listAudit, listCredentials, type NewCredential, OPERATIONS, patchConfig, type RequestOf,
  revokeCredential, sendMessage, verifyAudit,
} from '@openclaw/contract';
import { connect } from '@openclaw/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WrongCredentials } from '../../packages/gateway/src/engine/access/index.ts';
import type { AuditEntry } from '../../packages/gateway/src/engine/ports/audit-store.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openSocket } from '../support/socket-client.ts';

let gateway: TestGateway;
let stored: { readonly entry: AuditEntry; readonly durable: boolean }[];
beforeAll(async () => {
  stored = [];
  gateway = await startGateway({
    script: () => ({ text: 'ok' }),
    store: (store) => ({
      ...store,
      audit: async (entries, options) => {
        await store.audit(entries, options);
        stored.push(...entries.map((entry) => ({ entry, durable: options?.durable ?? false })));
      },
    }),
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const list = async (filter: RequestOf<typeof listAudit> = {}): Promise<readonly AuditRecord[]> => (await gateway.client.call(listAudit, { limit: 1_000, ...filter })).entries;
const newest = async (operation: string): Promise<AuditRecord | undefined> => (await list({ operation, limit: 1 }))[0];
const key = (over: Partial<RequestOf<typeof createCredential>> = {}): Promise<NewCredential> => gateway.client.call(createCredential, { kind: 'api-key', name: `key ${Math.random()}`, ...over });
const as = (secret: string) => connect({ baseUrl: gateway.url, token: secret });

describe('what is in the log', () => {
  test('who did what, on what, from where, and how it ended', async () => {
    const made = await key({ name: 'The App' });
    expect(await newest('credentials.create')).toMatchObject({
      caller: 'gateway-token', label: 'gateway token', outcome: 'ok', resource: `credential=${made.id} name="The App"`, address: '127.0.0.1', surface: 'http', requestId: expect.stringMatching(/^req_/),
      at: expect.stringMatching(/^\d{4}-.*Z$/), hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const app = as(made.secret);
    const session = await app.call(createSession, { label: 'about cats' });
    expect(await newest('sessions.create')).toMatchObject({ caller: made.id, label: 'The App', outcome: 'ok', resource: `workspace=main session=${session.id}` });
    await app.call(sendMessage, { text: 'A secret of mine', session: session.id });
    expect((await newest('messages.send'))?.resource).toMatch(/^session=agent:main:about-cats turn=turn_\w+$/);
    await app.call(deleteSession, { session: session.id });
    await gateway.client.call(createWorkspace, { id: 'lab' });
    expect((await newest('workspaces.create'))?.resource).toBe('workspace=lab');
    await gateway.client.call(patchConfig, { patch: { log_level: 'silent', agents: { defaults: { language: 'de' } } } });
    expect((await newest('config.patch'))?.resource).toBe('config=log_level,agents.defaults.language');
    await expect(app.call(patchConfig, { patch: { gateway: { token: 'a-token-of-mine' } } })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await newest('config.patch')).toMatchObject({ caller: made.id, outcome: 'forbidden', resource: 'config=gateway.token' });
    await expect(app.call(createWorkspace, { id: 'lab' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await newest('workspaces.create')).toMatchObject({ caller: made.id, outcome: 'conflict', resource: 'workspace=lab' });
    await gateway.client.call(revokeCredential, { credential: made.secret });
    expect((await newest('credentials.revoke'))?.resource).toBe(`credential=${made.id} name="The App"`);
  });

  test('every change that was asked for, done or refused, by HTTP or on a socket, has one row', async () => {
    const principals = [{ id: 'gateway-token', secret: gateway.token }, await key(), await key({ kind: 'token', scope: 'read' }), await key({ permissions: ['stats:read'] })];
    const writes = OPERATIONS.filter(({ kind }) => kind === 'write');
    for (const { id, secret } of principals) {
      const before = await list({ caller: id });
      const client = as(secret);
      await using socket = await openSocket(gateway.url, { token: secret });
      for (const operation of writes) {
        await expect(client.call(operation, { nonsense: 1 })).rejects.toThrow();
        await socket.ask({ type: 'call', id: 'frame-7', operation: operation.name, input: { nonsense: 1 } });
      }
      const fresh = (await list({ caller: id })).filter(({ seq, operation }) => seq > (before[0]?.seq ?? 0) && operation !== 'audit.list');
      const counted = Object.fromEntries(writes.map(({ name }) => [name, fresh.filter(({ operation }) => operation === name).map(({ surface }) => String(surface)).toSorted()]));
      expect(counted).toEqual(Object.fromEntries(writes.map(({ name }) => [name, ['http', 'socket']])));
      expect(fresh).toHaveLength(writes.length * 2);
      expect(fresh.find(({ surface }) => surface === 'socket')?.requestId).toBe('frame-7');
    }
  });

  test('reading is no news, but for what tells of secrets and of others, and what was refused', async () => {
    const { id, secret } = await key({ permissions: ['sessions:read', 'config:read', 'audit:read'] });
    const client = as(secret);
    const seen: string[] = [];
    for (const operation of OPERATIONS.filter(({ kind, event }) => kind === 'read' && event === undefined)) {
      await client.call(operation, operation === listAudit ? { limit: 1 } : {}).catch(() => {});
      if (operation.permission !== 'sessions:read' && operation.permission !== 'status:read') seen.push(operation.name);
    }
    const rows = await list({ caller: id });
    expect(rows.map(({ operation }) => operation).toSorted()).toEqual(seen.toSorted());
    expect(rows.filter(({ outcome }) => outcome === 'ok').map(({ operation }) => operation).toSorted()).toEqual(['audit.list', 'audit.verify', 'config.get']);
    await gateway.client.call(listCredentials, {});
    expect(await newest('credentials.list')).toMatchObject({ caller: 'gateway-token', outcome: 'ok' });
  });

  test('what decides over others is on the disk before the answer is', async () => {
    for (const [operation, input] of [[patchConfig, { patch: { log_level: 'silent' } }], [createWorkspace, { id: 'decided' }], [createCredential, { kind: 'api-key', name: 'decided' }]] as const) {
      stored.length = 0;
      await gateway.client.call(operation as typeof patchConfig, input as RequestOf<typeof patchConfig>);
      expect([operation.name, stored.filter(({ entry }) => entry.operation === operation.name).map(({ durable }) => durable)]).toEqual([operation.name, [true]]);
    }
  });

  test('an edit of the file by hand is there, by nobody that is known', async () => {
    const file = join(gateway.folder, 'openclaw.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, JSON.stringify({ ...(JSON.parse(text) as object), limits: { maxStepsPerTurn: 7 }, tools: { deny: ['time'] } }));
    await gateway.client.call(getConfig, {});
    expect(await newest('config.reload')).toMatchObject({ caller: 'gateway', outcome: 'ok', resource: 'config=limits,tools' });
    await writeFile(file, text);
    await gateway.client.call(getConfig, {});
  });

  test('pages go back from a place, so that what is added meanwhile does not move them', async () => {
    const first = await gateway.client.call(listAudit, { limit: 3 });
    expect(first.next).toBe(first.entries[2]?.seq);
    const second = await gateway.client.call(listAudit, { limit: 3, before: first.next ?? 0 });
    expect([...first.entries, ...second.entries].map(({ seq }) => seq)).toEqual(Array.from({ length: 6 }, (_, i) => (first.entries[0]?.seq ?? 0) - i));
    expect((await gateway.client.call(listAudit, { limit: 10, before: 3 })).next).toBeNull();
    const { at } = second.entries[0] ?? { at: '' };
    expect((await list({ to: at })).every((entry) => entry.at < at)).toBe(true);
    expect((await list({ from: at })).every((entry) => entry.at >= at)).toBe(true);
    await expect(gateway.client.call(listAudit, { from: 'yesterday' })).rejects.toMatchObject({ code: 'invalid_request', details: { path: 'from' } });
  });

  test('the chain holds, over a restart too', async () => {
    const { head } = await gateway.client.call(verifyAudit, {});
    expect(head).toMatch(/^[0-9a-f]{64}$/);
    expect(await gateway.client.call(verifyAudit, { expect: head })).toMatchObject({ ok: true, broken: null });
    expect(await gateway.client.call(verifyAudit, { expect: '0'.repeat(64) })).toMatchObject({ ok: false });
  });
});

describe('wrong credentials', () => {
  test('are counted by minute and address, so that a flood is a few rows', async () => {
    const wrong = async (): Promise<void> => {
      const asking = request(`${gateway.url}/api/status`, { localAddress: '127.0.0.77', headers: { authorization: 'Bearer canary-that-was-guessed' } });
      asking.end();
      const [response] = await once(asking, 'response');
      response.resume();
      await once(response, 'end');
    };
    await Promise.all(Array.from({ length: 200 }, wrong));
    const rows = (await list({ operation: 'authenticate' })).filter(({ address }) => address === '127.0.0.77');
    expect(rows).toMatchObject([{ caller: 'nobody', outcome: 'auth_invalid', resource: null }]);
  });

  test('those that were only counted are told of at the end of the minute, from however many addresses', () => {
    const told: AuditEntry[] = [];
    const wrong = new WrongCredentials({ add: (entry) => void told.push(entry) }, () => 1);
    for (let i = 0; i < 50; i++) wrong.note('a', i < 10 ? 'auth_invalid' : 'rate_limited');
    for (let i = 0; i < 5_000; i++) wrong.note(`10.0.${i >> 8}.${i % 256}`, 'auth_invalid');
    wrong.tell();
    expect(told).toHaveLength(1_003);
    expect(told.filter(({ address }) => address === 'a').map(({ resource }) => resource)).toEqual([undefined, 'more=49']);
    expect(told.filter(({ address }) => address === 'others').map(({ resource }) => resource)).toEqual([undefined, 'more=4000']);
    wrong.tell();
    expect(told).toHaveLength(1_003);
  });
});

test('thirty canaries are in no answer, no error, no log line and no audit row', async () => {
  const canaries = Array.from({ length: 30 }, (_, i) => `canary${i}-${Math.random().toString(36).slice(2)}x`);
  const [token = '', ...rest] = canaries;
  const take = (): string => rest.pop() ?? '';
  const told: string[] = [];
  await using house = await startGateway({
    script: () => ({ text: 'ok' }),
    env: { CANARY: take() },
    config: {
      gateway: { token },
      api: { port: null, keys: [{ label: 'a', key: take() }] },
      model: { provider: 'openclaw', name: 'demo', api_key: take() },
      models: { providers: { local: { api: 'openai', baseUrl: `http://u:${take()}@127.0.0.1:1`, apiKey: [take(), take()], headers: { 'x-anything': take() } }, env: { apiKey: '${CANARY}', baseUrl: 'http://127.0.0.1:1' } } },
      webhooks: { outgoing: [{ secret: take(), url: 'http://127.0.0.1:9/', event: 'security.alert' }], incoming: { password: take() } },
      channels: { telegram: { botToken: take() }, slack: { signingSecret: take(), appToken: take() } },
      env: { vars: { SOMETHING: take() } },
      hooks: { token: take() },
    },
  });
  const call = async (path: string, { method = 'POST', body, secret = token, headers = {} }: { method?: string; body?: unknown; secret?: string; headers?: Record<string, string> } = {}) => {
    const response = await fetch(house.url + path, { method, headers: { authorization: `Bearer ${secret}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) });
    told.push(JSON.stringify([...response.headers]), await response.text());
    return response.status;
  };
  const native = (operation: string, body: unknown) => call(`/api/native/${operation}`, { body });
  expect(await call('/api/v1/config', { method: 'GET' })).toBe(200);
  expect(await call('/api/v1/config', { method: 'PATCH', body: { hooks: { token: take() }, channels: { telegram: { botToken: take() } } } })).toBe(200);
  expect(await call('/api/v1/config', { method: 'PATCH', body: { gateway: { auth: { token: take() } } } })).toBe(400);
  expect(await call('/api/v1/config', { method: 'PATCH', body: { models: { providers: { x: { apiKey: { wrong: take() } } } } } })).toBe(400);
  expect(await call('/api/v1/config', { method: 'PATCH', body: { api: { keys: [{ label: 'b', key: `${take()} blank` }] } } })).toBe(400);
  // The one answer that may hold what was said: the demo repeats it.
  await connect({ baseUrl: house.url, token }).call(sendMessage, { text: `My password is ${take()}` });
  expect(await native('sessions.create', { label: 'ok', nonsense: take() })).toBe(400);
  expect(await native('credentials.revoke', { credential: take() })).toBe(404);
  expect(await call('/api/status', { method: 'GET', secret: take() })).toBe(401);
  await openSocket(house.url, { token: take() }).then((socket) => socket.closed, () => {});
  for (const canary of rest.splice(0)) await native('credentials.rotate', { credential: canary });
  // The test gateway has a token of its own besides; the configured one counts.
  const client = connect({ baseUrl: house.url, token });
  told.push(JSON.stringify(await client.call(getConfig, {})));
  const { entries } = await client.call(listAudit, { limit: 1_000 });
  expect(entries.length).toBeGreaterThan(8);
  told.push(JSON.stringify(entries), JSON.stringify(house.logged));
  const leaked = canaries.filter((canary) => told.some((text) => text.includes(canary)));
  expect(leaked.map((canary) => told.find((text) => text.includes(canary))?.slice(0, 400))).toEqual([]);
});
