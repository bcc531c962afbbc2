import { clearSessions, createTask, deleteSession, getTask, getTurn, listEvents, listSessions, listTasks, runTask, sendMessage } from '@openclaw/contract';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { startGateway } from '../support/gateway.ts';

test('a task runs in a session of its own and answers with its result', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'A haiku.' }) });
  const result = await gateway.client.call(runTask, { task: 'Write a haiku', label: 'poem' });
  expect(result).toMatchObject({ text: 'A haiku.', finishReason: 'stop', taskId: result.turnId.replace('turn_', 'task_') });
  expect(result.sessionKey).toMatch(/^agent:main:task-\w+$/);
  const { sessions } = await gateway.client.call(listSessions, {});
  expect(sessions).toMatchObject([{ id: result.sessionId, kind: 'isolated', label: 'poem' }]);
  expect(await gateway.client.call(getTurn, { turn: result.taskId })).toMatchObject({ state: 'done', reply: { text: 'A haiku.' } });
});

test('past its time a task is stopped, and the refusal names it', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'late', delayMs: 5_000 }) });
  const failed = await gateway.request('/api/native/tasks.run', { json: { task: 'Take your time', options: { runTimeoutSeconds: 0.2 } } });
  expect(failed.status).toBe(504);
  // The body of every refusal has this form.
  const { error } = (await failed.json()) as { error: { code: string; details: { taskId: string } } };
  expect(error).toMatchObject({ code: 'turn_deadline', details: { taskId: expect.stringMatching(/^task_\w+$/) } });
  expect(await gateway.client.call(getTurn, { turn: error.details.taskId })).toMatchObject({ state: 'failed', error: { code: 'turn_deadline' } });
});

test('five tasks at once run at once', async () => {
  let [now, most] = [0, 0];
  await using gateway = await startGateway({
    script: async () => {
      most = Math.max(most, ++now);
      for (let i = 0; i < 100 && most < 5; i++) await pause(10);
      now--;
      return { text: 'done' };
    },
  });
  const results = await Promise.all(Array.from({ length: 5 }, (_, i) => gateway.client.call(runTask, { task: `topic ${i}` })));
  expect(new Set(results.map(({ sessionId }) => sessionId)).size).toBe(5);
  expect(most).toBe(5);
});

test('the same Idempotency-Key runs a task once', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'done' }) });
  const ask = () => gateway.client.call(runTask, { task: 'once' }, { idempotencyKey: 'k1' });
  const first = await ask();
  expect(await ask()).toEqual(first);
  expect(gateway.model.requests).toHaveLength(1);
});

test('a user has one session in each workspace', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'ok' }) });
  const send = (workspace: string, userId: string) => gateway.client.call(sendMessage, { text: 'Hi', workspace, userId });
  const [one, again, other, elsewhere] = [await send('team', 'ann'), await send('team', 'ann'), await send('team', 'telegram:12'), await send('ops', 'ann')];
  expect(one).toMatchObject({ sessionKey: 'agent:main:team:@ann' });
  expect(again.sessionId).toBe(one.sessionId);
  expect(other).toMatchObject({ sessionKey: 'agent:main:team:@telegram%3A12' });
  expect(elsewhere.sessionId).not.toBe(one.sessionId);
});

test('where a session must exist, none is made; main is always there', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'ok' }) });
  const send = (session: string) => gateway.request('/api/native/messages.send', { json: { text: 'Hi', session, mustExist: true } });
  expect((await send('main')).status).toBe(200);
  for (const session of ['nowhere', 'agent:main:nowhere', 'sess_nowhere', 'agent:stranger:main']) {
    const refused = await send(session);
    expect([session, refused.status]).toEqual([session, 404]);
    expect(await refused.json()).toMatchObject({ error: { code: 'session_not_found' } });
  }
});

test('a full key makes the session in the workspace it names', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'ok' }) });
  await gateway.client.call(sendMessage, { text: 'Hi', session: 'agent:main:team:deploy' });
  const { sessions } = await gateway.client.call(listSessions, { workspace: 'team' });
  expect(sessions).toMatchObject([{ key: 'agent:main:team:deploy', workspace: 'team', kind: 'isolated' }]);
});

test('whatever began it, a task is listed as one, and goes with its session', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'ok' }) });
  const { client } = gateway;
  await client.call(sendMessage, { text: 'No task' });
  const ran = await client.call(runTask, { task: 'Run', label: 'mine', context: { channel: 'cli' } });
  const spawned = z.object({ taskId: z.string() }).parse(await (await gateway.request('/api/sessions/spawn', { json: { task: 'Spawn' } })).json());
  const created = await client.call(createTask, { prompt: 'Create' });
  await expect.poll(async () => (await client.call(getTask, { task: created.id })).status).toBe('completed');
  const { tasks, total } = await client.call(listTasks, {});
  expect(total).toBe(3);
  expect(tasks).toMatchObject([
    { id: created.id, origin: 'api', prompt: 'Create', status: 'completed', label: null },
    { id: spawned.taskId, origin: 'spawn', prompt: 'Spawn', status: 'completed' },
    { id: ran.taskId, origin: 'cli', prompt: 'Run', label: 'mine', sessionId: ran.sessionId, turnId: ran.turnId, durationMs: expect.any(Number) },
  ]);
  await client.call(deleteSession, { session: ran.sessionId });
  await expect(client.call(getTask, { task: ran.taskId })).rejects.toMatchObject({ code: 'task_not_found' });
  await client.call(clearSessions, { workspace: 'main' });
  expect(await client.call(listTasks, {})).toMatchObject({ tasks: [], total: 0 });
});

test('what happened to tasks stands among the events, beside what happened to their turns', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'ok' }) });
  const { taskId, turnId } = await gateway.client.call(runTask, { task: 'Summarise' });
  const { events } = await gateway.client.call(listEvents, {});
  expect(events.map(({ type }) => type)).toEqual(['session.started', 'message.received', 'task.started', 'message.sent', 'task.completed']);
  expect(events.at(-1)?.data).toMatchObject({ taskId, turnId, workspace: 'main', prompt: 'Summarise', status: 'completed', durationMs: expect.any(Number) });
});
