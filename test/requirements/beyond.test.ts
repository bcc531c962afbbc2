import { getTurn, listSessions, sendMessage, sessionHistory } from '@openclaw/contract';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { startGateway } from '../support/gateway.ts';
import { verifies } from './verifies.ts';

const note = (runs: string[]) =>
  defineTool({
    name: 'note',
    description: 'Keeps a note.',
    effect: 'once',
    input: z.object({ text: z.string() }),
    run: async ({ text }) => {
      runs.push(text);
      return 'noted';
    },
  });

describe('durable', () => {
  verifies('beyond.durable', async () => {
    await using first = await startGateway({ script: () => ({ text: ['never '], chunkDelayMs: 0, breaks: 'hang' }) });
    const queued = await first.client.call(sendMessage, { text: 'Hi', timeoutSeconds: 0 });
    const waiting = await first.client.call(sendMessage, { text: 'And then?', timeoutSeconds: 0 });
    await first.stop();
    await using second = await startGateway({ folder: first.folder, script: ({ messages }) => ({ text: `re ${messages.at(-1)?.text}` }) });
    await expect.poll(() => second.client.call(getTurn, { turn: queued.turnId }), { timeout: 10_000 }).toMatchObject({ state: 'done', reply: { text: 're Hi' } });
    await expect.poll(() => second.client.call(getTurn, { turn: waiting.turnId }), { timeout: 10_000 }).toMatchObject({ state: 'done', reply: { text: 're And then?' } });
  });

  verifies('beyond.idempotent', async () => {
    const key = { idempotencyKey: 'deploy-42' };
    await using first = await startGateway({ script: () => ({ text: 'once' }) });
    const reply = await first.client.call(sendMessage, { text: 'Deploy' }, key);
    await first.stop();
    await using second = await startGateway({ folder: first.folder, script: () => ({ text: 'twice' }) });
    expect(await second.client.call(sendMessage, { text: 'Deploy' }, key)).toEqual(reply);
    expect(second.model.requests).toEqual([]);
    await expect(second.client.call(sendMessage, { text: 'Something else' }, key)).rejects.toMatchObject({ code: 'idempotency_conflict' });
    expect((await second.client.call(listSessions, {})).sessions[0]?.messageCount).toBe(2);
  });

  verifies('beyond.valid-transcript', async () => {
    const runs: string[] = [];
    let broken = false;
    await using gateway = await startGateway({
      tools: [note(runs)],
      script: ({ messages }) => {
        if (messages.at(-1)?.text === 'use it') return { toolCalls: [{ tool: 'note', input: { text: 'a' } }] };
        if (messages.at(-1)?.role !== 'tool' || broken) return { text: '' };
        broken = true;
        return { status: 400, message: 'broken on the way' };
      },
    });
    await expect(gateway.client.call(sendMessage, { text: 'use it' })).rejects.toMatchObject({ code: 'model_failed' });
    await gateway.client.call(sendMessage, { text: 'still there?' });
    await gateway.client.call(sendMessage, { text: 'and now?' });
    const seen = gateway.model.requests.at(-1)?.messages ?? [];
    expect(seen.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user', 'assistant', 'user']);
    for (const { text, toolCalls = [] } of seen) expect(text.trim() !== '' || toolCalls.length > 0).toBe(true);
    expect(runs).toEqual(['a']);
    expect((await gateway.client.call(sessionHistory, { session: 'main', includeTools: true })).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user', 'assistant', 'user', 'assistant']);
  });
});

describe('safe by default', () => {
  verifies('beyond.first-token', async () => {
    await using gateway = await startGateway();
    const file = join(gateway.folder, 'gateway.token');
    const token = (await readFile(file, 'utf8')).trim();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await fetch(`${gateway.url}/api/native/status.get`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${gateway.url}/api/native/status.get`, { method: 'POST', headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  verifies('beyond.limits', async () => {
    const runs: string[] = [];
    await using gateway = await startGateway({
      tools: [note(runs)],
      script: ({ attempt, messages }) => ({ toolCalls: [{ tool: 'note', input: { text: messages[0]?.text === 'loop' ? 'same' : String(attempt) } }] }),
    });
    await expect(gateway.client.call(sendMessage, { session: 'a', text: 'loop' })).rejects.toMatchObject({ code: 'loop_detected' });
    expect(runs).toHaveLength(3);
    await expect(gateway.client.call(sendMessage, { session: 'b', text: 'on and on' })).rejects.toMatchObject({ code: 'step_limit' });
    expect(runs).toHaveLength(3 + 25);
  });
});
