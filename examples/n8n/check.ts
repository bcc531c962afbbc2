import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../kit/example.ts';

const ASKED = 'n8n asks for generate-report: {"period":"weekly"}';

export const check: Check = {
  command: 'node play.mjs',
  listensAt: 'N8N_URL',
  run: async ({ gateway, folder, secret, says, run, told }) => {
    const [asked = '', report = '', ...more] = (await says()).trimEnd().split('\n');
    const [, turn] = /^Ask the agent: \{"ok":true,"accepted":true,"turnId":"(turn_\w+)","sessionKey":"agent:main:webhook-automation"\}$/.exec(asked) ?? [];
    assert.ok(turn, asked);
    assert.match(report, /^Its report: /);
    const given = JSON.parse(report.slice('Its report: '.length)) as { readonly turn: string; readonly report: string }; // two texts, as the node assigns them
    assert.equal(given.turn, turn);
    assert.match(given.report, /^Heard: .*generate-report/s);
    assert.deepEqual(more, []);
    assert.deepEqual(await told('webhook-automation'), [ASKED]);

    const { code, err } = await run({ OPENCLAW_WEBHOOK_SECRET: 'wrong' });
    assert.deepEqual([code, err], [1, '401: The secret or the signature is wrong\n']);

    // Only what n8n has of its own is in the workflow: it can be shared, and holds no secret.
    const workflow = await readFile(join(folder, 'workflow.json'), 'utf8');
    assert.ok(!workflow.includes(secret));
    assert.equal(gateway.model.requests.length, 1);
  },
};
