import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node command.mjs "what is our uptime?"',
  run: async ({ says, run, told }) => {
    assert.equal(await says(), 'agent:main:slack-C2147483705\n');
    assert.deepEqual(await told('slack-C2147483705'), ['Slack user steve says: what is our uptime?']);
    const { code, err } = await run({ OPENCLAW_WEBHOOK_SECRET: 'wrong' });
    assert.deepEqual([code, err], [1, '401: The secret or the signature is wrong\n']);
  },
};
