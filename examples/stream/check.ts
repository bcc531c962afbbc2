import assert from 'node:assert/strict';
import type { Check } from '../kit/example.ts';

export const check: Check = {
  command: 'node stream.mjs "Explain Docker networking in 3 paragraphs"',
  run: async ({ gateway, says, run, start }) => {
    gateway.model.script(({ messages }) =>
      messages.at(-1)?.role === 'user'
        ? { toolCalls: [{ tool: 'time' }] }
        : { text: ['A bridge ', 'joins ', 'containers – ', 'it does.'], chunkDelayMs: 150, usage: { inputTokens: 800, outputTokens: 42 } },
    );
    const program = start();
    await program.until('A bridge');
    assert.ok(!program.said().out.includes('it does'), 'the words come as they are written');
    const { code, out, err } = await program.ended;
    assert.match(out, /^A bridge joins containers – it does\.\n\nDone: \d+ tokens\n$/);
    assert.deepEqual([code, err], [0, '\n[time]\n']);

    const refused = await run({ OPENCLAW_API_KEY: 'wrong' });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /: The credential does not match\n$/);
    gateway.model.answers({ status: 400, message: 'No answer' });
    assert.match((await run()).err, /: No model answered.*\n$/);

    gateway.model.answers({ text: 'Fine.' });
    assert.match(await says(), /^Fine\./);
  },
};
