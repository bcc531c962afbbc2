import assert from 'node:assert/strict';
import { startScriptedApi } from '../../test/support/scripted-api.ts';
import type { Check } from '../kit/example.ts';

const ANSWER = 'Heard: Summarize all GitHub commits and Jira tickets closed yesterday for the team standup.';

export const check: Check = {
  command: 'node standup.mjs',
  imports: 'clients',
  run: async ({ run, says }) => {
    assert.equal(await says(), `${ANSWER}\n`);

    await using slack = await startScriptedApi((_asked, count) => (count === 1 ? { text: 'ok' } : { status: 404 }));
    assert.equal(await says({ SLACK_WEBHOOK_URL: slack.url }), '');
    assert.deepEqual(slack.asked.map(({ body }) => body), [{ text: ANSWER }]);
    assert.match((await run({ SLACK_WEBHOOK_URL: slack.url })).err, /Slack answered 404/);
  },
};
