/** The frames and the WebSocket clients that the documents print. */
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { defineTool } from '../../packages/gateway/src/engine/ports/tool.ts';
import type { ModelServer } from '../support/model-server.ts';
import type { TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { like } from './ask.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed, printedJson } from './printed.ts';

type FrameJson = Readonly<Record<string, unknown>> & { readonly type: string };

/** A shell that only repeats what the document prints of it. */
const shell = defineTool({
  name: 'shell',
  description: 'Runs a command',
  effect: 'none',
  input: z.strictObject({ command: z.string() }),
  run: async () => 'On branch main\nnothing to commit',
});

let gateway: TestGateway & { readonly model: ModelServer };
let desk: Desk;
beforeAll(async () => {
  [gateway, desk] = await Promise.all([startClaudeGateway({ tools: [shell] }), makeDesk()]);
});
beforeEach(() => {
  gateway.model.reset();
  gateway.model.script(({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}`, usage: { inputTokens: 800, outputTokens: 47 } }));
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const wsUrl = ({ url }: Pick<TestGateway, 'url'>): string => url.replace('http', 'ws');
const withToken = (path = '', of: TestGateway = gateway): string => `${wsUrl(of)}${path}?token=${of.token}`;

interface Line extends Disposable {
  readonly socket: WebSocket;
  readonly frames: readonly FrameJson[];
  say(frame: object | string): void;
  /** The first frame, now or soon, of which this holds. */
  hear(holds: (frame: FrameJson) => boolean): Promise<FrameJson>;
  readonly closed: Promise<number>;
}

const connect = async (url: string): Promise<Line> => {
  const socket = new WebSocket(url);
  const frames: FrameJson[] = [];
  // Every frame of the gateway is an object with a type; where one is not, `hear` finds nothing.
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as FrameJson));
  const closed = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return {
    socket,
    frames,
    closed,
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    hear: async (holds) => expect.poll(() => frames.find(holds), { timeout: 5_000, interval: 10 }).toBeDefined().then(() => frames.find(holds) ?? { type: 'none' }),
    [Symbol.dispose]: () => socket.terminate(),
  };
};

const answerTo = (id: unknown) => (frame: FrameJson): boolean => frame['id'] === id;
const isType = (type: string) => (frame: FrameJson): boolean => frame.type === type;

describe('frames of the second document', () => {
  verifies('s1.format', async () => {
    using line = await connect(withToken());
    line.say(printed('s1-status.jsonc'));
    const reply = await line.hear(answerTo('status-001'));
    expect(Object.keys(reply).toSorted()).toEqual(Object.keys(printedJson('s1-envelope.jsonc')).toSorted());
    expect(reply).toEqual(like(printedJson('s1-envelope.jsonc')));
    expect(Math.abs(Date.parse(String(reply['timestamp'])) - Date.now())).toBeLessThan(10_000);
  });

  verifies('s1.made-id', async () => {
    using line = await connect(withToken());
    const { id: _, ...without } = printedJson('s1-status.jsonc');
    line.say(without);
    const reply = await line.hear(isType('status'));
    expect(reply['id']).toEqual(expect.stringMatching(/^\w{8,}$/));
    line.say({ ...without, id: 'mine' });
    expect(await line.hear(answerTo('mine'))).toMatchObject({ type: 'status' });
  });

  verifies('s1.chat', async () => {
    using line = await connect(withToken());
    line.say(printed('s1-chat.jsonc'));
    const reply = await line.hear(answerTo('msg-001'));
    const example = printedJson('s1-chat-reply.jsonc');
    expect(reply.type).toBe('response');
    expect(reply['payload']).toEqual(like(example['payload'] as FrameJson)); // an object, as printed
    expect(reply['payload']).toMatchObject({ text: "Heard: What's the status of our deployment?", tool_calls: [], tokens_used: 847 });
    // The context reaches the agent.
    expect(gateway.model.requests[0]?.system).toContain('api-client');
    gateway.model.script(({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'shell', input: { command: 'git status' } }] } : { text: 'Clean.' }));
    line.say({ ...printedJson('s1-chat.jsonc'), id: 'msg-002' });
    expect(await line.hear(answerTo('msg-002'))).toMatchObject({ payload: { text: 'Clean.', tool_calls: [{ tool: 'shell', args: 'git status' }] } });
  });

  verifies('s1.chat-model', async () => {
    using line = await connect(withToken());
    line.say(printed('s1-chat.jsonc'));
    await line.hear(answerTo('msg-001'));
    expect(gateway.model.requests).toMatchObject([{ wire: 'anthropic', model: 'claude-haiku-4-5-20251001' }]);
  });

  verifies('s1.no-memory', async () => {
    using line = await connect(withToken());
    const chat = printed('s1-chat.jsonc');
    line.say(chat.replace("What's the status of our deployment?", 'The secret word is heron.'));
    await line.hear(answerTo('msg-001'));
    const said = (index: number): string => JSON.stringify(gateway.model.requests[index]?.messages);
    line.say(chat.replace('msg-001', 'msg-002'));
    await line.hear(answerTo('msg-002'));
    expect(said(1)).toContain('heron');
    line.say(chat.replace('msg-001', 'msg-003').replace('"no_memory": false', '"no_memory": true'));
    await line.hear(answerTo('msg-003'));
    expect(said(2)).not.toContain('heron');
  });

  verifies('s1.status-frame', async () => {
    using line = await connect(withToken());
    line.say(printed('s1-status.jsonc'));
    expect(await line.hear(answerTo('status-001'))).toMatchObject({ type: 'status', payload: { status: 'ok', version: expect.any(String), uptime: expect.any(Number), model: 'anthropic/claude-sonnet-4' } });
  });
});

describe('what is pushed', () => {
  const busy = (): void => gateway.model.script(({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'shell', input: { command: 'git status' } }] } : { text: 'Clean.' }));

  /** Somebody who has asked for something, and hears from then on what happens in a turn that others begin. */
  const watching = async (): Promise<Line> => {
    const line = await connect(withToken());
    line.say(printed('s1-status.jsonc'));
    await line.hear(answerTo('status-001'));
    return line;
  };
  const elsewhere = () => gateway.request('/api/sessions/main/messages', { json: { message: 'How is the branch?' } });

  verifies('s1.tool-call', async () => {
    busy();
    using line = await watching();
    await elsewhere();
    const pushed = await line.hear(isType('tool_call'));
    expect(pushed).toMatchObject(printedJson('s1-tool-call.jsonc'));
  });

  verifies('s1.tool-result', async () => {
    busy();
    using line = await watching();
    await elsewhere();
    expect(await line.hear(isType('tool_result'))).toMatchObject(printedJson('s1-tool-result.jsonc'));
    gateway.model.script(({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'no-such-tool', input: {} }] } : { text: 'It failed.' }));
    await elsewhere();
    expect(await line.hear((frame) => JSON.stringify(frame['payload']).includes('"exit_code":1'))).toMatchObject({ payload: { tool: 'no-such-tool' } });
  });

  verifies('s1.error-frame', async () => {
    gateway.model.script(() => ({ status: 400, message: 'the model is out' }));
    using line = await watching();
    await elsewhere();
    const pushed = await line.hear(isType('error'));
    expect(pushed['payload']).toEqual(like(printedJson('s1-error.jsonc')['payload'] as FrameJson)); // an object, as printed
    expect(pushed['payload']).toMatchObject({ code: 'MODEL_FAILED', message: expect.stringContaining('the model is out') });
    // Without a token the frame is the printed one, its words our own.
    using stranger = await connect(wsUrl(gateway));
    stranger.say(printed('s1-status.jsonc'));
    const refused = await stranger.hear(isType('error'));
    expect(refused['payload']).toMatchObject({ code: 'AUTH_REQUIRED', message: expect.stringContaining('token') });
  });

  verifies('s0.live', async () => {
    busy();
    gateway.model.script(({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'shell', input: { command: 'git status' } }] } : { text: ['All ', 'is ', 'clean.'], chunkDelayMs: 20 }));
    using line = await connect(withToken('/ws'));
    line.say({ type: 'message', session: 'main', content: 'How is the branch?', stream: true });
    await line.hear(isType('message'));
    expect(line.frames.filter(isType('token')).map(({ content }) => content)).toEqual(['All ', 'is ', 'clean.']);
    expect(line.frames.map(({ type }) => type).filter((type) => type.startsWith('tool'))).toEqual(['tool_call', 'tool_result']);
    expect(line.frames.at(-1)).toMatchObject({ type: 'message', content: 'All is clean.' });
  });
});

describe('clients', () => {
  verifies('s0.websocket', async () => {
    const code = printed('s0-websocket.js', { 'localhost:18789': new URL(gateway.url).host, 'your-token': gateway.token });
    const client = desk.run('node', [await desk.write('websocket.mjs', code)]);
    await client.until('Agent response:');
    // Nothing else comes that this client would show as an answer.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.said()).toEqual({ out: 'Agent response: Heard: Hello!\n', err: '' });
    await client.stop();
  });

  verifies('s0.token-in-address', async () => {
    using line = await connect(withToken('/ws'));
    line.say({ type: 'message', session: 'main', content: 'Hello!' });
    expect(await line.hear(isType('message'))).toMatchObject({ session: 'main', content: 'Heard: Hello!', sessionKey: 'agent:main:main' });
    expect(JSON.stringify(gateway.logged)).not.toContain(gateway.token);
    using wrong = await connect(`${wsUrl(gateway)}/ws?token=your-token`);
    expect(await wrong.closed).toBe(4401);
  });

  verifies('s1.connect', async () => {
    // As printed, without a token: where authentication is off.
    await using open = await startClaudeGateway({ config: { gateway: { auth: { enabled: false } } } });
    const code = printed('s1-connect.js', { 'ws://localhost:18789': wsUrl(open) });
    const client = desk.run('node', [await desk.write('connect.mjs', `${code}\nglobalThis.say = setTimeout(() => ws.send(${JSON.stringify(printed('s1-status.jsonc'))}), 300);\n`)]);
    await client.until('Received: ');
    // Before the client has asked for anything, nothing is pushed.
    expect(client.said().out).toMatch(/^Connected to OpenClaw gateway\nReceived: status \{\n {2}status: 'ok'/);
    await client.stop();
  });

  verifies('s1.token-in-address', async () => {
    const first = printed('s1-connect-token.js', { 'ws://localhost:18789': wsUrl(gateway), 'your-auth-token': gateway.token });
    const code = printed('s1-connect.js', { "const ws = new WebSocket('ws://localhost:18789');": first.trim() });
    const client = desk.run('node', [await desk.write('token.mjs', `${code}\nsetTimeout(() => ws.send(${JSON.stringify(printed('s1-chat.jsonc'))}), 300);\n`)]);
    await client.until("text: \"Heard: What's the status of our deployment?\"");
    expect(client.said().out).toMatch(/^Connected to OpenClaw gateway\nReceived: response/);
    await client.stop();
  });

  verifies('s1.node-client', async () => {
    const code = printed('s1-node-client.mjs', { 'ws://localhost:18789': wsUrl(gateway) });
    const client = desk.run('node', [await desk.write('node-client.mjs', code)], { OPENCLAW_AUTH_TOKEN: gateway.token });
    await client.until('Agent says:');
    expect(client.said().out).toMatch(/^Gateway status: \{\n {2}status: 'ok',[^]*Agent says: Heard: Summarize today's alerts\n$/);
    await client.stop();
  });

  verifies('s1.wscat', async () => {
    const [command = '', typed = ''] = printed('s1-wscat.sh', { 'ws://localhost:18789': wsUrl(gateway), 'your-token': gateway.token }).split('\n');
    // What `npx` finds is our own: wscat stands among this repository's packages.
    // It says only on a terminal that it is connected: `script` gives it one.
    const client = desk.run('script', ['-qfec', command.replace(/^npx /, ''), '/dev/null'], { TERM: 'dumb', SHELL: '/bin/bash' });
    await client.until('Connected');
    client.type(typed.replace(/^> /, ''));
    await client.until('Heard: ping');
    expect(client.said().out).toMatch(/< \{"type":"response","id":"t1","payload":\{"text":"Heard: ping","tool_calls":\[\],"tokens_used":847/);
    client.type('\u0003');
    await client.stop();
  });
});

describe('websocat', () => {
  /**
   * Cargo's websocat is not to be had here. This does what it does on the wire: each line of its input is a message, at the end of the
   * input it says goodbye, and then it prints what comes until the server has said it too.
   */
  const websocat = `#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
const socket = new WebSocket(process.argv[2]);
socket.on('message', (data) => console.log(String(data)));
socket.on('open', async () => {
  const lines = await Array.fromAsync(createInterface({ input: process.stdin }));
  for (const line of lines) socket.send(line);
  socket.close();
});
`;
  const pipe = async (script: string): Promise<FrameJson> => {
    await chmod(await desk.write('websocat', websocat), 0o700);
    const { code, out, err } = await desk.run('bash', ['-c', script], { PATH: `${desk.folder}:${dirname(process.execPath)}:/usr/bin:/bin` }).ended;
    expect([code, err]).toEqual([0, '']);
    return JSON.parse(out) as FrameJson; // one frame, which is an object
  };
  // As printed there, without a token: where authentication is off.
  const openDoor = () => startClaudeGateway({ config: { gateway: { auth: { enabled: false } } }, script: () => ({ text: 'Hello yourself', delayMs: 300 }) });

  verifies('s1.websocat-chat', async () => {
    await using open = await openDoor();
    expect(await pipe(printed('s1-websocat-chat.sh', { 'ws://localhost:18789': wsUrl(open) }))).toMatchObject({ type: 'response', id: 'test-1', payload: { text: 'Hello yourself' } });
  });

  verifies('s1.websocat-status', async () => {
    await using open = await openDoor();
    expect(await pipe(printed('s1-websocat-status.sh', { 'ws://localhost:18789': wsUrl(open) }))).toMatchObject({ type: 'status', id: 'test', payload: { status: 'ok' } });
  });

  test('who only watches can leave at once', async () => {
    using line = await connect(withToken());
    line.say({ type: 'call', id: 'w', operation: 'activity.watch', input: {} });
    line.say({ ...printedJson('s1-status.jsonc'), id: 's' });
    await line.hear(answerTo('s'));
    const left = performance.now();
    line.socket.close();
    expect(await line.closed).toBe(1005);
    expect(performance.now() - left).toBeLessThan(1_000);
  });
});

describe('what is refused', () => {
  const refusedWith = async (line: Line): Promise<unknown> => {
    const { payload } = await line.hear(isType('error'));
    return (payload as { code: unknown }).code; // the one form of error frames
  };

  verifies('s1.auth-required', async () => {
    using line = await connect(wsUrl(gateway));
    line.say(printed('s1-chat.jsonc'));
    expect(await refusedWith(line)).toBe('AUTH_REQUIRED');
    expect(await line.closed).toBe(4401);
    expect(gateway.model.requests).toEqual([]);
  });

  verifies('s1.auth-invalid', async () => {
    using line = await connect(`${wsUrl(gateway)}?token=your-auth-token`);
    expect(await refusedWith(line)).toBe('AUTH_INVALID');
    expect(await line.closed).toBe(4401);
    expect(line.frames).toHaveLength(1);
  });

  verifies('s1.rate-limited', async () => {
    await using limited = await startClaudeGateway({ config: { api: { port: null, rateLimit: 2 } } });
    using line = await connect(withToken('', limited));
    for (const id of ['1', '2', '3']) line.say({ ...printedJson('s1-status.jsonc'), id });
    expect(await line.hear(answerTo('3'))).toMatchObject({ type: 'error', payload: { code: 'RATE_LIMITED', message: expect.any(String), retry_after: expect.any(Number) } });
    expect(line.frames.filter(isType('status'))).toHaveLength(2);
    // Who guesses tokens is not let in any more, not even to read why: the handshake itself is refused.
    let code: unknown;
    for (let tries = 0; tries < 30 && code !== 429; tries++) {
      const socket = new WebSocket(`${wsUrl(limited)}?token=wrong-${tries}`);
      socket.on('error', () => {});
      code = await new Promise((resolve) => {
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
        socket.on('close', resolve);
      });
      socket.terminate();
    }
    expect(code).toBe(429);
  });

  const limits = printedJson('s1-max-connections.jsonc');

  verifies('s1.max-connections', async () => {
    await using small = await startClaudeGateway({ config: limits });
    const lines = await Promise.all(Array.from({ length: 10 }, () => connect(withToken('', small))));
    for (const line of lines) line.say(printed('s1-status.jsonc'));
    for (const line of lines) expect(await line.hear(answerTo('status-001'))).toMatchObject({ type: 'status' });
    using eleventh = await connect(withToken('', small));
    expect(await refusedWith(eleventh)).toBe('GATEWAY_BUSY');
    // A place that becomes free is given away again.
    lines[0]?.socket.close();
    await lines[0]?.closed;
    using next = await connect(withToken('', small));
    next.say(printed('s1-status.jsonc'));
    expect(await next.hear(() => true)).toMatchObject({ type: 'status' });
    for (const line of lines) line[Symbol.dispose]();
  });

  verifies('s1.gateway-busy', async () => {
    await using small = await startClaudeGateway({ config: { gateway: { max_connections: 1 } } });
    using first = await connect(withToken('', small));
    using second = await connect(withToken('', small));
    expect(await second.hear(isType('error'))).toMatchObject({ payload: { code: 'GATEWAY_BUSY', message: expect.stringContaining('gateway.max_connections'), retry_after: expect.any(Number) } });
    expect(await second.closed).toBe(1013);
    expect(first.socket.readyState).toBe(WebSocket.OPEN);
  });
});
