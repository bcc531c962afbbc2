import { expect, test } from 'vitest';
import type { TaskFilter } from '../../packages/gateway/src/engine/ports/task-records.ts';
import type { NewTurn, StartedTurn } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { done, failed, fresh, newSession, NOW, run, step, usage, type Worker } from './turn-fixture.ts';

const everything: TaskFilter = { statuses: undefined, workspaces: undefined, from: undefined, before: undefined, search: undefined, limit: 50, offset: 0 };
const files = { files: [{ path: 'report.md', change: 'created', size: 12 }], cutOff: false } as const;

export const taskTests = (worker: () => Worker): void => {
  /** A task in a session of its own; resolves to its id. */
  const accept = async (over: Partial<NewTurn> = {}, workspace = 'main', task: Partial<NonNullable<NewTurn['task']>> = {}) => {
    const id = fresh('turn');
    const taskId = id.replace('turn', 'task');
    const session = newSession(`agent:main:${id}`, { kind: 'isolated', workspace, label: task.label });
    const accepted = await worker().accept(session.key, { id, session, task: { id: taskId, label: undefined, workingDirectory: undefined, ...task }, ...over });
    return { ...accepted, taskId };
  };
  const begin = (): Promise<StartedTurn> => worker().begin();
  const end = async (how: 'done' | 'failed' | 'cancelled', now = NOW) => {
    const started = await begin();
    await worker().store.endTurn(started.fence, how === 'done' ? { ...done(started), now, files } : { ...failed, state: how, now });
  };
  const ids = async (over: Partial<TaskFilter>) => {
    const { tasks, total } = await worker().store.listTasks({ ...everything, ...over });
    return [total, ...tasks.map(({ id }) => id)];
  };
  const events = async () => (await worker().store.listEvents(0, 200)).filter(({ type }) => type.startsWith('task.'));

  test('a task is written with its turn, and is over with it', async () => {
    const { store } = worker();
    const { taskId, turnId, sessionId } = await accept(
      { text: 'Write a report', options: { maxTokens: 9 }, context: { channel: 'cli' }, now: NOW }, 'team', { label: 'weekly', workingDirectory: '/srv/app' },
    );
    const asked = {
      id: taskId, turnId, sessionId, sessionKey: `agent:main:${turnId}`, workspace: 'team', prompt: 'Write a report', label: 'weekly', options: { maxTokens: 9 },
      workingDirectory: '/srv/app', caller: 'tester', origin: 'cli', createdAt: NOW,
    };
    const waiting = { ...asked, status: 'running', startedAt: undefined, endedAt: undefined, error: undefined };
    expect(await store.findTask(taskId)).toEqual(waiting);
    const started = await begin();
    expect(started.task).toEqual({ id: taskId, workingDirectory: '/srv/app' });
    const running = await store.findTask(taskId);
    expect(running).toEqual({ ...waiting, startedAt: started.turn.startedAt });
    await store.recordStep(started.fence, step());
    await store.recordToolResult(started.fence, { callId: 'call_1', state: 'done', output: 'noon', now: NOW });
    await store.endTurn(started.fence, { ...done(started, 'The report'), now: NOW + 5, files });
    const over = { ...waiting, startedAt: started.turn.startedAt, status: 'completed', endedAt: NOW + 5 };
    expect(await store.findTask(taskId)).toEqual(over);
    const { latencyMs: _, model: __, agent: ___, ...tokens } = usage();
    const twice = Object.fromEntries(Object.entries(tokens).map(([name, value]) => [name, 2 * (value ?? 0)]));
    expect(await store.taskResult(taskId)).toMatchObject({ task: over, reply: { text: 'The report' }, files, usage: twice });
  });

  test('a plain message is no task', async () => {
    const { store } = worker();
    const { turnId } = await worker().accept('agent:main:main');
    expect((await begin()).task).toBeUndefined();
    expect(await ids({})).toEqual([0]);
    expect(await store.findTask(turnId.replace('turn', 'task'))).toBeUndefined();
    expect(await store.taskResult('task_none')).toBeUndefined();
    expect(await events()).toEqual([]);
  });

  test('each end has its status; what never began is cancelled too', async () => {
    const { store } = worker();
    const all: string[] = [];
    for (const how of ['done', 'failed', 'cancelled'] as const) {
      all.push((await accept()).taskId);
      await end(how);
    }
    const queued = await accept();
    expect(await store.requestCancel(queued.turnId, NOW + 1)).toBe('cancelled');
    all.push(queued.taskId, (await accept()).taskId);
    const statuses = await Promise.all(all.map(async (id) => (await store.findTask(id))?.status));
    expect(statuses).toEqual(['completed', 'failed', 'cancelled', 'cancelled', 'running']);
    expect((await store.findTask(all[1] ?? ''))?.error).toEqual({ code: 'model_failed', message: 'The model failed' });
    expect(await store.taskResult(all[1] ?? '')).toMatchObject({ reply: undefined, files: { files: [], cutOff: false }, usage: { inputTokens: 0, costUSD: 0 } });
    expect(await ids({ statuses: ['failed', 'running'] })).toEqual([2, all[4], all[1]]);
    expect(await ids({ statuses: ['cancelled'] })).toEqual([2, all[3], all[2]]);
    expect(await ids({ statuses: [] })).toEqual([0]);
  });

  test('what a price is missing for has none', async () => {
    const { taskId } = await accept();
    const started = await begin();
    await worker().store.recordStep(started.fence, step({ usage: usage({ costUSD: undefined }) }));
    expect(await worker().store.taskResult(taskId)).toMatchObject({ usage: { inputTokens: 10, costUSD: null } });
  });

  test('its events are written once, whatever happens on the way', async () => {
    const { store } = worker();
    const { taskId, turnId, sessionId } = await accept({ text: 'Summarise' }, 'team', { label: 'daily' });
    const first = await begin();
    await store.suspendTurn(first.fence);
    const crashed = await begin();
    const started = await worker().start(worker().lease(crashed), run('node_2'));
    expect(started).toMatchObject({ crashes: 1, task: { id: taskId } });
    const begunAt = started.turn.startedAt ?? 0;
    await store.endTurn(started.fence, { ...done(started), now: begunAt + 4_523, files });
    const data = { taskId, turnId, sessionId, workspace: 'team', label: 'daily', prompt: 'Summarise' };
    expect(await events()).toMatchObject([
      { id: `evt_${taskId}_started`, type: 'task.started', at: new Date(begunAt).toISOString(), data: { ...data, status: 'running' } },
      { id: `evt_${taskId}_end`, type: 'task.completed', data: { ...data, status: 'completed', durationMs: 4_523 } },
    ]);
    await accept();
    await end('failed');
    await accept();
    await end('cancelled');
    expect((await events()).slice(2).map(({ type, data: { error } }) => [type, error])).toEqual([
      ['task.started', undefined], ['task.failed', failed.error], ['task.started', undefined],
    ]);
    expect((await store.listEvents(0, 200)).at(-1)).toMatchObject({ type: 'turn.cancelled', data: { taskId: expect.stringMatching(/^task_/) } });
  });

  test('they are listed newest first, by status, time, workspace and words, in pages', async () => {
    const all: string[] = [];
    const prompts = ['Fix the build', 'Ship 100% of it', 'Größe ÄNDERN', 'fix_the_docs', 'x'.repeat(3_000)];
    for (const [i, text] of prompts.entries()) all.push((await accept({ text, now: NOW + i * 1_000 }, i % 2 ? 'odd' : 'even')).taskId);
    const newest = all.toReversed();
    expect(await ids({})).toEqual([5, ...newest]);
    expect(await ids({ limit: 2, offset: 1 })).toEqual([5, newest[1], newest[2]]);
    expect(await ids({ offset: 9 })).toEqual([5]);
    expect(await ids({ from: NOW + 1_000, before: NOW + 3_000 })).toEqual([2, all[2], all[1]]);
    expect(await ids({ workspaces: ['odd'] })).toEqual([2, all[3], all[1]]);
    expect(await ids({ workspaces: ['odd'], statuses: ['running'], before: NOW + 2_000 })).toEqual([1, all[1]]);
    expect(await ids({ workspaces: [] })).toEqual([0]);
    expect(await ids({ search: 'FIX' })).toEqual([2, all[3], all[0]]);
    expect(await ids({ search: 'fix_' })).toEqual([1, all[3]]);
    expect(await ids({ search: '100%' })).toEqual([1, all[1]]);
    expect(await ids({ search: 'größe änd' })).toEqual([1, all[2]]);
    expect(await ids({ search: '\\' })).toEqual([0]);
    expect(await ids({ search: "' OR 1=1 --" })).toEqual([0]);
    const [longest] = (await worker().store.listTasks({ ...everything, limit: 1 })).tasks;
    expect(longest?.prompt).toHaveLength(1_000);
    expect((await worker().store.findTask(all[4] ?? ''))?.prompt).toHaveLength(3_000);
  });

  test('tasks of one moment are met once, page by page', async () => {
    for (let i = 0; i < 7; i++) await accept();
    const seen: unknown[] = [];
    for (let offset = 0; offset < 7; offset += 2) seen.push(...(await ids({ limit: 2, offset })).slice(1));
    expect(new Set(seen).size).toBe(7);
  });

  test('it goes with its session, also while it runs', async () => {
    const { store } = worker();
    const over = await accept();
    await end('done');
    const running = await accept();
    const started = await begin();
    for (const { sessionId } of [over, running]) expect(await store.deleteSession(sessionId)).toBe(true);
    await store.endTurn(started.fence, { ...failed, state: 'cancelled' });
    expect(await ids({})).toEqual([0]);
    expect(await store.taskResult(running.taskId)).toBeUndefined();
    expect((await events()).map(({ type }) => type)).toEqual(['task.started', 'task.completed', 'task.started']);
  });

  test('the same request with one key is one task', async () => {
    const once = { scope: 'tester tasks.create', key: 'k', hash: 'h', expiresAt: NOW + 1_000 };
    const first = await accept({ once });
    expect(await accept({ once })).toMatchObject({ turnId: first.turnId, replayed: true });
    expect(await ids({})).toEqual([1, first.taskId]);
  });
};
