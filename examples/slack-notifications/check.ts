import assert from 'node:assert/strict';
import { startScriptedApi } from '../../test/support/scripted-api.ts';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node slack.mjs',
  run: async ({ gateway, run, start }) => {
    assert.match((await run({ OPENCLAW_TOKEN: 'wrong' })).err, /does not match/);

    await using slack = await startScriptedApi(() => ({ text: 'ok' }));
    const running = start({ SLACK_WEBHOOK_URL: slack.url, PORT: '0' });
    await running.until('sends to');
    const hooks = async () => ((await (await gateway.request('/api/v1/webhooks')).json()) as { readonly total: number }).total; // its form is known
    assert.equal(await hooks(), 1);

    await gateway.request('/api/v1/tasks', { json: { prompt: 'List the files in the current directory' } });
    for (const patience = Date.now() + 10_000; slack.asked.length === 0 && Date.now() < patience; ) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(slack.asked.length, 1);
    assert.match(JSON.stringify(slack.asked[0]?.body), /^\{"text":"OpenClaw task completed: \\"List the files in the current directory\\" \(\d+ms\)"\}$/);

    // What nobody has signed is not passed on.
    const [, url = ''] = /sends to (\S+)/.exec(running.said().out) ?? [];
    const forged = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-openclaw-signature': '0'.repeat(64) }, body: '{"event":"task.completed"}' });
    assert.equal(forged.status, 401);
    assert.equal(slack.asked.length, 1);

    assert.equal((await running.stop()).code, 0);
    assert.equal(await hooks(), 0);
  },
};
