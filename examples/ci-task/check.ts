import assert from 'node:assert/strict';
import { startScriptedApi } from '../../test/support/scripted-api.ts';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: './task.sh "List the files in the current directory"',
  programs: ['curl', 'jq'],
  run: async ({ gateway, run, heard }) => {
    const { code, out, err } = await run();
    assert.deepEqual([code, out], [0, 'Heard: List the files in the current directory\n']);
    assert.match(err, /^(task_\w+) is running\n(\1 is running\n)*\1 is completed\n$/);

    // A proxy that lost patience: the gateway has the task, and is asked again.
    await using proxy = await startScriptedApi(async ({ path, headers, body }, count) => {
      if (count > 1) return { forward: gateway.url };
      const { authorization = '', 'idempotency-key': key } = headers;
      await gateway.request(path, { json: body, headers: { authorization, 'idempotency-key': String(key) } });
      return { status: 504 };
    });
    assert.equal((await run({ OPENCLAW_URL: proxy.url })).out, out);
    assert.equal(heard().length, 2);

    gateway.model.answers({ status: 400, message: 'No answer' });
    const failed = await run();
    assert.notEqual(failed.code, 0);
    assert.match(failed.err, /^(task_\w+) is running\n(\1 is running\n)*\1 is failed\nNo model answered.*\n$/);
    const nobody = await run({ OPENCLAW_TOKEN: 'wrong' });
    assert.notEqual(nobody.code, 0);
    assert.equal(nobody.err, 'The credential does not match\n');
  },
};
