import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getStatus } from '@openclaw/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { verifies } from '../requirements/verifies.ts';
import { askSigned, writeChannel } from '../support/custom-channel.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { printed, printedJson } from './printed.ts';

const SECRET = 'a-secret-of-the-channel';
let folder = '';
let port = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openclaw-channel-'));
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  port = portOf(taken);
  await new Promise((resolve) => taken.close(resolve));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const connected = async (gateway: TestGateway, state = 'connected', name = 'http-api'): Promise<void> => {
  for (let tries = 0; (await gateway.client.call(getStatus, {})).channels[name] !== state; tries++) {
    if (tries > 100) throw new Error(`the channel is not ${state}: ${JSON.stringify(gateway.logged.slice(-5))}`);
    await sleep(50);
  }
};

const start = async (source: string, config: Readonly<Record<string, unknown>> = {}): Promise<TestGateway> => {
  await writeChannel(folder, 'http-api', source);
  return startGateway({ folder, script: ({ messages }) => ({ text: `You said: ${messages.at(-1)?.text}` }), config: { channels: { 'http-api': { port, hmac_secret: SECRET, ...config } } } });
};

const at = (path: string): string => `http://127.0.0.1:${port}${path}`;
const ask = (text: string, more: object = {}) => askSigned(at('/message'), { body: { text, user_id: 'ann', user_name: 'Ann', ...more }, secret: SECRET });

verifies('s1.custom-channel', async () => {
  await using gateway = await start(printed('s1-http-api-channel.ts'));
  await connected(gateway);
  expect(await ask('Hello')).toEqual({ status: 200, json: { reply: 'You said: Hello', message_id: expect.any(String) } });
  expect(await ask('And elsewhere', { conversation_id: 'other' })).toMatchObject({ json: { reply: 'You said: And elsewhere' } });
  // The class looks at the signature of every request, of those for its health too.
  expect(await askSigned(at('/health'), { method: 'GET', secret: SECRET })).toEqual({ status: 200, json: { ok: true, uptime: expect.any(Number) } });
  expect((await askSigned(at('/message'), { body: { text: 'x' }, secret: 'wrong' })).status).toBe(401);
  expect((await gateway.client.call(getStatus, {})).channels).toEqual({ 'http-api': 'connected' });
});

test('the example is the printed class, line by line', async () => {
  const flat = (text: string): string => text.replace(/^[ \t]+/gm, '');
  const example = await readFile(join(import.meta.dirname, '../../examples/custom-channel/channels/http-api/index.ts'), 'utf8');
  expect(flat(example)).toBe(flat(printed('s1-http-api-channel.ts')));
});

verifies('s1.channel-limits', async () => {
  const { channels } = printedJson('s1-channel-limits.jsonc') as { channels: { 'http-api': object } }; // Printed so.
  await using gateway = await start(printed('s1-http-api-channel.ts'), { ...channels['http-api'], max_messages_per_hour: 2 });
  await connected(gateway);
  expect(channels['http-api']).toEqual({ max_messages_per_hour: 100, cooldown_seconds: 2, max_connections: 10 });
  expect((await ask('one')).json).toMatchObject({ reply: 'You said: one' });
  expect((await ask('too soon')).json).toMatchObject({ reply: 'Please leave 2 s between messages.' });
  expect((await ask('from Bob', { user_id: 'bob' })).json).toMatchObject({ reply: 'You said: from Bob' });
  expect((await ask('too many', { user_id: 'carl' })).json).toMatchObject({ reply: 'Too many messages for this hour. Please try again later.' });
});

test('max_connections is what the program takes at once', async () => {
  await using gateway = await start(printed('s1-http-api-channel.ts'), { max_connections: 2 });
  await connected(gateway);
  const { connect } = await import('node:net');
  const sockets = Array.from({ length: 4 }, () => connect(port, '127.0.0.1'));
  const closed = await Promise.all(sockets.map((socket) => Promise.race([new Promise((resolve) => socket.once('close', () => resolve(true)).on('error', () => {})), sleep(300, false)])));
  expect(closed.filter(Boolean)).toHaveLength(2);
  for (const socket of sockets) socket.destroy();
});

const CLASS = (body: string): string => `export default class Own { name = 'http-api'; async connect(config, context) {} async sendReply() {} async disconnect() {} ${body} }`;

test.each<[string, string, RegExp]>([
  ['at import', `throw new Error('not today');`, /not today/],
  ['in its text', `export default class {{{`, /./],
  ['without a class', 'export const nothing = 1;', /default export/],
  ['in connect', CLASS(`async connect() { throw new Error('no service'); }`), /no service/],
  ['in a callback', CLASS(`async connect() { setTimeout(() => { throw new Error('later'); }, 50); }`), /later/],
  ['in a promise that nobody waits for', CLASS(`async connect() { setTimeout(() => Promise.reject(new Error('left alone')), 50); }`), /left alone/],
  ['by leaving', CLASS(`async connect() { setTimeout(() => process.exit(3), 50); }`), /ended/],
  ['by taking all memory', CLASS(`async connect() { setTimeout(() => { const all = []; for (;;) all.push(new Array(100_000).fill({})); }, 50); }`), /memory|ended/i],
])('a program that fails %s does not take the gateway down', async (_, source, reason) => {
  await using gateway = await start(source);
  await expect.poll(() => gateway.logged.filter(({ level }) => level === 'warn').map(({ message, fields }) => `${message} ${JSON.stringify(fields)}`).join('\n'), { timeout: 15_000 }).toMatch(reason);
  expect((await gateway.request('/healthz')).status).toBe(200);
  const { channels } = await gateway.client.call(getStatus, {});
  expect(['disconnected', 'connecting', 'connected']).toContain(channels['http-api']);
}, 30_000);

test('what sendReply throws is told in the log, and the answer is tried again', async () => {
  const source = CLASS(`async connect(config, context) { await context.onMessage({ id: 'm1', text: 'Hello', sender: { id: 'ann' }, conversation: { id: 'default', type: 'direct' }, timestamp: Date.now() }); console.log('stored'); }
    tries = 0; async sendReply(message, reply) { if (++this.tries < 2) throw new Error('busy'); console.log('replied ' + message.id + ' ' + reply); }`);
  await using gateway = await start(source);
  await expect.poll(() => gateway.logged.map(({ message }) => message), { timeout: 8_000 }).toContain('http-api: replied m1 You said: Hello');
  expect(gateway.logged.some(({ fields }) => String(fields['cause']).includes('busy'))).toBe(true);
  expect(gateway.logged.map(({ message }) => message)).toContain('http-api: stored');
});

test('a program is loaded from the state directory, and only where the configuration names it', async () => {
  await writeChannel(folder, 'loud', `console.log('loaded'); ${CLASS('')}`);
  await using gateway = await startGateway({ folder, config: { channels: { nowhere: {} } } });
  await connected(gateway, 'failed', 'nowhere');
  expect(gateway.logged.map(({ message }) => message).join('\n')).toContain(`one of your own would be ${join(folder, 'channels', 'nowhere', 'index.ts')}`);
  expect(gateway.logged.map(({ message }) => message).join('\n')).not.toContain('loaded');
});
