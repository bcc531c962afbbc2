import { createCredential, getTurn, revokeCredential, sendMessage, sessionHistory } from '@openclaw/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SseWriter } from '../../packages/gateway/src/surfaces/kit/http/sse.ts';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';
import { openRaw } from './raw-socket.ts';
import { readMetrics } from './read-metrics.ts';

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

describe('an answer in one piece', () => {
  const slow: ModelScript = () => ({ text: Array.from({ length: 100 }, () => 'word '), chunkDelayMs: 20 });

  test('is waited for no longer when its reader goes away', async () => {
    await using gateway = await startGateway({ script: slow });
    const leaving = new AbortController();
    const waiting = gateway.client.call(sendMessage, { text: 'Hi' }, { signal: leaving.signal }).then(() => 'answered', () => 'left');
    await expect.poll(() => gateway.model.requests.length).toBe(1);
    leaving.abort();
    expect(await waiting).toBe('left');
    const ended = async () => readMetrics(await (await gateway.request('/metrics')).text()).get('openclaw_operation_seconds_count{operation="messages.send",outcome="timeout"}');
    await expect.poll(ended).toBe(1);
    expect(gateway.model.aborted).toBe(0);
  });

  test('is given to nobody whose credential was taken back while they waited', async () => {
    await using gateway = await startGateway({ script: slow });
    const { id, secret } = await gateway.client.call(createCredential, { kind: 'api-key', name: 'for a while' });
    const waiting = gateway.request('/api/native/messages.send', { json: { text: 'Hi' }, headers: { authorization: `Bearer ${secret}` } }).then(() => 'answered', () => 'cut');
    await expect.poll(() => gateway.model.requests.length).toBe(1);
    await gateway.client.call(revokeCredential, { credential: id });
    expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 1_000, 'waits'))])).toBe('cut');
  });
});

describe('a stream that broke off', () => {
  const ask = (gateway: TestGateway, headers: Readonly<Record<string, string>> = {}) =>
    gateway.request('/api/v1/messages/stream', { json: { workspace: 'team', userId: 'ann', message: 'Count' }, headers });
  const count: ModelScript = () => ({ text: ['one ', 'two ', 'three ', 'four'], chunkDelayMs: 60 });
  const said = (text: string) => events(text).map(({ content, type }) => (typeof content === 'string' ? content : type));

  test('goes on after the last event its reader saw, and begins no second turn', async () => {
    await using gateway = await startGateway({ script: count });
    const first = (await ask(gateway)).body?.pipeThrough(new TextDecoderStream()).getReader();
    let read = '';
    while (!read.includes('two')) read += (await first?.read())?.value ?? '';
    await first?.cancel();
    const id = [...read.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
    const rest = await (await ask(gateway, { 'last-event-id': id })).text();
    expect([...said(read), ...said(rest)]).toEqual(['one ', 'two ', 'three ', 'four', 'done']);
    expect(gateway.model.requests).toHaveLength(1);
    const [last] = /^id: turn_\w+:end$/m.exec(rest) ?? [];
    expect((await ask(gateway, { 'last-event-id': last?.slice(4) ?? '' })).status).toBe(204);
  });

  test('is the whole stream again for who asks again with the same key', async () => {
    await using gateway = await startGateway({ script: count });
    const once = await (await ask(gateway, { 'idempotency-key': 'k' })).text();
    expect(said(once)).toEqual(['one ', 'two ', 'three ', 'four', 'done']);
    expect(said(await (await ask(gateway, { 'idempotency-key': 'k' })).text())).toEqual(['one two three four', 'done']);
    expect(gateway.model.requests).toHaveLength(1);
  });

  test.each(['-1', '1e99', 'turn_none:0.msg.1.0.0', 'turn_none', '0', "' OR 1=1--"])('Last-Event-ID: %s is refused, and begins nothing', async (id) => {
    await using gateway = await startGateway({ script: count });
    const refused = await ask(gateway, { 'last-event-id': id });
    expect([400, 404]).toContain(refused.status);
    expect(gateway.model.requests).toHaveLength(0);
  });

  test('says when to come back, where the gateway stops', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-stop-'));
    let read = '';
    {
      await using gateway = await startGateway({ folder, script: () => ({ text: Array.from({ length: 400 }, (_, i) => `${i} `), chunkDelayMs: 50 }) });
      const reading = (await ask(gateway)).text();
      await gateway.model.until(() => gateway.model.requests.length === 1);
      await gateway.stop();
      read = await reading;
    }
    expect(read).toMatch(/\nretry: 1000\ndata: \{"type":"error","code":"draining".*\n\n$/);
    const id = [...read.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
    await using again = await startGateway({ folder, script: count });
    const rest = await (await ask(again, { 'last-event-id': id })).text();
    // What was said of the answer nobody finished is void; it is given anew.
    expect(said(rest)[0]).toBe('retry');
    expect(said(rest).slice(1, -1).join('')).toBe('one two three four');
  }, 20_000);
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
