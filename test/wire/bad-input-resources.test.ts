/** Bad input for workspaces, tasks, skills, statistics, credentials, the configuration and the audit log. */
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createCredential, createWorkspace, listAudit, listCredentials, listSkills, listTasks, listWorkspaces } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asText, inAddress, judgeOf, spoiled, TROUBLE, type Write } from '../support/bad-input.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { openRaw } from './raw-socket.ts';

const TOKEN = 'token-of-the-bad-input-tests';

let gateway: TestGateway;
let registry: RegistryServer;
beforeAll(async () => {
  registry = await startRegistry();
  gateway = await startGateway({
    script: ({ messages }) => (messages.at(-1)?.text === 'hang' ? { breaks: 'hang' } : { text: 'ok' }),
    env: { OPENCLAW_AUTH_TOKEN: TOKEN },
    config: { skills: { registry: registry.url } },
  });
  await gateway.client.call(createWorkspace, { id: 'team', allowlist: ['telegram:1'] });
  const files = join(gateway.folder, 'workspaces', 'main');
  await mkdir(files, { recursive: true });
  await symlink('/etc', join(files, 'way-out'));
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const judge = judgeOf(() => [TOKEN, gateway.folder]);
const send = (method: string, path: string, body: string) => gateway.request(path, { method, body, headers: { 'content-type': 'application/json' } });

const totals = async (): Promise<Readonly<Record<string, number>>> => ({
  workspaces: (await gateway.client.call(listWorkspaces, {})).total,
  tasks: (await gateway.client.call(listTasks, {})).total,
  credentials: (await gateway.client.call(listCredentials, { revoked: true })).total,
  skills: (await gateway.client.call(listSkills, {})).total,
});

const WRITES: readonly (Write & { readonly makes?: string; readonly right?: number })[] = [
  { path: '/api/v1/workspaces', body: { id: 'lab', label: 'Lab', agent: 'fast', skills: ['memory'], allowlist: ['telegram:1'], budget: { tokensPerDay: 500, usdPerDay: 1 } }, makes: 'workspaces' },
  { method: 'PATCH', path: '/api/v1/workspaces/team', body: { label: 'Team', agent: 'balanced', skills: ['memory'], budget: { tokensPerDay: 500_000, usdPerDay: 10 } } },
  { method: 'PATCH', path: '/api/v1/workspaces/team/allowlist', body: { add: ['telegram:2'], remove: ['telegram:3'] } },
  { path: '/api/v1/tasks', body: { prompt: 'Do', label: 'l', user_id: 'u', options: { model: 'test/model', max_tokens: 50, timeout_seconds: 10 } }, makes: 'tasks' },
  { path: '/api/v1/skills', body: { name: 'not-there', version: '1.0.0' }, right: 404 },
  { path: '/api/v1/skills', body: { folder: '/nowhere/at/all' }, right: 400 },
  { path: '/api/v1/skills', body: { archive: '/nowhere/at/all.tgz' }, right: 400 },
  { path: '/api/native/credentials.create', body: { kind: 'api-key', name: 'k', permissions: ['stats:read'], workspaces: ['team'], rateLimit: 5, addresses: ['127.0.0.1'], budget: { tokensPerDay: 5 } }, makes: 'credentials' },
  { path: '/api/native/credentials.revoke', body: { credential: 'nobody', kind: 'token' }, right: 404 },
  { path: '/api/native/credentials.rotate', body: { credential: 'nobody', kind: 'token' }, right: 404 },
  { path: '/api/native/audit.list', body: { caller: 'c', operation: 'o', outcome: 'ok', from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', limit: 5, before: 5 } },
  { path: '/api/native/audit.verify', body: {} },
  { path: '/api/native/stats.get', body: { from: '2026-01-01', to: '2026-01-02', timezone: 'UTC', workspace: 'team' } },
  { path: '/api/native/stats.users', body: { from: '2026-01-01', to: '2026-01-02', timezone: 'UTC', workspace: 'team', limit: 5, offset: 0 } },
  { path: '/api/native/tasks.list', body: { status: ['running'], workspace: 'team', from: '2026-01-01', to: '2026-01-02', search: 'x', limit: 5, offset: 0 } },
];

describe.each(WRITES)('$path $body', ({ method = 'POST', makes, right = 299, ...write }) => {
  const ask = (body: string) => send(method, write.path, body);

  test('as it should be', async () => {
    expect(await judge('right', () => ask(JSON.stringify(write.body)))).toBeLessThanOrEqual(right);
  });

  test('with trouble in each of its fields: what was refused made nothing', async () => {
    const before = await totals();
    let taken = 0;
    for (const value of TROUBLE) {
      for (const [field, body] of spoiled(write, value)) {
        const status = await judge(`${field}: ${JSON.stringify(value)?.slice(0, 60)}`, () => ask(JSON.stringify(body)));
        if (status < 300) taken++;
      }
    }
    expect(await totals()).toEqual({ ...before, ...(makes !== undefined && { [makes]: (before[makes] ?? 0) + taken }) });
  });

  test.each(['null', '[]', '"x"', '42', 'true', '', '{', '[1]', '{"a":1}{', '\u0000', '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'])('a body of %j', async (body) => {
    const status = await judge(body, () => ask(body));
    // What asks for nothing in particular is asked by any object.
    if (!body.startsWith('{"')) expect(status).toBe(400);
    expect('admin' in {}).toBe(false);
  });

  test('A29 what it does not know is refused or not stored', async () => {
    await judge('more', () => ask(JSON.stringify({ ...write.body, isAdmin: true, role: 'owner-of-all', id_: 'x' })));
    expect(JSON.stringify(await Promise.all([gateway.client.call(listWorkspaces, {}), gateway.client.call(listTasks, {}), gateway.client.call(listCredentials, {})]))).not.toMatch(/isAdmin|owner-of-all/);
  });
});

describe('what is read, or named in a path', () => {
  test.each([
    'GET /api/v1/tasks?limit=@', 'GET /api/v1/tasks?offset=@', 'GET /api/v1/tasks?status=@', 'GET /api/v1/tasks?workspace=@', 'GET /api/v1/tasks?search=@', 'GET /api/v1/tasks?from=@&to=@', 'GET /api/v1/tasks/@',
    'GET /api/v1/tasks/@/result', 'GET /api/v1/tasks/@/events', 'POST /api/v1/tasks/@/cancel', 'DELETE /api/v1/tasks/@', 'GET /api/v1/workspaces?limit=@', 'GET /api/v1/workspaces/@', 'DELETE /api/v1/workspaces/@',
    'GET /api/v1/skills?limit=@', 'GET /api/v1/skills/@', 'POST /api/v1/skills/@/enable', 'POST /api/v1/skills/@/disable', 'DELETE /api/v1/skills/@', 'GET /api/v1/stats?from=@', 'GET /api/v1/stats?to=@',
    'GET /api/v1/stats?timezone=@', 'GET /api/v1/stats/workspaces?workspace=@', 'GET /api/v1/stats/users?limit=@', 'GET /api/v1/stats/models?offset=@', 'GET /api/v1/config?x=@',
  ])('%s', async (line) => {
    const [method = '', path = ''] = line.split(' ', 2);
    await gateway.client.call(createWorkspace, { id: 'stays' }).catch(() => undefined);
    const before = await totals();
    // Names that workspaces of these tests have.
    const named = new Set(['main', 'team', 'lab', 'stays', 'null', 'undefined', 'true', '0', 'constructor']);
    for (const value of TROUBLE.map(asText)) {
      if (method === 'DELETE' && named.has(value)) continue;
      await judge(`${line} ${value.slice(0, 60)}`, () => gateway.request(path.replaceAll('@', inAddress(value)), { method }));
    }
    if (method !== 'DELETE') expect(await totals()).toEqual(before);
    else expect((await gateway.request('/api/v1/workspaces/stays')).status).toBe(200);
  });
});

describe('allowlists (A27)', () => {
  const allow = (body: object) => send('PATCH', '/api/v1/workspaces/team/allowlist', JSON.stringify(body));
  const listed = async () => (JSON.parse(await (await gateway.request('/api/v1/workspaces/team')).text()) as { readonly allowlist: readonly string[] }).allowlist;

  test('whoever is added and removed at once stays out; what is no text is refused', async () => {
    expect((await allow({ add: ['telegram:7'], remove: ['telegram:7'] })).status).toBe(200);
    expect(await listed()).not.toContain('telegram:7');
    const before = await listed();
    for (const add of [[1], [null], [['x']], [{}], [''], [' '], ['a\0b'], 'telegram:1', Array.from({ length: 100_000 }, (_, n) => `x:${n}`)]) expect([400, 413]).toContain(await judge(asText(add).slice(0, 40), () => allow({ add })));
    expect(await listed()).toEqual(before);
  });

  test('A49 do not grow past ten thousand, however often they are added to', async () => {
    expect((await allow({ add: Array.from({ length: 9_000 }, (_, n) => `x:${n}`) })).status).toBe(200);
    const before = await listed();
    expect(await judge('more', () => allow({ add: Array.from({ length: 9_000 }, (_, n) => `y:${n}`) }))).toBe(400);
    expect(await listed()).toEqual(before);
    await allow({ remove: before.filter((sender) => sender.startsWith('x:')) });
  });
});

describe('tasks', () => {
  const create = (options: object, headers: Record<string, string> = {}) => gateway.request('/api/v1/tasks', { json: { prompt: 'Do', options }, headers });

  test.each(['/', '/proc/self', '~root', '..', '../..', 'way-out', 'way-out/ssl', '/etc', 'x'.repeat(5_120), 'a\0b', '', 'file:///etc', '%2e%2e', '//etc', '/dev/null', 'nowhere/../../../etc'])('A33 do not work in %j', async (folder) => {
    const before = await totals();
    expect([400, 403]).toContain(await judge(folder.slice(0, 40), () => create({ working_directory: folder })));
    expect(await totals()).toEqual(before);
  });

  test('A35 that run have no result; those of others are not there', async () => {
    const made = await gateway.request('/api/v1/tasks', { json: { prompt: 'hang', workspace: 'team' } });
    const { id } = JSON.parse(await made.text()) as { readonly id: string };
    expect(await judge('running', () => gateway.request(`/api/v1/tasks/${id}/result`))).toBe(409);
    const { secret } = await gateway.client.call(createCredential, { kind: 'api-key', name: 'of another', workspaces: ['other'] });
    const asOther = { headers: { authorization: `Bearer ${secret}` } };
    for (const path of ['', '/result', '/events']) expect(await judge(path, () => gateway.request(`/api/v1/tasks/${id}${path}`, asOther))).toBe(404);
    expect(await judge('cancel', () => gateway.request(`/api/v1/tasks/${id}/cancel`, { method: 'POST', ...asOther }))).toBe(404);
    expect(await judge('delete', () => gateway.request(`/api/v1/tasks/${id}`, { method: 'DELETE', ...asOther }))).toBe(404);
    expect(JSON.parse(await (await gateway.request(`/api/v1/tasks/${id}`)).text())).toMatchObject({ status: 'running' });
    await gateway.request(`/api/v1/tasks/${id}`, { method: 'DELETE' });
  });

  test('A37 asked for five hundred times with one key are one', async () => {
    const [before, asked] = [await totals(), gateway.model.requests.length];
    const answers = await Promise.all(Array.from({ length: 500 }, async () => (await create({}, { 'idempotency-key': 'one-task' })).text()));
    expect(new Set(answers.map((text) => /"id":"(\w+)"/.exec(text)?.[1])).size).toBe(1);
    await gateway.model.until(() => gateway.model.requests.length > asked);
    expect(await totals()).toEqual({ ...before, tasks: (before['tasks'] ?? 0) + 1 });
    expect(gateway.model.requests.length - asked).toBe(1);
  });
});

describe('ways around a method, a credential or a path', () => {
  const paths = ['/api/v1/workspaces/team', '/api/v1/tasks', '/api/v1/skills', '/api/v1/stats', '/api/v1/config'];

  test.each(['TRACE', 'PROPFIND', 'get', 'X'.repeat(1_000)])('A39 %.20s does nothing', async (method) => {
    for (const path of paths) {
      const raw = await openRaw(gateway.url);
      raw.socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
      expect(await raw.closed()).toMatch(/^HTTP\/1\.1 (400|404|405|501) /);
    }
  });

  test('A39 PUT names what the path takes', async () => {
    for (const path of paths) {
      const response = await send('PUT', path, '{}');
      expect([response.status, response.headers.get('allow')], path).toEqual([405, expect.stringContaining('GET')]);
    }
  });

  test.each([['x-http-method-override', 'DELETE'], ['x-method-override', 'DELETE'], ['x-original-url', '/api/v1/workspaces/none'], ['x-rewrite-url', '/api/v1/workspaces/none']])('A41, B19 %s counts for nothing', async (name, value) => {
    for (const method of ['GET', 'PATCH']) {
      const response = await gateway.request('/api/v1/workspaces/team', { method, headers: { [name]: value, 'content-type': 'application/json' }, ...(method === 'PATCH' && { body: '{}' }) });
      expect([response.status, JSON.parse(await response.text())]).toEqual([200, expect.objectContaining({ id: 'team' })]);
    }
  });

  test('B17 a token in an address, a cookie or a body opens nothing', async () => {
    for (const path of paths) {
      expect(await judge('query', () => fetch(`${gateway.url}${path}?token=${TOKEN}`))).toBe(401);
      expect(await judge('cookie', () => fetch(gateway.url + path, { headers: { cookie: `token=${TOKEN}` } }))).toBe(401);
    }
    expect(await judge('body', () => fetch(`${gateway.url}/api/v1/tasks`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ prompt: 'Do', token: TOKEN }) }))).toBe(401);
  });

  test.each(['null', 'https://good.com.evil.com', 'http://good.com:1', 'file://', 'http://127.0.0.1.nip.io'])('B21 a page of %s changes nothing', async (origin) => {
    const before = await totals();
    for (const [method, path] of [['POST', '/api/v1/tasks'], ['POST', '/api/v1/workspaces'], ['PATCH', '/api/v1/config'], ['DELETE', '/api/v1/workspaces/team'], ['POST', '/api/native/credentials.create']] as const) {
      const response = await gateway.request(path, { method, headers: { origin, 'content-type': 'application/json' }, ...(method !== 'DELETE' && { body: '{}' }) });
      expect([response.status, response.headers.get('access-control-allow-origin')], path).toEqual([403, null]);
    }
    expect(await totals()).toEqual(before);
  });
});

describe('the configuration', () => {
  const WHOLE = (value: unknown): unknown => value;
  const PLACES: readonly ((value: unknown) => unknown)[] = [
    (value) => ({ gateway: value }), (value) => ({ gateway: { port: value } }), (value) => ({ api: { keys: value } }), (value) => ({ limits: { maxConcurrentTurns: value } }), (value) => ({ tools: { roots: value } }),
    (value) => ({ models: { providers: value } }), (value) => ({ skills: { registry: value } }), (value) => ({ [asText(value)]: {} }),
  ];

  test('takes what a start would take, and nothing else', async () => {
    const file = join(gateway.folder, 'openclaw.json');
    const original = await readFile(file, 'utf8');
    for (const [n, value] of TROUBLE.entries()) {
      // Each value as the whole and in two of the places: every write waits for the disk.
      for (const place of [WHOLE, ...PLACES.filter((_, at) => at === n % PLACES.length || at === (3 * n + 1) % PLACES.length)]) {
        const before = await readFile(file, 'utf8');
        const body = JSON.stringify(place(value));
        const status = await judge(body.slice(0, 80), () => send('PATCH', '/api/v1/config', body));
        const after = await readFile(file, 'utf8');
        if (status >= 400) expect(after, body.slice(0, 80)).toBe(before);
        if (after !== original) await judge('back', () => send('PATCH', '/api/v1/config', JSON.stringify(undo(after, original))));
      }
    }
    expect('admin' in {}).toBe(false);
  });

  /** The merge patch from one configuration to another, by its sections. */
  const undo = (from: string, to: string): object => {
    const [is, was] = [JSON.parse(from) as Record<string, unknown>, JSON.parse(to) as Record<string, unknown>];
    const isSection = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);
    const patch = (one: Record<string, unknown>, other: Record<string, unknown>): object =>
      Object.fromEntries([...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => {
        const [now, then] = [one[key], other[key]];
        // Both are objects here.
        return [key, isSection(now) && isSection(then) ? patch(now as Record<string, unknown>, then as Record<string, unknown>) : (then ?? null)];
      }));
    return patch(is, was);
  };
});

test('the audit log holds together after all this, and the process is well', async () => {
  expect((await gateway.request('/api/native/audit.verify', { json: {} })).status).toBe(200);
  expect((await gateway.client.call(listAudit, { outcome: 'invalid_request' })).entries.length).toBeGreaterThan(0);
  expect((await gateway.request('/api/v1/health')).status).toBe(200);
  expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
});
