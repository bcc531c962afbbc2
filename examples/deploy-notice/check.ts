import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: './deploy-notice.sh',
  programs: ['curl', 'jq'],
  run: async ({ run, says, heard, gateway }) => {
    const commit = { GITHUB_SHA: '4d4d849' };
    const deployed = 'Deployment of 4d4d849 to production completed successfully.';
    assert.equal(await says(commit), `Heard: ${deployed}\n`);
    const pull = 'https://github.com/o/r/pull/7?"title"';
    await says({ ...commit, PULL_REQUEST: pull });
    assert.deepEqual(heard(), [deployed, `${deployed} Summarize the changes in this PR: ${pull}`]);

    const { sessions } = (await (await gateway.request('/api/v1/sessions?workspace=devops')).json()) as { sessions: readonly { userId: string }[] }; // its form is known
    assert.deepEqual(sessions.map(({ userId }) => userId), ['github-actions']);

    // A step that went wrong is red, and says why.
    const nobody = await run({ ...commit, OPENCLAW_API_KEY: 'wrong' });
    assert.notEqual(nobody.code, 0);
    assert.equal(nobody.err, 'The credential does not match\n');
    assert.match((await run()).err, /GITHUB_SHA: is missing/);
  },
};
