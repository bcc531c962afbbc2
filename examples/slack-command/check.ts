import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node command.mjs "what is our uptime?"',
  listensAt: 'SLACK_URL',
  insteadOf: ['https://hooks.slack.com'],
  run: async ({ says, run, told }) => {
    assert.match(await says(), /^agent:main:slack-C2147483705\nOpenClaw completed: slack-C2147483705 — Heard: .*what is our uptime\?/s);
    assert.deepEqual(await told('slack-C2147483705'), ['Slack user steve says: what is our uptime?']);
    const { code, err } = await run({ OPENCLAW_WEBHOOK_SECRET: 'wrong' });
    assert.deepEqual([code, err], [1, '401: The secret or the signature is wrong\n']);
  },
};
