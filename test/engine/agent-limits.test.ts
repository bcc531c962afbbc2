/** How many turns of one agent may run at once. */
import { cancelTask, createTask, getTask, sendMessage } from '@openclaw/contract';
import { afterAll, expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';
import { startPostgres } from '../support/postgres.ts';

const soon = { timeout: 8_000, interval: 10 };

/** A model that says how many turns of each kind it answers at once; each takes until it is let go. */
const counting = () => {
  const now = new Map<string, number>();
  const most = new Map<string, number>();
  const held = new Set<() => void>();
  const script: ModelScript = async ({ messages }) => {
    const kind = (messages.at(-1)?.text ?? '').split(' ')[0] ?? '';
    now.set(kind, (now.get(kind) ?? 0) + 1);
    most.set(kind, Math.max(most.get(kind) ?? 0, now.get(kind) ?? 0));
    if (kind === 'slow') await new Promise<void>((resolve) => held.add(resolve));
    now.set(kind, (now.get(kind) ?? 0) - 1);
    return { text: `${kind} done` };
  };
  const letGo = (): void => {
    for (const resolve of held) resolve();
    held.clear();
  };
  return { script, most, letGo, now };
};

const CONFIG = { agents: { list: [{ id: 'slow', maxConcurrent: 2 }] } };

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

const waitTheirTurn = async (env: Readonly<Record<string, string>>): Promise<void> => {
  const model = counting();
  await using gateway = await startGateway({ script: model.script, config: CONFIG, env });
  const { client } = gateway;
  const tasks: { readonly id: string }[] = [];
  for (let i = 0; i < 5; i++) tasks.push(await client.call(createTask, { agent: 'slow', prompt: `slow ${i}` }));
  await expect.poll(() => model.now.get('slow'), soon).toBe(2);
  // Also where it begins past the queue, and where it comes out of it.
  expect(await client.call(sendMessage, { text: 'quick' })).toMatchObject({ text: 'quick done' });
  expect(await client.call(sendMessage, { text: 'quick again' })).toMatchObject({ text: 'quick done' });
  const queued = await Promise.all([1, 2, 3].map((n) => client.call(sendMessage, { session: 'main', text: `quick ${n}` })));
  expect(queued).toMatchObject(Array(3).fill({ text: 'quick done' }));
  expect(model.now.get('slow')).toBe(2);
  const started = async () => (await Promise.all(tasks.map(({ id }) => client.call(getTask, { task: id })))).map(({ startedAt }) => startedAt !== null);
  expect(await started()).toEqual([true, true, false, false, false]);
  model.letGo();
  await expect.poll(() => model.now.get('slow'), soon).toBe(2);
  expect(await started()).toEqual([true, true, true, true, false]);
  await expect.poll(async () => (model.letGo(), (await client.call(getTask, { task: tasks[4]?.id ?? '' })).status), soon).toBe('completed');
  expect(model.most.get('slow')).toBe(2);
};

test('more turns of an agent than it may have wait, in their order, and those of others do not wait for them', () => waitTheirTurn({}));

test.skipIf(!server)(`and so they do on Postgres${reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => waitTheirTurn({ DATABASE_URL: (await server?.createDatabase()) ?? '' }));

test('however many are accepted at once, and however they end, no more of them run', async () => {
  const model = counting();
  await using gateway = await startGateway({ script: model.script, config: { agents: { entries: { slow: { maxConcurrent: 1 } } } } });
  const tasks = await Promise.all(Array.from({ length: 30 }, (_, i) => gateway.client.call(createTask, { agent: 'slow', prompt: `slow ${i}` })));
  const over = async () => (await Promise.all(tasks.map(({ id }) => gateway.client.call(getTask, { task: id })))).filter(({ status }) => status !== 'running').length;
  await expect.poll(() => model.now.get('slow'), soon).toBe(1);
  await gateway.client.call(cancelTask, { task: tasks[29]?.id ?? '' });
  await expect.poll(async () => (model.letGo(), over()), { timeout: 20_000, interval: 10 }).toBe(30);
  expect(model.most.get('slow')).toBe(1);
});

test('a limit that is raised counts at once', async () => {
  const model = counting();
  await using gateway = await startGateway({ script: model.script, config: { agents: { entries: { slow: { maxConcurrent: 1 } } } } });
  for (let i = 0; i < 4; i++) await gateway.client.call(createTask, { agent: 'slow', prompt: `slow ${i}` });
  await expect.poll(() => model.now.get('slow'), soon).toBe(1);
  await gateway.request('/api/v1/config', { method: 'PATCH', json: { agents: { entries: { slow: { maxConcurrent: 3 } } } } });
  await expect.poll(() => model.now.get('slow'), soon).toBe(3);
  model.letGo();
  await expect.poll(() => (model.letGo(), model.now.get('slow')), soon).toBe(0);
});

test('where an agent has a limit, the turns of others that wait still begin all at once when there is room', async () => {
  const model = counting();
  await using gateway = await startGateway({ script: model.script, config: { agents: { entries: { alone: { maxConcurrent: 1 } } }, limits: { maxConcurrentTurns: 1 } } });
  for (let i = 0; i < 8; i++) await gateway.client.call(createTask, { prompt: `slow ${i}` });
  await expect.poll(() => model.now.get('slow'), soon).toBe(1);
  await gateway.request('/api/v1/config', { method: 'PATCH', json: { limits: { maxConcurrentTurns: 8 } } });
  // One look at the queue, not one for each of them: those are a second apart.
  await expect.poll(() => model.now.get('slow'), { timeout: 4_000, interval: 10 }).toBe(8);
  await expect.poll(() => (model.letGo(), model.now.get('slow')), soon).toBe(0);
});
