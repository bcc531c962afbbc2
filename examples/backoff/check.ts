import assert from 'node:assert/strict';
import { refuseFirst } from '../../test/printed/refuse-first.ts';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node backoff.mjs',
  run: async ({ gateway, run, says }) => {
    assert.equal(await says(), '0 completed\n');
    await gateway.request('/api/sessions/spawn', { json: { task: 'Sweep the yard' } });

    await using front = await refuseFirst(2, gateway, { 'retry-after': '1' });
    const { code, out, err } = await run({ OPENCLAW_URL: front.url });
    assert.match(out, /^1 completed\n\d{4}-\S+Z task_\w+ Sweep the yard\n$/);
    assert.deepEqual([code, err], [0, 'Rate limited, waiting 1 s\nRate limited, waiting 1 s\n']);
    assert.ok(front.refusedForMs() >= 1_900);

    await using closed = await refuseFirst(4, gateway, { 'retry-after': '0' });
    assert.match((await run({ OPENCLAW_URL: closed.url })).err, /(waiting 0 s\n.*){3}Max retries exceeded\n$/);
    assert.match((await run({ OPENCLAW_TOKEN: 'wrong' })).err, /: The credential does not match\n$/);
  },
};
