import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { channelStatus, getStatus, listSends } from '@openclaw/contract';
import { describe, expect, test, vi } from 'vitest';
import { ircChannel } from '../../packages/gateway/src/drivers/channels/irc/index.ts';
import { parseLine } from '../../packages/gateway/src/drivers/channels/irc/irc-line.ts';
import { readMessage } from '../../packages/gateway/src/drivers/channels/irc/read-message.ts';
import { splitText } from '../../packages/gateway/src/drivers/channels/irc/split-text.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { needs } from '../support/debian.ts';
import { startGateway } from '../support/gateway.ts';
import { type IrcServer, type IrcServerOptions, startIrcServer } from '../support/irc-server.ts';
import { chatter, startNgircd } from '../support/ngircd.ts';

const http = openHttpClient();
const soon = { timeout: 8_000, interval: 20 };
const PASSWORD = 'a-password-of-irc';
const channels = ({ port }: Pick<IrcServer, 'port'>, over: Readonly<Record<string, unknown>> = {}) => ({
  channels: { irc: { server: '127.0.0.1', port, tls: false, nick: 'Claw', allowFrom: ['ann'], ...over } },
});
const echo = { script: ({ messages }: { readonly messages: readonly { readonly text: string }[] }) => ({ text: `You said: ${messages.at(-1)?.text}` }) };

const scene = async (section: Readonly<Record<string, unknown>> = {}, options: IrcServerOptions = {}) => {
  const irc = await startIrcServer(options);
  const gateway = await startGateway({ ...echo, config: channels(irc, section) });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels['irc'], soon).toBe('connected');
  const refused = async () => Object.fromEntries((await gateway.client.call(channelStatus, { channel: 'irc' })).refused.map(({ reason, count }) => [reason, count]));
  const dispose = async () => {
    await gateway[Symbol.asyncDispose]();
    await irc[Symbol.asyncDispose]();
  };
  return { irc, gateway, refused, [Symbol.asyncDispose]: dispose };
};

test('who is logged in to an account on the list is answered, whatever they are called today', async () => {
  await using at = await scene();
  at.irc.says({ text: 'Hello', nick: 'Ann_away', account: 'ann' });
  await at.irc.until(() => at.irc.texts('Ann_away').length === 1);
  expect(at.irc.texts('Ann_away')).toEqual(['You said: Hello']);
});

test('a nickname and a host count for nothing: they are anybody\'s, and are not even given a code', async () => {
  await using at = await scene({ dmPolicy: 'pairing', allowFrom: ['ann', 'ann!~ann@home.example', '?ann!~ann@home.example', 'irc:ann!~ann@home.example'] });
  at.irc.says({ text: 'It is me', nick: 'ann' });
  at.irc.says({ text: 'It is me', nick: 'ann', account: '' });
  at.irc.says({ text: 'It is me', nick: 'ann', account: 'ann!~ann@home.example' });
  at.irc.says({ text: 'Another account', nick: 'ann', account: 'Ann2' });
  await expect.poll(at.refused, soon).toEqual({ sender_unproven: 3, pairing: 1 });
  expect(at.irc.texts('ann').join()).not.toContain('You said');
});

test('unless the owner knows that the hosts of this network are what they say', async () => {
  await using at = await scene({ trustHostmasks: true, allowFrom: ['ann!~ann@home.example'], dmPolicy: 'allowlist' });
  at.irc.says({ text: 'It is me', nick: 'Ann', host: 'HOME.example' });
  at.irc.says({ text: 'It is me', nick: 'Ann', host: 'elsewhere.example' });
  await at.irc.until(() => at.irc.texts('Ann').length === 1);
  await expect.poll(at.refused, soon).toEqual({ not_allowed: 1 });
});

test('in a channel it answers those who address it, and shows what strangers say as data', async () => {
  await using at = await scene({ join: ['#Friends sesame', '#others'], groups: { '#Friends': {} } });
  await at.irc.until(() => at.irc.joined.size === 2);
  expect(at.irc.lines.map(({ line }) => line)).toContain('JOIN #Friends sesame');
  at.irc.says({ text: 'just talking of claw', to: '#friends', account: 'ann' });
  at.irc.says({ text: 'claw: what now?', to: '#FRIENDS', nick: 'bob', user: 'b', host: 'h' });
  await at.irc.until(() => at.irc.texts('#Friends').length === 2);
  expect(at.irc.texts('#Friends').join()).toMatch(/came from outside.*\[bob, \?bob!b@h\] claw: what now\?/s);
  at.irc.says({ text: 'claw: and here?', to: '#others', account: 'ann' });
  await expect.poll(at.refused, soon).toEqual({ group_not_allowed: 1 });
});

test('SASL for a long password, a nickname that is taken, and its own name again when it is free', async () => {
  const long = 'x'.repeat(290);
  await using at = await scene({ sasl: { account: 'claw', password: long } }, { accounts: { claw: long }, nicksInUse: ['Claw'] });
  expect(at.irc.nick).toBe('Claw_');
  expect(at.irc.lines.filter(({ line }) => line.startsWith('NICK Claw')).map(({ line }) => line).slice(0, 3)).toEqual(['NICK Claw', 'NICK Claw_', 'NICK Claw']);
  expect(at.irc.lines.findIndex(({ line }) => line === 'CAP END')).toBeGreaterThan(at.irc.lines.findLastIndex(({ line }) => line.startsWith('AUTHENTICATE')));
  at.irc.says({ text: 'Hi', account: 'ann' });
  await at.irc.until(() => at.irc.texts('Ann').length === 1);
  expect(JSON.stringify(at.gateway.logged)).not.toContain(long);
});

test('a server without capabilities, with a password, and NickServ before channels that want to know who comes', async () => {
  await using at = await scene({ password: PASSWORD, nickServPassword: 'nickserv-password', join: ['#a'] }, { capabilities: [], password: PASSWORD });
  await at.irc.until(() => at.irc.joined.has('#a'));
  expect(at.irc.texts('NickServ')).toEqual(['IDENTIFY nickserv-password']);
  const lines = at.irc.lines.map(({ line }) => line);
  expect(lines.indexOf('JOIN #a')).toBeGreaterThan(lines.indexOf('PRIVMSG NickServ :IDENTIFY nickserv-password'));
  at.irc.says({ text: 'Nobody says who I am' });
  await expect.poll(at.refused, soon).toEqual({ sender_unproven: 1 });
  expect(JSON.stringify([at.gateway.logged, await (await at.gateway.request('/api/native/config.get', { json: {} })).json()])).not.toMatch(/a-password-of-irc|nickserv-password/);
}, 20_000);

test('SASL that is not to be had, or a wrong password of the server, is for the owner to mend', async () => {
  await using without = await startIrcServer({ capabilities: [] });
  await using closed = await startIrcServer({ password: PASSWORD });
  await using gateway = await startGateway({
    config: { channels: { irc: { server: '127.0.0.1', tls: false, nick: 'Claw', accounts: { default: { port: without.port, sasl: { account: 'claw', password: PASSWORD } }, other: { port: closed.port, password: 'not-that-password' } } } } },
  });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ irc: 'failed', 'irc/other': 'failed' });
  expect(JSON.stringify(gateway.logged)).not.toMatch(/a-password-of-irc|not-that-password/);
});

test('words go out slowly enough for any server, in lines that no server cuts', async () => {
  const text = Array.from({ length: 2 }, (_, i) => `${i} ${'ячейка 🦞 '.repeat(40)}`).join('\n');
  await using irc = await startIrcServer();
  await using gateway = await startGateway({ script: () => ({ text }), config: channels(irc) });
  await irc.until(() => irc.nick !== undefined);
  irc.says({ text: 'a lot', account: 'ann' });
  await irc.until(() => irc.texts('Ann').join(' ').replaceAll(/\s+/g, ' ').length >= text.replaceAll(/\s+/g, ' ').trim().length, 60_000);
  expect(irc.texts('Ann').join(' ').replaceAll(/\s+/g, ' ')).toBe(text.replaceAll(/\s+/g, ' ').trim());
  for (const line of irc.texts('Ann')) expect(Buffer.byteLength(`:Claw!~0123456789@${'h'.repeat(63)} PRIVMSG Ann :${line}\r\n`)).toBeLessThanOrEqual(512);
  const written = irc.lines.filter(({ line }) => /^(?:PRIVMSG|PING) /.test(line)).map(({ at }) => at);
  const within = (ms: number): number => Math.max(...written.map((start) => written.filter((at) => at >= start && at < start + ms).length));
  expect(within(1_900)).toBeLessThanOrEqual(6);
  expect(within(9_900)).toBeLessThanOrEqual(10);
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends.map(({ state, doubts }) => [state, doubts]), soon).toEqual([['sent', 0]]);
}, 90_000);

test('what has a name and comes twice is answered once, what is from yesterday is not, and a strange line stops nothing', async () => {
  await using at = await scene();
  at.irc.says({ text: 'one', account: 'ann', id: 'a' });
  at.irc.says({ text: 'one', account: 'ann', id: 'a' });
  at.irc.says({ text: 'old', account: 'ann', id: 'b', at: Date.now() - 17 * 3_600_000 });
  at.irc.tells('@msgid=;=;;\\ ::: PRIVMSG');
  at.irc.tells(':irc.test 999');
  at.irc.says({ text: 'two', account: 'ann', id: 'c' });
  await at.irc.until(() => at.irc.texts('Ann').length === 2);
  expect(at.irc.texts('Ann')).toEqual(['You said: one', 'You said: two']);
  expect(await at.refused()).toEqual({ stale: 1 });
});

test('a certificate that nobody vouches for is not accepted, one of the owner\'s own is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'irc-'));
  const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', caFile], { stdio: 'ignore' });
  await using irc = await startIrcServer({ tls: { key: await readFile(keyFile, 'utf8'), cert: await readFile(caFile, 'utf8') } });
  const section = { server: 'localhost', port: irc.port, nick: 'Claw' };
  await using gateway = await startGateway({ config: { channels: { irc: { ...section, accounts: { default: { caFile }, strange: {} } } } } });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ irc: 'connected', 'irc/strange': 'failed' });
  await rm(folder, { recursive: true });
});

test('a server that falls silent is lost', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  await using irc = await startIrcServer();
  const lost: string[] = [];
  const adapter = ircChannel.open({ server: '127.0.0.1', port: irc.port, tls: false, nick: 'Claw' }, { http, log: silent });
  await adapter.connect({ received: async () => {}, invited: () => false, connected: () => {}, disconnected: ({ kind, message }) => lost.push(`${kind}: ${message}`) });
  vi.advanceTimersByTime(60_000);
  await vi.waitUntil(() => irc.lines.some(({ line }) => line.startsWith('PING ')));
  await sleep(50);
  vi.advanceTimersByTime(60_000);
  await sleep(50);
  expect(lost).toEqual([]);
  irc.fallSilent();
  vi.advanceTimersByTime(150_000);
  expect(lost).toEqual(['passing: IRC: the server fell silent']);
  vi.useRealTimers();
  await adapter.disconnect();
});

const missing = await needs('ngircd');
describe.skipIf(missing)(`a real server${missing}`, () => {
  test('people on ngircd write directly and in a channel, and read answers whole', async () => {
    await using server = await startNgircd({ password: PASSWORD });
    await using ann = await chatter(server, 'Ann');
    await ann.says('JOIN #friends');
    const long = `${'日本語 '.repeat(60)}end`;
    await using gateway = await startGateway({
      script: ({ messages }) => ({ text: /long/.test(messages.at(-1)?.text ?? '') ? long : `You said: ${messages.at(-1)?.text}` }),
      config: channels(server, { password: PASSWORD, trustHostmasks: true, allowFrom: ['ann!~ann@127.0.0.1', 'ann!~ann@localhost'], join: ['#friends'], groups: { '#friends': {} } }),
    });
    // Whichever of them came first.
    await ann.until(/^:Claw!\S+ JOIN :?#friends| 353 .*\bClaw\b/);
    await ann.says('PRIVMSG Claw :Hello there');
    expect(await ann.until(/ PRIVMSG Ann :/)).toMatch(/^:Claw!~openclaw@\S+ PRIVMSG Ann :You said: Hello there$/);
    await ann.says('PRIVMSG #friends :claw, and you?');
    expect(await ann.until(/ PRIVMSG #friends :/)).toMatch(/:You said: \[Ann, ann!~ann@\S+\] claw, and you\?$/);
    await ann.says('PRIVMSG Claw :\x01VERSION\x01');
    await ann.says('PRIVMSG Claw :\x01ACTION waves\x01');
    expect(await ann.until(/ PRIVMSG Ann :You said: \*/)).toMatch(/\* Ann waves$/);
    await ann.says('PRIVMSG Claw :something long');
    await ann.until(/end$/, 1, 60_000);
    expect(ann.heard.filter((line) => / PRIVMSG Ann :日/.test(line)).map((line) => line.split(' :')[1]).join(' ')).toBe(long);
    // Nobody is there: it is said, and not tried again.
    await (await gateway.request('/api/native/channels.send', { json: { channel: 'irc', to: 'Nobody', text: 'x' } })).json();
    await expect.poll(async () => (await gateway.client.call(listSends, {})).sends.find(({ to }) => to === 'Nobody'), soon).toMatchObject({ state: 'failed', error: expect.stringContaining('401') });
    expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
  }, 90_000);

  test('ngircd that goes and comes back is found again; a wrong password of it is told', async () => {
    await using server = await startNgircd({ password: PASSWORD });
    await using gateway = await startGateway({ config: channels(server, { password: 'another-password', accounts: { default: { password: PASSWORD }, wrong: {} } }) });
    const states = async () => (await gateway.client.call(getStatus, {})).channels;
    await expect.poll(states, soon).toEqual({ irc: 'connected', 'irc/wrong': 'failed' });
    await server[Symbol.asyncDispose]();
    await expect.poll(states, soon).toMatchObject({ irc: 'disconnected' });
    await using again = await startNgircd({ password: PASSWORD, port: server.port });
    await expect.poll(states, { timeout: 20_000 }).toMatchObject({ irc: 'connected' });
    expect(again.port).toBe(server.port);
  }, 40_000);
});

const reader = { nick: 'Claw[x]', channels: ['#Friends'], trustHostmasks: false, now: () => 7 };
test.each<[string, string, object | undefined]>([
  ['without tags', ':Ann!a@h PRIVMSG claw{X} :Hi', { conversation: { id: 'Ann', kind: 'direct' }, sender: { id: 'ann!a@h', claimed: true, name: 'Ann' }, at: 7, mentionsMe: true }],
  ['with tags', '@account=Ann;msgid=x\\:y;time=2026-01-01T00:00:00.000Z :ann!a@h PRIVMSG #friends :hi', { id: 'x;y', conversation: { id: '#Friends', kind: 'group' }, sender: { id: 'Ann' }, mentionsMe: false, at: Date.parse('2026-01-01') }],
  ['colours are no words', ':a!b@c PRIVMSG claw[x] :\x02\x0304,12red\x0f \x1ddone', { text: 'red done' }],
  ['nothing but colours', ':a!b@c PRIVMSG claw[x] :\x0304\x0f', undefined],
  ['a notice', ':a!b@c NOTICE claw[x] :hi', undefined],
  ['a question of a client', ':a!b@c PRIVMSG claw[x] :\x01VERSION\x01', undefined],
  ['an action', ':a!b@c PRIVMSG #friends :\x01ACTION asks @claw[x] why\x01', { text: '* a asks @claw[x] why', mentionsMe: true }],
  ['its own words', ':claw{x}!b@c PRIVMSG #friends :hi', undefined],
  ['a server', ':irc.test PRIVMSG claw[x] :hi', undefined],
  ['to operators of a channel', ':a!b@c PRIVMSG @#friends :claw[x]: hi', { conversation: { id: '@#friends', kind: 'unknown' } }],
  ['addressed', ':a!b@c PRIVMSG #friends :CLAW{x}, hi', { mentionsMe: true }],
  ['another of a similar name', ':a!b@c PRIVMSG #friends :claw[x]y: hi', { mentionsMe: false }],
  ['talked about', ':a!b@c PRIVMSG #friends :I like claw[x]', { mentionsMe: false }],
  ['an account that looks like a mask', '@account=ann!a@h :x!y@z PRIVMSG claw[x] :hi', { sender: { id: 'x!y@z', claimed: true } }],
])('a line of the wire: %s', (_, raw, expected) => {
  const line = parseLine(raw);
  const read = line && readMessage(line, reader);
  if (expected) expect(read).toMatchObject(expected);
  else expect(read).toBeUndefined();
});

test('a text is cut between words and never inside a character', () => {
  expect(splitText('one two three\r\nfour\n\n\x01VERSION\x01', 8)).toEqual(['one two', 'three', 'four', 'VERSION']);
  expect(splitText('🦞🦞🦞', 9)).toEqual(['🦞🦞', '🦞']);
  expect(splitText('ä'.repeat(10), 7).every((line) => Buffer.byteLength(line) <= 7)).toBe(true);
});
