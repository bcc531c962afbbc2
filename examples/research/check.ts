import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: './research.sh the latest AI agent news',
  programs: ['curl', 'jq'],
  run: async ({ folder, run, says, gateway }) => {
    const refused = await run({ OPENCLAW_API_KEY: 'wrong' });
    assert.notEqual(refused.code, 0);
    assert.equal(refused.err, 'The credential does not match\n');
    assert.ok(!existsSync(join(folder, 'reports')));

    const report = (await says()).trim();
    assert.match(report, /\/reports\/\d{4}-\d\d-\d\d\.md$/);
    assert.equal(await readFile(report, 'utf8'), 'Heard: Search for the latest AI agent news and write a summary\n');
    assert.equal((await readdir(join(folder, 'reports'))).length, 1);
    // In a session apart from one's own chat.
    const messagesOf = async (session: string) => ((await (await gateway.request(`/api/sessions/${session}/history`)).json()) as { messages: readonly unknown[] }).messages.length; // its form is known
    assert.deepEqual([await messagesOf('research'), await messagesOf('main')], [2, 0]);
  },
};
