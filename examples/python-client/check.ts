import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'python3 client.py',
  python: 'requests',
  run: async ({ says, run }) => {
    // The task is not in main: what main used is that of one message.
    assert.equal(await says(), 'Agent: Heard: What time is it?\nTask:  Heard: Research the latest Python web frameworks\nUsed:  842 tokens in main\n');
    assert.match((await run({ OPENCLAW_API_KEY: 'wrong' })).err, /HTTPError: 401: \w/);
  },
};
