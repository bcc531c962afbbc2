/** What isolated runs leave behind goes by itself. */
import { addCronJob, listCronRuns, listSessions, listTasks, removeCronJob, sendMessage } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';

const EACH_SECOND = { name: 'tick', schedule: { kind: 'every', everyMs: 1_000 }, payload: { kind: 'agentTurn', message: 'Look' } } as const;

test.each([
  ['1s', true], [false, false],
])('cron.sessionRetention: %j', async (sessionRetention, cleared) => {
  await using gateway = await startGateway({ script: () => ({ text: 'Done.' }), config: { cron: { sessionRetention } } });
  const { client } = gateway;
  await client.call(sendMessage, { text: 'Hi' });
  const { id } = await client.call(addCronJob, EACH_SECOND);
  const ran = async () => (await client.call(listCronRuns, { job: id })).runs.filter(({ state }) => state === 'ran').length;
  await expect.poll(ran, { timeout: 10_000 }).toBeGreaterThan(2);
  await client.call(removeCronJob, { job: id });
  const sessions = async () => (await client.call(listSessions, {})).sessions.map(({ key }) => (key.includes(':task-') ? 'task' : key)).toSorted();
  if (cleared) {
    await expect.poll(sessions, { timeout: 10_000 }).toEqual(['agent:main:main']);
    expect((await client.call(listTasks, {})).total).toBe(0);
  } else {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await sessions()).length).toBeGreaterThan(3);
  }
  expect(await ran()).toBeGreaterThan(2);
});
