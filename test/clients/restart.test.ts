/** A stream goes on where the gateway is stopped in the middle of it and comes back. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OpenClaw } from '../../packages/api-client/src/index.ts';
import { freePort } from '../cli/program.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

test('a stream outlives a restart of the gateway, and its answer is whole', { timeout: 40_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-restart-'));
  const port = await freePort();
  const words = Array.from({ length: 30 }, (_, i) => `word-${i} `);
  const begin = (): Promise<TestGateway> => startGateway({ folder, port, script: () => ({ text: words, chunkDelayMs: 40 }) });
  let gateway = await begin();
  try {
    const client = new OpenClaw({ baseUrl: `http://127.0.0.1:${port}`, apiKey: gateway.token });
    const stream = client.messages.stream({ message: 'Hi' });
    const types = new Set<string>();
    let text = '';
    let restarted: Promise<void> | undefined;
    const restart = async (): Promise<void> => {
      await gateway[Symbol.asyncDispose]();
      gateway = await begin();
    };
    for await (const event of stream.events()) {
      types.add(event.type);
      // What was shown of this message is void.
      if (event.type === 'retry') text = '';
      if (event.type === 'token') text += event.content;
      if (text.length > 50) restarted ??= restart();
    }
    await restarted;
    expect(text).toBe(words.join(''));
    expect((await stream.done()).finishReason).toBe('stop');
    expect(types).toContain('done');
    expect((await client.sessions.history('main')).messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  } finally {
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});
