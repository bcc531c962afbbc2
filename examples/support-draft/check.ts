import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'echo "My parcel is late." | python3 draft.py',
  python: 'requests',
  run: async ({ says, run, gateway }) => {
    const draft = 'Heard: Draft a helpful customer support response for:\n\nMy parcel is late.\n\nBe professional, empathetic, and provide actionable solutions.\n';
    assert.equal(await says(), draft);
    assert.equal(await says(), draft);
    // The second ticket was drafted without a word of the first.
    assert.deepEqual(gateway.model.requests.map(({ messages }) => messages.length), [1, 1]);
    assert.equal((await run({ OPENCLAW_API_KEY: 'wrong' })).err, '401: The credential does not match\n');
  },
};
