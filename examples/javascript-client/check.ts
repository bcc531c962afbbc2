import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node main.mjs',
  run: async ({ says, run }) => {
    // The task is not in main: what main used is that of one message.
    assert.equal(await says(), 'Agent: Heard: Hello from JavaScript!\nTask:  Heard: Generate a haiku about programming\nUsed:  842 tokens in main\n');
    assert.match((await run({ OPENCLAW_API_KEY: 'wrong' })).err, /^http\S+: 401: \w.*\n$/);
  },
};
