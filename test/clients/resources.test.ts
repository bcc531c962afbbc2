/** What the clients ask for and get, method by method. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OpenClaw } from '../../packages/api-client/src/index.ts';
import { OpenClaw as TaskClient, OpenClawError, type Task } from '../../packages/sdk/src/index.ts';
import { verifyStandardWebhook, verifyWebhook } from '../../packages/sdk/src/webhooks.ts';
import { PACKAGE, startClientGateway } from '../support/client-gateway.ts';
import type { TestGateway } from '../support/gateway.ts';
import { type ScriptedApi, startScriptedApi } from '../support/scripted-api.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

let gateway: TestGateway;
let api: ScriptedApi;
let client: OpenClaw;
let tasks: TaskClient;
beforeAll(async () => {
  gateway = await startClientGateway();
});
beforeEach(async () => {
  await api?.[Symbol.asyncDispose]();
  api = await startScriptedApi(() => ({ forward: gateway.url }));
  client = new OpenClaw({ baseUrl: api.url, apiKey: gateway.token });
  tasks = new TaskClient({ baseUrl: api.url, token: gateway.token });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});
const all = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
};

describe('messages and sessions', () => {
  test('a message is answered, once for one key', async () => {
    const message = { workspace: 'team', userId: 'one', message: 'Hi' };
    const reply = await client.messages.send(message, { idempotencyKey: 'key-1' });
    expect(reply).toMatchObject({ response: 'Heard: Hi', tokensUsed: 842, finishReason: 'stop', toolsInvoked: [], sessionId: expect.stringMatching(/^sess_/) });
    expect(await client.messages.send(message, { idempotencyKey: 'key-1' })).toEqual(reply);
    await expect(client.messages.send({ ...message, message: 'Ho' }, { idempotencyKey: 'key-1' })).rejects.toMatchObject({ status: 409, code: 'idempotency_conflict', requestId: expect.stringMatching(/^req_/) });
  });

  test('a stream is read to its end, and again where a line is cut', async () => {
    const long = { workspace: 'team', userId: 'two', message: 'tell me more '.repeat(20) };
    const stream = client.messages.stream(long);
    expect((await all(stream)).join('')).toBe(`Heard: ${long.message}`);
    expect(await stream.done()).toMatchObject({ type: 'done', tokensUsed: 842, finishReason: 'stop' });
    // The same through a line that is cut in the middle of the first words, again and again.
    await using line = await startScriptedApi((_, count) => ({ forward: gateway.url, ...(count < 3 && { cutAfter: 60 }) }));
    const before = gateway.model.requests.length;
    expect((await all(new OpenClaw({ baseUrl: line.url, apiKey: gateway.token }).messages.stream(long))).join('')).toBe(`Heard: ${long.message}`);
    expect(line.asked.length).toBeGreaterThan(1);
    expect(gateway.model.requests.length).toBe(before + 1);
  });

  test('sessions are listed, read, deleted and cleared', async () => {
    for (const userId of ['a', 'b', 'c']) await client.messages.send({ workspace: 'paged', userId, message: `I am ${userId}` });
    const { sessions, total } = await client.sessions.list({ workspace: 'paged', limit: 2 });
    expect([sessions.length, total]).toEqual([2, 3]);
    const listed = await all(client.sessions.all({ workspace: 'paged', limit: 2 }));
    expect([listed.length, new Set(listed.map(({ userId }) => userId))]).toEqual([3, new Set(['a', 'b', 'c'])]);
    const [first] = listed;
    const id = first?.id ?? '';
    expect(await client.sessions.get(id)).toMatchObject({ id, workspace: 'paged', messageCount: 2, tokensUsed: 842 });
    expect((await client.sessions.history(id, { limit: 1 })).messages).toMatchObject([{ role: 'assistant' }]);
    expect((await all(client.sessions.allMessages(id, { limit: 1 }))).map(({ role }) => role)).toEqual(['assistant', 'user']);
    expect(await client.sessions.delete(id)).toMatchObject({ deleted: true });
    await expect(client.sessions.get(id)).rejects.toMatchObject({ status: 404, code: 'session_not_found' });
    expect(await client.sessions.clear({ workspace: 'paged' })).toMatchObject({ deleted: 2 });
  });

  test('health and status', async () => {
    expect(await client.health()).toMatchObject({ status: 'ok', version: expect.any(String), memoryMB: expect.any(Number) });
    expect(await tasks.status()).toMatchObject({ status: 'ok', mcp_servers: [], tasks: { running: expect.any(Number) } });
  });

  test('a wrong key is an error with its status', async () => {
    await expect(new OpenClaw({ baseUrl: api.url, apiKey: 'wrong' }).health()).rejects.toMatchObject({ status: 401, code: 'auth_invalid' });
    await expect(new OpenClaw({ baseUrl: api.url }).health()).rejects.toMatchObject({ status: 401, code: 'auth_required' });
  });
});

test('workspaces', async () => {
  expect(await client.workspaces.create({ id: 'new-team', label: 'New Team', agent: 'balanced', skills: ['web-search', 'memory'] })).toMatchObject({ id: 'new-team', agent: 'balanced' });
  expect(await client.workspaces.update('new-team', { label: 'Newer' })).toMatchObject({ label: 'Newer', agent: 'balanced' });
  expect(await client.workspaces.updateAllowlist('new-team', { add: ['telegram:123456789'], remove: ['telegram:987654321'] })).toMatchObject({ allowlist: ['telegram:123456789'] });
  expect(await client.workspaces.get('new-team')).toMatchObject({ label: 'Newer', allowlist: ['telegram:123456789'] });
  expect((await client.workspaces.list()).workspaces.map(({ id }) => id)).toContain('new-team');
  expect((await all(client.workspaces.all({ limit: 1 }))).map(({ id }) => id)).toContain('new-team');
  expect(await client.workspaces.delete('new-team')).toMatchObject({ deleted: true });
  await expect(client.workspaces.get('new-team')).rejects.toMatchObject({ status: 404 });
});

test('statistics', async () => {
  for (const workspace of ['counted', 'counted', 'uncounted']) await client.messages.send({ workspace, userId: 'counted-user', message: 'Hi' });
  const [from = '', to = ''] = [-20, 1].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10));
  const figures = { messages: 2, replies: 2, modelCalls: 2, tokensIn: 1600, tokensOut: 84, costUSD: 0, unpricedMessages: 0, avgLatencyMs: expect.any(Number) };
  const stats = await client.stats.get({ from, to, timezone: 'Europe/Berlin', workspace: 'counted' });
  expect(stats).toMatchObject({ period: { from, to, timezone: 'Europe/Berlin' }, totals: { ...figures, uniqueUsers: 1 } });
  expect(stats.byDay.filter(({ messages }) => messages > 0)).toMatchObject([{ date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), ...figures }]);
  expect(await client.stats.workspaces({ workspace: 'counted', limit: 20 })).toMatchObject({ workspaces: [{ workspace: 'counted', ...figures }], total: 1, limit: 20, offset: 0 });
  expect(await client.stats.users({ workspace: 'counted', limit: 20 })).toMatchObject({ users: [{ userId: 'counted-user', ...figures }], total: 1 });
  expect(await client.stats.models({ workspace: 'counted' })).toMatchObject({ models: [{ model: 'test/model', modelCalls: 2 }], total: 1 });
  await expect(client.stats.get({ from: 'yesterday' })).rejects.toMatchObject({ status: 400, code: 'invalid_request', details: { path: 'from' } });
});

describe('tasks', () => {
  test('are made, waited for, listed', async () => {
    const task = await tasks.tasks.create({ prompt: 'Summarize', options: { max_tokens: 4096 } });
    expect(task).toMatchObject({ id: expect.stringMatching(/^task_/), status: 'running', created_at: expect.any(String) });
    await expect(tasks.tasks.result(task.id)).rejects.toMatchObject({ status: 409 });
    const seen: Task['status'][] = [];
    const result = await tasks.tasks.waitForCompletion(task.id, { onStatus: ({ status }) => seen.push(status) });
    expect(result).toMatchObject({ id: task.id, status: 'completed', output: 'Heard: Summarize', files: expect.any(Array), usage: { input_tokens: 800, output_tokens: 42 } });
    expect(seen).toEqual(['running', 'completed']);
    expect(await tasks.tasks.result(task.id)).toEqual(result);
    expect((await tasks.tasks.list({ status: 'completed', search: 'Summarize', from: '2026-01-01' })).tasks.map(({ id }) => id)).toEqual([task.id]);
    expect((await all(tasks.tasks.all({ limit: 1 }))).map(({ id }) => id)).toContain(task.id);
  });

  test('that fail or are cancelled are errors to who waits', async () => {
    const failing = await tasks.tasks.create({ prompt: 'fail' });
    const thrown = await tasks.tasks.waitForCompletion(failing.id).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OpenClawError);
    expect(thrown).toMatchObject({ code: 'task_failed', message: expect.stringMatching(`^The task ${failing.id} failed: .*No answer`), details: { status: 'failed', output: null, error: { code: 'model_failed' } } });
    const running = await tasks.tasks.create({ prompt: 'forever' });
    const waiting = expect(tasks.tasks.waitForCompletion(running.id)).rejects.toMatchObject({ code: 'task_cancelled' });
    expect(await tasks.tasks.cancel(running.id)).toMatchObject({ status: 'cancelled' });
    await waiting;
  });

  test('are not waited for longer than told', async () => {
    const { id } = await tasks.tasks.create({ prompt: 'forever' });
    await expect(tasks.tasks.waitForCompletion(id, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'request_timeout' });
    const reason = new Error('enough');
    await expect(tasks.tasks.waitForCompletion(id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await tasks.tasks.cancel(id);
    await tasks.tasks.delete(id);
    await expect(tasks.tasks.get(id)).rejects.toMatchObject({ status: 404, code: 'task_not_found' });
  });

  test('tell what happens', async () => {
    const { id } = await tasks.tasks.create({ prompt: 'Hi' });
    const events = await all(tasks.tasks.events(id));
    expect(events[0]).toMatchObject({ type: 'status', status: 'running' });
    expect(events.flatMap((event) => (event.type === 'token' ? [event.content] : [])).join('')).toBe('Heard: Hi');
    expect(events.at(-1)).toMatchObject({ type: 'completed', output: 'Heard: Hi' });
  });
});

test('skills', async () => {
  const named = { name: 'git-helper', version: '1.2.0', source: 'npm', from: `${PACKAGE}@1.2.0` };
  expect(await tasks.skills.install({ name: PACKAGE, version: 'latest' })).toMatchObject({ ...named, enabled: true, eligible: true });
  await expect(tasks.skills.install({ name: 'openclaw-skill-that-is-not-there' })).rejects.toMatchObject({ status: 404, code: 'skill_not_found' });
  for (const name of [PACKAGE, 'git-helper']) {
    expect(await tasks.skills.disable(name)).toMatchObject({ ...named, enabled: false });
    expect(await tasks.skills.enable(name)).toMatchObject({ ...named, enabled: true });
    expect(await tasks.skills.get(name)).toMatchObject({ ...named, files: [{ path: 'SKILL.md' }, { path: 'package.json' }], instructions: expect.stringContaining('Do it.') });
  }
  expect((await tasks.skills.list()).skills.map((skill) => skill.name)).toEqual(['git-helper']);
  expect((await all(tasks.skills.all())).map((skill) => skill.name)).toEqual(['git-helper']);
  expect(await tasks.skills.remove(PACKAGE)).toEqual({ deleted: true });
  await expect(tasks.skills.get(PACKAGE)).rejects.toMatchObject({ status: 404, code: 'skill_not_found' });
});

test('webhooks', async () => {
  await using receiver = await startReceiver();
  const { webhooks } = tasks;
  const made = await webhooks.create({ url: receiver.url, events: ['task.completed'], name: 'mine' });
  expect(made).toMatchObject({ id: expect.stringMatching(/^wh_/), enabled: true, source: 'api', job: null, secret: expect.stringMatching(/^whsec_/) });
  await webhooks.create({ url: `${receiver.url}/2`, events: ['task.failed'], enabled: false });
  expect([(await webhooks.list({ limit: 1 })).total, (await all(webhooks.all({ limit: 1 }))).length]).toEqual([2, 2]);
  expect(await webhooks.get(made.id)).toMatchObject({ name: 'mine', signed: true });
  expect(await webhooks.test(made.id)).toMatchObject({ ok: true, status: 200, latency_ms: expect.any(Number) });
  const fresh = await webhooks.rotate(made.id);
  expect(fresh).toMatchObject({ secret: expect.not.stringMatching(made.secret ?? ''), older_secrets_until: expect.any(String) });
  await tasks.tasks.waitForCompletion((await tasks.tasks.create({ prompt: 'Told of' })).id);
  const { body = '', headers = {} } = (await receiver.wait(2)).at(-1) ?? {};
  for (const secret of [made.secret, fresh.secret]) expect(verifyStandardWebhook(body, headers, secret ?? '')).toBe(true);
  expect(verifyWebhook(body, headers['x-openclaw-signature'], fresh.secret ?? '')).toBe(true);
  await expect.poll(async () => (await webhooks.deliveries(made.id)).deliveries).toMatchObject([{ webhook_id: made.id, event: 'task.completed', state: 'delivered', tries: [{ n: 1, status: 200 }] }]);
  const [delivery] = await all(webhooks.allDeliveries(made.id, { state: 'delivered' }));
  expect(await webhooks.redeliver(made.id, delivery?.id ?? '')).toMatchObject({ id: delivery?.id });
  expect((await receiver.wait(3)).at(-1)).toMatchObject({ id: delivery?.id });
  expect(await webhooks.update(made.id, { enabled: false, name: null })).toMatchObject({ enabled: false, name: null });
  await tasks.tasks.waitForCompletion((await tasks.tasks.create({ prompt: 'Missed' })).id);
  await expect(webhooks.replay(made.id, { since: '2026-01-01T00:00:00Z' })).rejects.toMatchObject({ status: 409, code: 'conflict' });
  await webhooks.update(made.id, { enabled: true });
  expect(await webhooks.replay(made.id, { since: '2026-01-01T00:00:00Z' })).toMatchObject({ replayed: expect.any(Number) });
  await expect.poll(() => receiver.received.some((one) => one.json.data['prompt'] === 'Missed')).toBe(true);
  expect(await webhooks.delete(made.id)).toEqual({ deleted: true });
  await expect(webhooks.get(made.id)).rejects.toMatchObject({ status: 404, code: 'webhook_not_found' });
});

test('configuration', async () => {
  const { config, etag } = await tasks.config.get();
  expect(config).toMatchObject({ model: 'test/model', api: { keys: [{ key: '[hidden]' }] } });
  const patched = await tasks.config.patch({ agents: { defaults: { timezone: 'Asia/Tokyo' } }, logging: null }, { ifMatch: etag });
  expect(patched).toMatchObject({ config: { agents: { defaults: { timezone: 'Asia/Tokyo' } }, api: { keys: [{ key: '[hidden]' }] } }, etag: expect.not.stringMatching(`^${etag}$`) });
  expect(await tasks.config.get()).toEqual(patched);
  await expect(tasks.config.patch({ model: 'x/y' }, { ifMatch: etag })).rejects.toMatchObject({ status: 409, code: 'conflict' });
  await expect(tasks.config.patch({ model: 7 })).rejects.toMatchObject({ status: 400, code: 'invalid_request' });
});
