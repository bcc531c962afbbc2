import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import type { Check } from '../kit/example.ts';

/** Networks cut where they like: here in the middle of lines and letters. */
const IN_PIECES = createServer(async (_request, response) => {
  const bytes = Buffer.from('data: {"type":"token","content":"Ein Gruß – "}\n\ndata: {"type":"token","content":"für alle"}\n\ndata: {"type":"done","tokensUsed":7}\n\n');
  for (let at = 0; at < bytes.length; at += 3) {
    response.write(bytes.subarray(at, at + 3));
    await pause(2);
  }
  response.end();
});

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

    await once(IN_PIECES.listen(0, '127.0.0.1'), 'listening');
    assert.equal(await says({ OPENCLAW_URL: `http://127.0.0.1:${portOf(IN_PIECES)}` }).finally(() => IN_PIECES.close()), 'Ein Gruß – für alle\n\nDone: 7 tokens\n');

    const refused = await run({ OPENCLAW_API_KEY: 'wrong' });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /: The credential does not match\n$/);
    gateway.model.answers({ status: 400, message: 'No answer' });
    assert.match((await run()).err, /: No model answered.*\n$/);
  },
};
