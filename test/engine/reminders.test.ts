/** "Remind me": the agent schedules it, and is told in the same conversation when it is due. */
import { listCronJobs, sendMessage, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';

/** Calls the tool as the message says, in JSON, and repeats what it gave. */
const obedient: ModelScript = ({ messages }) => {
  const last = messages.at(-1);
  if (last?.role === 'tool') return { text: last.text };
  return last?.text.startsWith('{') ? { toolCalls: [{ tool: 'schedule', input: JSON.parse(last.text) as object }] } : { text: `Heard: ${last?.text}` };
};

test('what was asked for is said when it is due, once, and then it is gone', async () => {
  await using gateway = await startGateway({ script: obedient });
  const say = async (input: object, context = {}) => {
    const reply = await gateway.client.call(sendMessage, { session: 'kitchen', text: JSON.stringify(input), context });
    return 'text' in reply ? reply.text : '';
  };
  expect(await say({ what: 'the tea is ready', at: '1s' })).toMatch(/^cron_\w+: "the tea is ready"\. Once, at /);
  const heard = async () => (await gateway.client.call(sessionHistory, { session: 'kitchen' })).messages.map(({ text }) => text);
  await expect.poll(async () => (await heard()).filter((text) => text.startsWith('Heard: ')), { timeout: 6_000 }).toEqual([expect.stringMatching(/due now: the tea is ready$/)]);
  await expect.poll(() => say({ action: 'list' })).toBe('Nothing is scheduled in this conversation.');

  expect(await say({ what: 'stretch', cron: '0 9 * * 1-5' }, { timezone: 'Asia/Hong_Kong' })).toMatch(/"stretch"\. At 09:00, Monday through Friday, Asia\/Hong_Kong; next at /);
  const { jobs: [job] } = await gateway.client.call(listCronJobs, {});
  expect(job).toMatchObject({ actsFor: 'gateway-token', target: 'session:agent:main:kitchen', schedule: { tz: 'Asia/Hong_Kong' } });
  expect(await say({ action: 'list' })).toContain(job?.id);
  expect(await say({ action: 'remove', job: job?.id })).toBe(`${job?.id} is removed.`);
  for (const nonsense of [{ what: 'x' }, { at: '1h' }, { what: 'x', at: '1h', cron: '* * * * *' }, { action: 'remove' }]) expect(await say(nonsense)).toMatch(/Say (what|which)/);
  expect(await say({ what: 'x', at: 'tomorrow' })).toContain('schedule.at');
});
