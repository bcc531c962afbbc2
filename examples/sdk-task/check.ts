import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node task.mjs "Analyze the error logs from today"',
  imports: 'clients',
  run: async ({ gateway, run }) => {
    gateway.model.script(async ({ messages }) => {
      await writeFile(join(gateway.folder, 'workspaces/main/errors.md'), 'None.\n');
      return { text: `Heard: ${messages.at(-1)?.text}`, delayMs: 300 };
    });
    const { code, out, err } = await run();
    assert.deepEqual([code, out], [0, 'Heard: Analyze the error logs from today\ncreated: errors.md\n']);
    assert.match(err, /^task_\w+ is running\n$/);

    gateway.model.answers({ status: 400, message: 'No answer' });
    const failed = await run();
    assert.equal(failed.code, 1);
    assert.match(failed.err, /^task_\w+ is running\n.*No model answered.*\n$/);
  },
};
