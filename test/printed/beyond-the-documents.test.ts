/** What the dialects' READMEs say that they do beyond the documents. */
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ModelServer } from '../support/model-server.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { printedRequest } from './printed.ts';

let gateway: TestGateway & { readonly model: ModelServer };
beforeAll(async () => {
  gateway = await startClaudeGateway();
});
beforeEach(() => {
  gateway.model.reset();
  gateway.model.script(() => ({ text: ['one ', 'two ', 'three'], chunkDelayMs: 20 }));
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Fields = Readonly<Record<string, unknown>>;
const fields = (text: string): Fields => JSON.parse(text) as Fields; // what the gateway sends are objects
const answer = async (asked: Promise<Response>): Promise<Fields & { readonly http: number }> => {
  const response = await asked;
  const text = await response.text();
  return { ...(text === '' ? {} : fields(text)), http: response.status };
};

/** Says frames on one socket and returns what came until the last of them was answered. */
const talk = async (frames: readonly Fields[], options: { readonly path?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<readonly Fields[]> => {
  const { path = `/?token=${gateway.token}`, headers = {} } = options;
  const socket = new WebSocket(gateway.url.replace('http', 'ws') + path, { headers });
  const heard: Fields[] = [];
  socket.on('message', (data: Buffer) => heard.push(fields(data.toString())));
  await once(socket, 'open');
  for (const frame of frames) {
    socket.send(JSON.stringify(frame));
    await expect.poll(() => heard.some(({ id, type }) => id === frame['id'] && ['message', 'response', 'status', 'error', 'auth', 'done'].includes(String(type))), { timeout: 5_000 }).toBe(true);
  }
  socket.terminate();
  return heard;
};

describe('messages-v1', () => {
  test('a stream can be taken up again after any line, and begins no second turn', async () => {
    const { path, body } = printedRequest('s2-stream.http');
    const ask = (headers: Readonly<Record<string, string>> = {}) => gateway.request(path, { method: 'POST', body: body ?? '', headers: { 'content-type': 'application/json', ...headers } });
    const lines = (await (await ask()).text()).split('\n\n').filter((line) => line !== '');
    const idOf = (line = ''): string => /^id: (.+)$/m.exec(line)?.[1] ?? '';
    expect(lines).toHaveLength(4);
    const rest = await (await ask({ 'last-event-id': idOf(lines[0]) })).text();
    expect(rest).toContain('two three');
    expect(rest).toContain('"type":"done"');
    expect((await ask({ 'last-event-id': idOf(lines.at(-1)) })).status).toBe(204);
    expect(gateway.model.requests).toHaveLength(1);
  });

  test('a stream that fails says so in its last line', async () => {
    gateway.model.script(() => ({ status: 400, message: 'out of order' }));
    const { path, body = '' } = printedRequest('s2-stream.http');
    const text = await (await gateway.request(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })).text();
    expect(fields(/data: (.+)\n\n$/.exec(text)?.[1] ?? '{}')).toMatchObject({ type: 'error', code: 'model_failed', message: expect.stringContaining('out of order') });
  });

  test('the same Idempotency-Key asks once', async () => {
    const { path, body = '' } = printedRequest('s2-send.http');
    const ask = () => answer(gateway.request(path, { method: 'POST', body, headers: { 'content-type': 'application/json', 'idempotency-key': 'k1' } }));
    const first = await ask();
    expect(await ask()).toEqual(first);
    expect(gateway.model.requests).toHaveLength(1);
  });
});

describe('sessions', () => {
  test('a session can be read and deleted by its name; who does not wait is told where to look', async () => {
    const sent = await answer(gateway.request('/api/sessions/ours/messages', { json: { message: 'Hi', timeoutSeconds: 0 } }));
    expect(sent).toMatchObject({ status: 'queued', turnId: expect.stringMatching(/^turn_/), sessionKey: 'agent:main:ours' });
    expect(await answer(gateway.request('/api/sessions/ours'))).toMatchObject({ http: 200, id: sent['sessionId'], key: 'agent:main:ours' });
    expect(await answer(gateway.request('/api/sessions/ours', { method: 'DELETE' }))).toMatchObject({ http: 200, deleted: true });
    expect(await answer(gateway.request('/api/sessions/ours'))).toMatchObject({ http: 404 });
  });

  test('stream: true tells where the turn stands, and a lost socket goes on from there', async () => {
    const heard = await talk([{ type: 'message', id: 'm1', session: 'main', content: 'Count', stream: true }]);
    expect(heard.map(({ type }) => type)).toEqual(['started', 'token', 'token', 'token', 'message']);
    const rest = await talk([{ type: 'call', id: 'c1', operation: 'turns.watch', input: { turn: heard[0]?.['turn'], after: heard[1]?.['cursor'] } }]);
    expect(rest).toMatchObject([{ type: 'event', id: 'c1', event: { type: 'text', delta: 'two three' } }, { type: 'done', id: 'c1', output: { state: 'done' } }]);
  });

  test('a client that shows content shows why it failed', async () => {
    gateway.model.script(() => ({ status: 400, message: 'out of order' }));
    const heard = await talk([{ type: 'message', id: 'm1', session: 'main', content: 'Hello!' }]);
    expect(heard.find(({ id }) => id === 'm1')).toMatchObject({ type: 'error', session: 'main', content: expect.stringContaining('out of order'), payload: { code: 'MODEL_FAILED' } });
  });
});

describe('control', () => {
  test('the token may come in the first frame, or in a header', async () => {
    const [first, second] = await talk([{ type: 'auth', id: 'a', token: gateway.token }, { type: 'status', id: 's' }], { path: '/' });
    expect([first, second]).toMatchObject([{ type: 'auth', id: 'a' }, { type: 'status', id: 's' }]);
    expect(await talk([{ type: 'status', id: 's' }], { path: '/ws', headers: { authorization: `Bearer ${gateway.token}` } })).toMatchObject([{ type: 'status', id: 's' }]);
  });

  test('a chat with an idempotency_key is answered again and not done again', async () => {
    const chat = (id: string) => ({ type: 'chat', id, idempotency_key: 'k2', payload: { text: 'Hi', session: 'keyed' } });
    const heard = await talk([chat('1'), chat('2')]);
    expect(heard.filter(({ type }) => type === 'response').map(({ payload }) => payload)).toEqual([expect.objectContaining({ text: 'one two three', session: 'agent:main:keyed' }), expect.objectContaining({ text: 'one two three' })]);
    expect(gateway.model.requests).toHaveLength(1);
  });
});
