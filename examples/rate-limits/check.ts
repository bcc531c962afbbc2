import assert from 'node:assert/strict';
import { refusal, startScriptedApi } from '../../test/support/scripted-api.ts';
import type { Check } from '../kit/example.ts';

const LIMIT = 3;

export const check: Check = {
  command: 'node send.mjs "What is new?"',
  imports: 'clients',
  run: async ({ run, heard }) => {
    // A minute may end between two of them.
    const codes: (number | null)[] = [];
    let last = await run();
    for (; last.code === 0 && codes.length < 2 * LIMIT; last = await run()) codes.push(last.code);
    assert.ok(codes.length >= LIMIT && codes.length <= 2 * LIMIT, `${codes.length} were let through`);
    assert.equal(last.code, 75);
    // The next whole minute.
    assert.match(last.err, /^Rate limited\. Retry after \d\d:\d\d:00\n$/);
    assert.equal(heard().length, codes.length);

    await using starting = await startScriptedApi(() => refusal(503, 'starting'));
    assert.deepEqual(await run({ OPENCLAW_URL: starting.url }), { code: 75, out: '', err: 'OpenClaw is starting up, retry in a few seconds\n' });
    assert.match((await run({ OPENCLAW_API_KEY: 'wrong' })).err, /OpenClawError/);
  },
};
