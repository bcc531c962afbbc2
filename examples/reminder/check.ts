import assert from 'node:assert/strict';
import { listCronJobs, updateCronJob } from '@openclaw/contract';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'python3 remind.py 20m The tea is ready',
  python: 'requests',
  run: async ({ gateway, says, run, heard }) => {
    const [, id = ''] = /^Once, at \d{4}-\d\d-\d\dT[\d:.]+Z \((cron_\w+)\)\n$/.exec(await says()) ?? [];
    const jobs = async () => (await gateway.client.call(listCronJobs, {})).jobs;
    const due = Date.parse((await jobs())[0]?.nextRunAt ?? '') - Date.now();
    assert.ok(due > 19 * 60_000 && due <= 20 * 60_000, `due in ${due} ms`);
    // Nobody here waits for twenty minutes.
    await gateway.client.call(updateCronJob, { job: id, schedule: { kind: 'at', at: '0s' } });
    for (let tries = 0; (await jobs()).length > 0 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual([await jobs(), heard()], [[], ['Remind me now: The tea is ready']]);

    const { code, err } = await run({ OPENCLAW_API_KEY: 'wrong' });
    assert.deepEqual([code, err], [1, '401: The credential does not match\n']);
  },
};
