import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from '../kit/example.ts';

const TOPICS = ['bread', 'salt', 'tea', 'rope', 'clay'];

export const check: Check = {
  command: 'python3 posts.py bread salt tea rope clay',
  python: 'requests',
  run: async ({ gateway, run, says }) => {
    let [now, most] = [0, 0];
    gateway.model.script(async ({ messages }) => {
      most = Math.max(most, ++now);
      for (let i = 0; i < 200 && most < TOPICS.length; i++) await pause(10);
      now--;
      return { text: `Heard: ${messages.at(-1)?.text}` };
    });
    assert.equal(await says(), TOPICS.map((topic) => `# ${topic}\n\nHeard: Write a 500-word blog post about ${topic}\n\n`).join(''));
    assert.equal(most, TOPICS.length);

    gateway.model.script(({ messages }) => (messages.at(-1)?.text.endsWith('tea') ? { status: 400, message: 'No answer' } : { text: 'Fine.' }));
    const { code, out } = await run();
    assert.equal(code, 1);
    assert.match(out, /# salt\n\nFine\.\n\n# tea\n\n\(failed: No model answered.*\)\n\n# rope\n\nFine\./);
  },
};
