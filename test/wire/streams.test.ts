import { getTurn, sendMessage, sessionHistory } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SseWriter } from '../../packages/gateway/src/surfaces/kit/http/sse.ts';
import { createServer } from 'node:http';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openRaw } from './raw-socket.ts';

const Event = z.looseObject({ type: z.string() });

const events = (text: string) =>
  text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [Event.parse(JSON.parse(line.slice(6)))] : []));

const stream = (gateway: TestGateway, json: unknown, operation = 'messages.send') =>
  gateway.request(`/api/native/${operation}`, { json, headers: { accept: 'text/event-stream' } });

describe('a streamed turn', () => {
  test('is events in order, one a line, and its reply last', async () => {
    await using gateway = await startGateway({
      script: ({ messages }) => (messages.at(-1)?.role === 'user' ? { text: ['Let me ', 'look.'], toolCalls: [{ tool: 'time', input: { timezone: 'UTC' } }], chunkDelayMs: 5 } : { text: ['It is ', 'late.'], chunkDelayMs: 5 }),
    });
    const response = await stream(gateway, { text: 'How late is it?' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    const seen = events(await response.text());
    expect(seen.map(({ type }) => type)).toEqual(['started', 'text', 'text', 'tool_call', 'tool_result', 'text', 'text', 'done']);
    expect(seen[3]).toMatchObject({ tool: 'time', input: { timezone: 'UTC' } });
    expect(seen[4]).toMatchObject({ id: seen[3]?.['id'], isError: false });
    expect(seen.at(-1)).toMatchObject({ output: { text: 'It is late.', toolsInvoked: ['time'], turnId: seen[0]?.['turnId'] } });

    const watched = async (after?: unknown) => events(await (await stream(gateway, { turn: seen[0]?.['turnId'], after }, 'turns.watch')).text());
    const again = await watched();
    expect(again.map(({ type }) => type)).toEqual(['started', 'text', 'tool_call', 'tool_result', 'text', 'done']);
    expect(again.at(-1)).toMatchObject({ output: { state: 'done', reply: { text: 'It is late.' } } });
    expect((await watched(seen[1]?.['cursor'])).map(({ type, delta }) => delta ?? type)).toEqual(['look.', 'tool_call', 'tool_result', 'It is late.', 'done']);
    expect((await watched(seen[4]?.['cursor'])).map(({ type, delta }) => delta ?? type)).toEqual(['It is late.', 'done']);
    expect((await watched(seen[6]?.['cursor'])).map(({ type }) => type)).toEqual(['done']);
  });

  test('that fails on the way ends with its code', async () => {
    await using gateway = await startGateway({ script: () => ({ status: 400, message: 'the tools are wrong' }) });
    const response = await stream(gateway, { text: 'Hi' });
    expect(response.status).toBe(200);
    expect(events(await response.text())).toMatchObject([{ type: 'started' }, { type: 'error', code: 'model_failed', message: expect.stringContaining('the tools are wrong') }]);
  });

  test('that is refused has its own status', async () => {
    await using gateway = await startGateway();
    const status = async (json: unknown, operation?: string) => {
      const response = await stream(gateway, json, operation);
      expect(response.headers.get('content-type')).toContain('application/json');
      await response.body?.cancel();
      return response.status;
    };
    expect(await status({ text: '' })).toBe(400);
    expect(await status({ text: 'Hi', options: { model: 'claude-sonnet-4-5' } })).toBe(400);
    expect(await status({ text: 'Hi', session: 'sess_gone' })).toBe(404);
    expect(await status({ turn: 'turn_gone' }, 'turns.watch')).toBe(404);
    expect(await status({ session: 'absent' }, 'sessions.get')).toBe(404);
  });

  test('goes on when its reader goes away', async () => {
    await using gateway = await startGateway({ script: () => ({ text: ['first ', 'second ', 'third'], chunkDelayMs: 60 }) });
    const raw = await openRaw(gateway.url);
    const body = '{"text":"Hi"}';
    raw.socket.write(`POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${gateway.token}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const turn = /"turnId":"(turn_\w+)"/.exec(await raw.until('first'))?.[1] ?? '';
    raw.socket.destroy();
    await expect.poll(() => gateway.client.call(getTurn, { turn })).toMatchObject({ state: 'done', reply: { text: 'first second third' } });
    expect(gateway.model.aborted).toBe(0);
    expect((await gateway.client.call(sessionHistory, { session: 'main' })).total).toBe(2);
  });

  test('of which nobody reads a word holds nobody up', async () => {
    await using gateway = await startGateway({ script: () => ({ text: Array.from({ length: 40 }, () => 'x'.repeat(100_000)) }) });
    const raw = await openRaw(gateway.url);
    raw.socket.pause();
    const body = '{"text":"Hi","session":"slow"}';
    raw.socket.write(`POST /api/native/messages.send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${gateway.token}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await expect.poll(async () => (await gateway.request('/api/native/sessions.get', { json: { session: 'slow' } })).status, { timeout: 5_000 }).toBe(200);
    expect((await gateway.client.call(sendMessage, { session: 'other', text: 'Hi' })).sessionKey).toBe('agent:main:other');
    await expect.poll(async () => (await gateway.client.call(sessionHistory, { session: 'slow' })).total, { timeout: 5_000 }).toBe(2);
    raw.socket.destroy();
  });
});

test('a stream in which nothing happens says that it is still there', async () => {
  const server = createServer((_request, response) => {
    const writer = new SseWriter(response, {}, 20);
    setTimeout(() => writer.end(), 110);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const text = await (await fetch(`http://127.0.0.1:${portOf(server)}`)).text();
    expect(text).toMatch(/^(: still here\n\n){2,5}$/);
  } finally {
    server.close();
  }
});
