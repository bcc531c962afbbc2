import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

const MESSAGE = 'Motion detected on front_door. Check the camera and let me know if anything looks unusual.';

export const check: Check = {
  command: 'python3 motion.py front_door',
  python: 'requests',
  run: async ({ says, run, heard }) => {
    assert.equal(await says(), `Heard: ${MESSAGE}\n`);
    const { code, err } = await run({ OPENCLAW_API_KEY: 'wrong' });
    assert.equal(code, 1);
    assert.equal(err, '401: The credential does not match\n');
    assert.deepEqual(heard(), [MESSAGE]);
  },
};
