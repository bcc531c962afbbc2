import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changeAllowlist, createCredential, createWebhook, createWorkspace, deleteWorkspace, getWebhook, getWorkspace, listWebhooks, listWorkspaces, sendMessage, updateWorkspace } from '@openclaw/contract';
import { connect } from '@openclaw/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({
    script: ({ maxTokens, system }) => ({ text: `${maxTokens} ${system}` }),
    config: { agents: { entries: { helper: { systemPrompt: 'You are the helper.' } } } },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const v1 = async (method: string, path: string, json?: unknown, token = gateway.token) => {
  const response = await fetch(`${gateway.url}/api/v1${path}`, {
    method, headers: { authorization: `Bearer ${token}`, ...(json !== undefined && { 'content-type': 'application/json' }) }, ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

verifies('s2.workspaces', async () => {
  expect(await v1('POST', '/workspaces', { id: 'new-team', label: 'New Team', agent: 'balanced', skills: ['web-search', 'memory'] })).toMatchObject({
    status: 201, body: { id: 'new-team', label: 'New Team', agent: 'balanced', skills: ['web-search', 'memory'], allowlist: [], sessions: 0 },
  });
  expect(await v1('GET', '/workspaces')).toMatchObject({ status: 200, body: { workspaces: [{ id: 'main' }, { id: 'new-team' }], total: 2, limit: 50, offset: 0 } });
  expect(await v1('PATCH', '/workspaces/new-team/allowlist', { add: ['telegram:123456789', 'telegram:987654321'] })).toMatchObject({ status: 200 });
  expect((await v1('PATCH', '/workspaces/new-team/allowlist', { add: ['telegram:123456789'], remove: ['telegram:987654321'] })).body['allowlist']).toEqual(['telegram:123456789']);
  expect(await v1('GET', '/workspaces/new-team')).toMatchObject({ status: 200, body: { allowlist: ['telegram:123456789'] } });
  expect(await v1('DELETE', '/workspaces/new-team')).toEqual({ status: 200, body: { deleted: true, sessions: 0 } });
  expect((await v1('GET', '/workspaces/new-team')).status).toBe(404);
});

test('what cannot be is refused in words that help', async () => {
  await v1('POST', '/workspaces', { id: 'twice' });
  const refused = await Promise.all([
    v1('POST', '/workspaces', { id: 'twice' }),
    v1('POST', '/workspaces', { id: 'main' }),
    v1('POST', '/workspaces', { id: 'lab', agent: 'brilliant' }),
    ...['', 'Team', '../x', 'a/b', '.hidden', 'x.', 'x'.repeat(65), 'é', null].map((id) => v1('POST', '/workspaces', { id })),
    v1('DELETE', '/workspaces/main'),
    v1('DELETE', '/workspaces/nowhere'),
    v1('PATCH', '/workspaces/nowhere', { label: 'x' }),
    v1('PATCH', '/workspaces/twice/allowlist', { add: [1] }),
    v1('PATCH', '/workspaces/twice/allowlist', { add: Array.from({ length: 100_000 }, (_, i) => `x:${i}`) }),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([409, 409, 400, ...Array.from({ length: 9 }, () => 400), 400, 404, 404, 400, 400]);
  expect(refused[2]?.body).toMatchObject({ error: { message: expect.stringContaining('fast, balanced, powerful') } });
});

test('a profile sets the pace, an agent of the configuration the rest; a workspace has a folder of its own', async () => {
  await mkdir(join(gateway.folder, 'workspaces', 'main'), { recursive: true });
  await writeFile(join(gateway.folder, 'workspaces', 'main', 'SOUL.md'), 'A calm soul.');
  await writeFile(join(gateway.folder, 'workspaces', 'main', 'USER.md'), 'Ann, who lives in Bonn.');
  await gateway.client.call(createWorkspace, { id: 'quick', agent: 'fast' });
  const say = async (workspace: string) => {
    const reply = await gateway.client.call(sendMessage, { text: 'Hi', workspace });
    return 'text' in reply ? reply.text : '';
  };
  const quick = await say('quick');
  expect(quick).toMatch(/^2048 /);
  expect(quick).toContain('A calm soul.');
  expect(quick).not.toContain('Ann');
  await writeFile(join(gateway.folder, 'workspaces', 'main@quick', 'USER.md'), 'The quick team.');
  await gateway.client.call(updateWorkspace, { id: 'quick', agent: 'helper' });
  expect(await say('quick')).toContain('You are the helper.');
  await gateway.client.call(updateWorkspace, { id: 'quick', agent: null });
  expect(await say('quick')).toMatch(/^8192 /);
});

test('the same request makes it once, and is told the same', async () => {
  const make = (body: object, key = 'once') => gateway.request('/api/v1/workspaces', { json: body, headers: { 'idempotency-key': key } });
  const answers = await Promise.all([make({ id: 'once' }), make({ id: 'once' }), make({ id: 'once' })]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
  expect((await make({ id: 'once' })).status).toBe(201);
  expect((await make({ id: 'once' }, 'other')).status).toBe(409);
  expect((await make({ id: 'other' })).status).toBe(409);
});

test('deleting one takes its sessions, files and webhooks with it', async () => {
  await gateway.client.call(sendMessage, { text: 'Hi', workspace: 'gone', userId: 'ann' });
  await gateway.client.call(sendMessage, { text: 'Hi', workspace: 'gone', session: 'deploy' });
  expect((await gateway.client.call(getWorkspace, { id: 'gone' })).sessions).toBe(2);
  expect(await readdir(join(gateway.folder, 'workspaces'))).toContain('main@gone');
  const hook = (workspace: string) => gateway.client.call(createWebhook, { url: 'https://app.example/hook', events: ['session.started'], workspace });
  const [theirs, others] = [await hook('gone'), await hook('main')];
  expect(await gateway.client.call(deleteWorkspace, { id: 'gone' })).toEqual({ deleted: true, sessions: 2 });
  // Not even as this gateway remembers them.
  expect((await gateway.client.call(listWebhooks, {})).webhooks.map(({ id }) => id)).toEqual([others.id]);
  await expect(gateway.client.call(getWebhook, { webhook: theirs.id })).rejects.toMatchObject({ code: 'webhook_not_found' });
  expect(await readdir(join(gateway.folder, 'workspaces'))).not.toContain('main@gone');
  await gateway.client.call(sendMessage, { text: 'Hi', workspace: 'gone' });
  expect((await gateway.client.call(getWorkspace, { id: 'gone' })).sessions).toBe(1);
});

test('one comes to be with its first session, where the caller may make it', async () => {
  const key = async (over: object) => {
    const { secret } = await gateway.client.call(createCredential, { kind: 'api-key', name: `key ${JSON.stringify(over)}`, ...over });
    return connect({ baseUrl: gateway.url, token: secret });
  };
  const writer = await key({ permissions: ['messages:write'] });
  await expect(writer.call(sendMessage, { text: 'Hi', workspace: 'not-yet' })).rejects.toMatchObject({ code: 'workspace_not_found' });
  await (await key({ permissions: ['messages:write'], workspaces: ['not-yet'] })).call(sendMessage, { text: 'Hi', workspace: 'not-yet' });
  await writer.call(sendMessage, { text: 'Hi', workspace: 'not-yet' });
  await (await key({})).call(sendMessage, { text: 'Hi', workspace: 'devops' });
  const { workspaces } = await gateway.client.call(listWorkspaces, {});
  expect(workspaces.map(({ id }) => id)).toEqual(expect.arrayContaining(['not-yet', 'devops', 'main']));
  const team = await key({ workspaces: ['team'] });
  for (const id of ['devops', 'nowhere']) {
    await expect(team.call(getWorkspace, { id })).rejects.toMatchObject({ code: 'workspace_not_found' });
    await expect(team.call(deleteWorkspace, { id })).rejects.toMatchObject({ code: 'workspace_not_found' });
    await expect(team.call(changeAllowlist, { id, add: ['x:1'] })).rejects.toMatchObject({ code: 'workspace_not_found' });
    await expect(team.call(createWorkspace, { id })).rejects.toMatchObject({ code: 'forbidden' });
  }
});
