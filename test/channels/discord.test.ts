import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channelStatus, getStatus, listEvents, listSends, sessionHistory, testChannel } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { portOf } from '../../packages/gateway/src/app/listen.ts';
import { discordChannel } from '../../packages/gateway/src/drivers/channels/discord/index.ts';
import { readMessage } from '../../packages/gateway/src/drivers/channels/discord/read-message.ts';
import { FILE_HOSTS, GATEWAY_HOSTS } from '../../packages/gateway/src/drivers/channels/discord/rest-api.ts';
import { isAtHome } from '../../packages/gateway/src/drivers/channels/kit/json-socket.ts';
import { leadsTo } from '../../packages/gateway/src/drivers/channels/kit/leads-to.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { type DiscordServer, startDiscordServer } from '../support/discord-server.ts';
import { startCanary } from '../support/canary.ts';
import { startGateway, type TestGatewayOptions } from '../support/gateway.ts';

const soon = { timeout: 8_000, interval: 20 };
const ANN = '400000000000000042';
const GENERAL = { id: '600000000000000001', type: 0, name: 'general' };
const THREAD = { id: '600000000000000009', type: 11, name: 'a question', parent_id: GENERAL.id };
const inGeneral = { channel_id: GENERAL.id, channel_type: 0, guild_id: '1' };
const channels = (discord: DiscordServer, over: Readonly<Record<string, unknown>> = {}) => ({
  channels: { discord: { botToken: discord.token, apiUrl: discord.url, allowFrom: [ANN], ...over } },
});
const echo: TestGatewayOptions['script'] = ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` });

test('who writes directly is answered directly, and the health says that Discord is connected', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: echo, config: channels(discord) });
  await discord.until(() => discord.frames.length > 0);
  discord.says({ content: 'Hello there' });
  await discord.until(() => discord.sent().length === 1);
  expect(discord.sent()).toMatchObject([{ channel: discord.direct, content: 're: Hello there', quotes: undefined }]);
  const { messages } = await gateway.client.call(sessionHistory, { session: `@discord%3A${ANN}` });
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(Reflect.get((await (await gateway.request('/api/v1/health')).json()) as object, 'channels')).toEqual({ discord: 'connected' });
});

test('in a channel that is allowed a mention is answered with what it answers; a thread of it is a conversation of its own', async () => {
  await using discord = await startDiscordServer();
  discord.channel(GENERAL);
  discord.channel(THREAD);
  await using gateway = await startGateway({ script: echo, config: channels(discord, { groups: { [GENERAL.id]: {} } }) });
  await discord.until(() => discord.frames.length > 0);
  discord.says({ ...inGeneral, content: 'not for the bot' });
  const one = discord.says({ ...inGeneral, content: `<@${discord.bot.id}> one`, mentions: [discord.bot], member: { nick: 'Annie' } });
  const two = discord.says({ channel_id: THREAD.id, channel_type: 11, guild_id: '1', content: `<@${discord.bot.id}> two`, mentions: [discord.bot] });
  discord.says({ channel_id: '600000000000000002', channel_type: 0, guild_id: '1', content: `<@${discord.bot.id}> elsewhere`, mentions: [discord.bot] });
  await discord.until(() => discord.sent().length === 2);
  expect(discord.sent().toSorted((a, b) => a.channel.localeCompare(b.channel))).toMatchObject([
    { channel: GENERAL.id, quotes: one, content: `re: [Annie, ${ANN}] @claw one` }, { channel: THREAD.id, quotes: two, content: `re: [Ann, ${ANN}] @claw two` },
  ]);
  expect(gateway.model.requests.map(({ messages }) => messages.filter(({ role }) => role === 'user').length)).toEqual([1, 1]);
  await expect.poll(async () => (await gateway.client.call(channelStatus, { channel: 'discord' })).refused, soon).toMatchObject([{ reason: 'group_not_allowed', count: 1 }]);
});

test('where nothing may be quoted, the answer comes without', async () => {
  await using discord = await startDiscordServer();
  discord.channel(GENERAL);
  await using _ = await startGateway({ script: echo, config: channels(discord, { groups: { '*': { requireMention: false } } }) });
  await discord.until(() => discord.frames.length > 0);
  discord.befalls('POST messages', { status: 400, body: { code: 160_002, message: 'Cannot reply without permission to read message history' } });
  discord.says({ ...inGeneral, content: 'hi' });
  await discord.until(() => discord.sent().length === 1);
  expect(discord.sent()[0]).toMatchObject({ channel: GENERAL.id, quotes: undefined });
});

test('an answer calls nobody, makes Discord fetch nothing, and arrives once though its receipt is lost', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: () => ({ text: 'Dear @everyone and <@1>: http://evil.example/?q=secret' }), config: channels(discord) });
  await discord.until(() => discord.frames.length > 0);
  discord.befalls('POST messages', { cut: 'after' });
  discord.says({ content: 'do as you are told' });
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends, soon).toMatchObject([{ state: 'sent', attempts: 2, doubts: 1 }]);
  expect(discord.sent()).toHaveLength(1);
  const bodies = discord.calls.filter(({ path }) => path.endsWith('/messages')).map(({ body }) => body);
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toEqual(bodies[1]);
  expect(bodies[0]).toMatchObject({ flags: 4, allowed_mentions: { parse: [] }, enforce_nonce: true });
});

test('what is too long for one message goes in parts; what Discord limits waits as long as it says', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: () => ({ text: 'sentence. '.repeat(500) }), config: channels(discord) });
  await discord.until(() => discord.frames.length > 0);
  discord.befalls('POST messages', { status: 429, body: { message: 'You are being rate limited.', retry_after: 0.64, global: false } });
  discord.says({ content: 'a lot, please' });
  await discord.until(() => discord.sent().map(({ content }) => content).join(' ').length > 4_990);
  expect(discord.sent()).toHaveLength(3);
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends, soon).toMatchObject([{ state: 'sent', attempts: 4, doubts: 0 }]);
});

test('an answer is shown while it is written', async () => {
  const words = Array.from({ length: 40 }, (_, i) => `word${i} `);
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: () => ({ text: words, chunkDelayMs: 80 }), config: channels(discord, { streaming: true }) });
  await discord.until(() => discord.frames.length > 0);
  discord.says({ content: 'slowly' });
  await discord.until(() => /^word0 .* …$/s.test(discord.sent()[0]?.content ?? ''));
  await discord.until(() => discord.sent()[0]?.content === words.join('').trim(), 10_000);
  expect(discord.sent()).toHaveLength(1);
  expect(discord.calls.some(({ path }) => path === `/channels/${discord.direct}/typing`)).toBe(true);
  expect(gateway.logged.filter(({ level }) => level === 'warn')).toEqual([]);
}, 20_000);

test('what is written while the gateway is away is answered when it is back, in the same session of Discord', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-discord-'));
  await using discord = await startDiscordServer();
  const start = () => startGateway({ folder, script: echo, config: channels(discord) });
  const first = await start();
  await discord.until(() => discord.frames.length > 0);
  discord.says({ content: 'one' });
  await discord.until(() => discord.sent().length === 1);
  await first.stop();
  expect(discord.sockets).toBe(0);
  discord.says({ content: 'two' });
  const second = await start();
  await discord.until(() => discord.sent().length === 2, 8_000);
  await sleep(200);
  expect(discord.sent().map(({ content }) => content)).toEqual(['re: one', 're: two']);
  expect(discord.frames.map(({ op }) => op)).toEqual([2, 6]);
  await second.stop();
  await rm(folder, { recursive: true });
}, 30_000);

test('a session that Discord has ended is followed by a new one, and that something may be missing is said', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: echo, config: channels(discord) });
  await expect.poll(() => discord.frames.length, soon).toBe(1);
  discord.forget();
  discord.cut();
  await expect.poll(() => discord.frames.map(({ op }) => op), soon).toEqual([2, 6, 2]);
  discord.says({ content: 'hello' });
  await discord.until(() => discord.sent().length === 1);
  expect(gateway.logged.map(({ message }) => message).join('\n')).toContain('Discord has ended the session');
}, 15_000);

test('while Discord asks for another connection nothing is lost, and nobody is told of it', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: echo, config: channels(discord) });
  await expect.poll(() => discord.frames.length, soon).toBe(1);
  discord.says({ content: 'before' });
  discord.pushes({ op: 7, d: null });
  discord.says({ content: 'in between' });
  await discord.until(() => discord.frames.length === 2 && discord.sockets === 1);
  discord.says({ content: 'after' });
  await discord.until(() => discord.sent().length === 3);
  await sleep(100);
  expect(discord.sent().map(({ content }) => content)).toEqual(['re: before', 're: in between', 're: after']);
  expect(discord.frames.map(({ op }) => op)).toEqual([2, 6]);
  expect((await gateway.client.call(listEvents, {})).events.filter(({ type }) => type.startsWith('channel.')).map(({ type }) => type)).toEqual(['channel.connected']);
});

test('the place in what Discord tells moves on when a message is stored, and not before', async () => {
  await using discord = await startDiscordServer({ heartbeatMs: 60 });
  const http = openHttpClient();
  const received: string[] = [];
  const stored = Promise.withResolvers<void>();
  let place: string | undefined;
  const connect = async (wait: Promise<void>) => {
    const adapter = discordChannel.open({ botToken: discord.token, apiUrl: discord.url }, { http, log: () => {} });
    await adapter.connect({
      received: async ({ text }) => {
        received.push(text);
        await wait;
        if (text === 'two' && received.filter((one) => one === 'two').length === 1) throw new Error('the store is away');
      },
      invited: () => false,
    connected: () => {},
      disconnected: () => {},
      memory: { recall: async () => place, keep: async (kept) => void (place = kept) },
    });
    return adapter;
  };
  const first = await connect(stored.promise);
  await expect.poll(() => discord.places.taken, soon).toBe(1);
  discord.says({ content: 'one' });
  discord.tells('TYPING_START', {});
  await expect.poll(() => received, soon).toEqual(['one']);
  await sleep(300);
  expect(discord.places).toEqual({ taken: 1, told: 3 });
  stored.resolve();
  await expect.poll(() => discord.places.taken, soon).toBe(3);
  discord.says({ content: 'two' });
  await expect.poll(() => received.length, soon).toBe(2);
  await first.disconnect();
  expect(JSON.parse(place ?? '')).toMatchObject({ bot: discord.bot.id, session: { seq: 3 } });
  const second = await connect(Promise.resolve());
  await expect.poll(() => received, soon).toEqual(['one', 'two', 'two']);
  expect(discord.frames.at(-1)).toMatchObject({ op: 6, d: { seq: 3 } });
  await second.disconnect();
  await http.close();
});

test('a Discord that answers no heartbeat is left, and its session is gone on with', async () => {
  await using discord = await startDiscordServer({ heartbeatMs: 100 });
  await using gateway = await startGateway({ script: echo, config: channels(discord) });
  await expect.poll(() => discord.frames.length, soon).toBe(1);
  discord.answersHeartbeats = false;
  await expect.poll(() => gateway.logged.map(({ message }) => message).join('\n'), soon).toContain('Discord does not answer any more');
  discord.answersHeartbeats = true;
  discord.says({ content: 'meanwhile' });
  await discord.until(() => discord.sent().length === 1, 8_000);
  expect(discord.frames.map(({ op }) => op)).toEqual([2, 6]);
}, 20_000);

test.each([
  [4014, 'failed', 'Message Content Intent'],
  [4004, 'failed', 'does not accept the token'],
  [4000, 'disconnected', 'the connection to Discord is gone'],
])('an end with the code %d is %s', async (code, state, words) => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ config: channels(discord) });
  await discord.until(() => discord.frames.length > 0);
  discord.befalls('GET /users/@me', ...Array.from({ length: 20 }, () => ({ cut: 'before' as const })));
  discord.cut(code);
  await expect.poll(async () => (await gateway.client.call(listEvents, {})).events.at(-1)?.data['error'], soon).toContain(words);
  if (state === 'failed') expect((await gateway.client.call(getStatus, {})).channels).toEqual({ discord: 'failed' });
});

test('no more sessions are begun than Discord allows', async () => {
  await using discord = await startDiscordServer();
  discord.sessionsLeft = 0;
  await using gateway = await startGateway({ config: channels(discord) });
  await expect.poll(async () => (await gateway.client.call(channelStatus, { channel: 'discord' })).error, soon).toContain('no more sessions today');
  await sleep(2_500);
  expect([discord.frames, discord.calls.filter(({ path }) => path === '/gateway/bot').length]).toEqual([[], 1]);
});

test('somebody can be written to by their id', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ config: channels(discord) });
  await discord.until(() => discord.frames.length > 0);
  expect(await gateway.client.call(testChannel, { channel: 'discord', to: `user:${ANN}` })).toMatchObject({ state: 'sent' });
  expect(discord.sent(discord.direct)).toHaveLength(1);
  expect(discord.calls.find(({ path }) => path === '/users/@me/channels')?.body).toEqual({ recipient_id: ANN });
});

test('strange events stop nothing, what is told twice is answered once, and no token is ever shown', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: echo, config: channels(discord, { accounts: { default: {}, old: { botToken: 'OTk5OTk5OTk5OTk5OTk5OTk5.GOther.an-old-token-that-was-revoked' } } }) });
  await discord.until(() => discord.frames.length > 0);
  discord.pushes('nonsense');
  discord.pushes({ op: 99, d: null });
  discord.tells('MESSAGE_CREATE', null);
  discord.tells('SOMETHING_NEW', { id: 1 });
  discord.pushes({ op: 1, d: null });
  discord.says({ id: '1', content: 'one' });
  discord.says({ id: '1', content: 'one' });
  discord.says({ content: 'from another bot', author: { id: '5', username: 'bot', bot: true } });
  discord.befalls('POST messages', { status: 400, body: { message: `no ${discord.token}`, code: 50_035 } });
  discord.says({ content: 'two' });
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends.map(({ state }) => state).toSorted(), soon).toEqual(['failed', 'sent']);
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ discord: 'connected', 'discord/old': 'failed' });
  const shown = JSON.stringify([gateway.logged, await (await gateway.request('/api/native/channels.list', { json: {} })).json(), await (await gateway.request('/api/native/channels.sends', { json: {} })).json(), await (await gateway.request('/api/native/config.get', { json: {} })).json()]);
  expect(shown).toContain('no [token]');
  for (const token of [discord.token, 'an-old-token-that-was-revoked']) expect(shown).not.toContain(token);
});

test('a file in a channel says what it answers, and the words of a message without a file of Discord\'s own lead nowhere', async () => {
  await using discord = await startDiscordServer();
  discord.channel(GENERAL);
  const dialled: string[] = [];
  const elsewhere = createServer((request, response) => {
    dialled.push(request.url ?? '');
    response.end('x');
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const script: TestGatewayOptions['script'] = ({ messages }) => {
    const last = messages.at(-1);
    return last?.role === 'user' ? { toolCalls: [{ tool: 'send_file', input: { path: /kept as (\S+)\]/.exec(last.text)?.[1] ?? 'none' } }] } : { text: 'There.' };
  };
  await using gateway = await startGateway({ script, config: channels(discord, { groups: { '*': { requireMention: false } } }) });
  await discord.until(() => discord.frames.length > 0);
  const file = { name: 'a b.txt', type: 'text/plain', content: Buffer.from('what is in it') };
  const asked = discord.says({ ...inGeneral, content: '', attachments: [discord.keeps(file), { filename: 'b.txt', url: `http://127.0.0.1:${portOf(elsewhere)}/b.txt` }] });
  await discord.until(() => discord.sent().length === 2);
  expect(discord.sent().map(({ content, quotes, file: sent }) => [content, quotes, sent && Buffer.from(sent.content).toString()])).toEqual([['', asked, 'what is in it'], ['There.', asked, undefined]]);
  expect(gateway.model.requests[0]?.messages.at(-1)?.text).toMatch(/\[Attached: file, a b.txt, text\/plain, 1 kB, kept as \S+-a_b.txt\]\n\[Attached, and not looked at: file, b.txt\]$/);
  expect(dialled).toEqual([]);
  elsewhere.close();
});

test.each([
  ['https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&hm=2', true], ['https://media.discordapp.net/x', true], ['https://api.test/files/x', true],
  ['http://cdn.discordapp.com/x', false], ['https://cdn.discordapp.com:8443/x', false], ['https://cdn.discordapp.com.evil.example/x', false], ['https://cdn.discordapp.com@evil.example/x', false],
  ['https://user:word@cdn.discordapp.com/x', false], ['https://evil.example/cdn.discordapp.com', false], ['http://api.test/x', false], ['http://127.0.0.1/x', false], ['file:///etc/passwd', false], ['', false],
])('a file at %s is fetched: %s', (url, is) => {
  expect(leadsTo(url, { hosts: FILE_HOSTS, configured: 'https://api.test/api/v10' })).toBe(is);
});

test('an answer that a token of yesterday cannot send waits for another token', async () => {
  await using discord = await startDiscordServer();
  await using gateway = await startGateway({ script: echo, config: channels(discord) });
  await discord.until(() => discord.frames.length > 0);
  discord.befalls('POST messages', { status: 401, body: { message: '401: Unauthorized', code: 0 } });
  discord.says({ content: 'Hello' });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ discord: 'failed' });
  expect((await gateway.client.call(listSends, {})).sends).toMatchObject([{ state: 'queued', doubts: 0 }]);
});

test('the token is shown to Discord alone, whatever address is named for its gateway', async () => {
  await using discord = await startDiscordServer();
  await using canary = await startCanary();
  discord.gatewayAt = canary.url.replace('http', 'ws');
  await using gateway = await startGateway({ script: echo, config: channels(discord) });
  await expect.poll(async () => gateway.client.call(channelStatus, { channel: 'discord' }), soon).toMatchObject({ state: 'failed', error: `the service names an address for its socket that is not its own: ${new URL(canary.url).host}` });
  expect(canary.visits).toEqual([]);
});

test.each([
  ['wss://gateway.discord.gg', true], ['wss://gateway-us-east1-b.discord.gg/?v=10', true], ['ws://gateway.discord.gg', false], ['wss://discord.gg.evil.example', false], ['wss://gateway.discord.gg:8443', false],
])('the gateway of Discord is at %s: %s', (url, is) => {
  expect(isAtHome(url, { hosts: GATEWAY_HOSTS, configured: 'https://discord.com/api/v10' })).toBe(is);
});

const ME = { id: '900', username: 'claw' };
const read = (over: Readonly<Record<string, unknown>>) =>
  readMessage({ id: '7', channel_id: '42', channel_type: 0, type: 0, author: { id: '4', username: 'ann', global_name: 'Ann' }, content: 'Hi', timestamp: '2026-08-01T10:00:00.000000+00:00', mentions: [], attachments: [], ...over }, ME, () => undefined);

test.each<[string, Readonly<Record<string, unknown>>, object | undefined]>([
  ['a message', {}, { id: '7', channel: '42', channelType: 0, sender: { id: '4', name: 'Ann' }, mentionsMe: false, at: Date.UTC(2026, 7, 1, 10) }],
  ['somebody goes by the name they have there', { member: { nick: 'Annie' } }, { sender: { name: 'Annie' } }],
  ['or by their handle, where there is no other', { author: { id: '4', username: 'ann', global_name: null } }, { sender: { name: 'ann' } }],
  ['its own words are not told', { author: { id: '900', username: 'claw' } }, undefined],
  ['nor what another bot writes', { author: { id: '5', username: 'b', bot: true } }, undefined],
  ['nor what a webhook writes', { webhook_id: '6' }, undefined],
  ['nor that somebody joined', { type: 7 }, undefined],
  ['an answer to it is addressed to it', { type: 19, referenced_message: { author: { id: '900', username: 'claw' } } }, { mentionsMe: true }],
  ['an answer to another is not', { type: 19, referenced_message: { author: { id: '5', username: 'b' } } }, { mentionsMe: false }],
  ['an answer to what is gone is not', { type: 19, referenced_message: null }, { mentionsMe: false }],
  ['its name without a mark of Discord is not a mention', { content: '@claw hi' }, { mentionsMe: false }],
  ['to call everybody is not to call it', { content: '@everyone hi', mention_everyone: true }, { mentionsMe: false }],
  ['what people see of it', { content: '<@900> <@!5> <@6> <:party:123> <a:dance:4>', mentions: [{ id: '900', username: 'claw' }, { id: '5', username: 'bob', global_name: 'Bob' }] }, { text: '@claw @Bob <@6> :party: :dance:', mentionsMe: true }],
  ['a picture without words', { content: '', attachments: [{ filename: 'a.png', content_type: 'image/png', size: 2_000 }] }, { text: '', attachments: [{ kind: 'image', name: 'a.png', type: 'image/png', bytes: 2_000 }] }],
  ['a sticker', { content: '', sticker_items: [{ id: '1', name: 'Wave' }] }, { attachments: [{ kind: 'other', name: 'sticker Wave' }] }],
  ['what is passed on', { content: '', message_snapshots: [{ message: { content: 'their words', attachments: [{ filename: 'b.txt' }] } }] }, { text: '[Forwarded] their words', attachments: [{ kind: 'file', name: 'b.txt' }] }],
  ['nothing at all', { content: '' }, undefined],
  ['a time that is none', { timestamp: 'now' }, undefined],
])('%s', (_, over, expected) => {
  if (!expected) return expect(read(over)).toBeUndefined();
  expect(read(over)).toMatchObject(expected);
});
