import assert from 'node:assert/strict';
import { refuseFirst } from '../../test/printed/refuse-first.ts';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'python3 retry.py "What is on today?"',
  python: 'requests',
  run: async ({ gateway, run, heard }) => {
    const answered = { code: 0, out: 'Heard: What is on today?\n' };
    await using front = await refuseFirst(2, gateway);
    const limited = 'Rate limit exceeded. Try again in 1 seconds. Waiting';
    assert.deepEqual(await run({ OPENCLAW_URL: front.url }), { ...answered, err: `${limited} 1 s\n${limited} 2 s\n` });
    assert.equal(heard().length, 1);

    // The answer comes later than it waits; asked again, it is the same one.
    gateway.model.script(({ messages }) => ({ delayMs: 1_000, text: `Heard: ${messages.at(-1)?.text}` }));
    assert.deepEqual(await run({ TIMEOUT: '0.5' }), { ...answered, err: 'No answer in time. Waiting 1 s\n' });
    assert.equal(heard().length, 2);

    const { code, err } = await run({ OPENCLAW_API_KEY: 'wrong' });
    assert.equal(code, 1);
    assert.equal(err, 'The credential does not match\n');
  },
};
