import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'python3 motion.py front_door',
  python: 'requests',
  run: async ({ says, run, told }) => {
    assert.match(await says(), /^turn_\w+\n$/);
    assert.deepEqual(await told('webhook-home-event'), ['Home event: motion_detected at front_door']);
    const { code, err } = await run({ OPENCLAW_WEBHOOK_SECRET: 'wrong' });
    assert.deepEqual([code, err], [1, '401: The secret or the signature is wrong\n']);
  },
};
