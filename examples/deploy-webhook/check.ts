import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: './notify.sh success',
  programs: ['curl', 'jq'],
  run: async ({ says, run, told }) => {
    const build = { GITHUB_REPOSITORY: 'myorg/api', GITHUB_SHA: 'abc1234', GITHUB_ACTOR: 'octo"cat', GITHUB_RUN_ID: '7', GITHUB_RUN_ATTEMPT: '1' };
    const first = await says(build);
    assert.match(first, /^turn_\w+\n$/);
    // Sent again it is the same.
    assert.equal(await says(build), first);
    assert.deepEqual(await told('webhook-deploy-alert'), ['Deployment completed: myorg/api is now success (commit abc1234)']);
    assert.notEqual(await says({ ...build, GITHUB_RUN_ATTEMPT: '2' }), first);

    // A step that went wrong is red, and says why.
    const nobody = await run({ ...build, OPENCLAW_WEBHOOK_SECRET: 'wrong' });
    assert.notEqual(nobody.code, 0);
    assert.equal(nobody.err, 'The secret or the signature is wrong\n');
    assert.match((await run()).err, /GITHUB_SHA: is missing/);
  },
};
