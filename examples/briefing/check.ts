import assert from 'node:assert/strict';
import { listCronJobs, listCronRuns, runCronJob } from '@openclaw/contract';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: './briefing.sh Asia/Hong_Kong',
  programs: ['curl', 'jq'],
  run: async ({ gateway, says, run, heard, secret }) => {
    assert.match(await says(), /^At 08:00, Asia\/Hong_Kong; next at \d{4}-\d\d-\d\dT00:00:00\.000Z \(cron_\w+\)\n$/);
    // Once more: still one.
    await says();
    const { jobs } = await gateway.client.call(listCronJobs, {});
    assert.equal(jobs.length, 1);
    const id = jobs[0]?.id ?? '';
    // It comes at eight; here it is asked for by hand.
    await gateway.client.call(runCronJob, { job: id });
    const stateOf = async () => (await gateway.client.call(listCronRuns, { job: id })).runs[0]?.state;
    while ((await stateOf()) === 'running') await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await stateOf(), 'ran');
    assert.deepEqual(heard(), ['Check email, calendar, and weather. Send me a morning summary.']);

    const refused = await run({ OPENCLAW_API_KEY: `${secret}x` });
    assert.notEqual(refused.code, 0);
    assert.equal(refused.err, 'The credential does not match\n');
  },
};
