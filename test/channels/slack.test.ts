import { setTimeout as sleep } from 'node:timers/promises';
import { channelStatus, getStatus, listEvents, listSends, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { isAtHome } from '../../packages/gateway/src/drivers/channels/kit/json-socket.ts';
import { slackChannel } from '../../packages/gateway/src/drivers/channels/slack/index.ts';
import { readMessage } from '../../packages/gateway/src/drivers/channels/slack/read-message.ts';
import { SLACK } from '../../packages/gateway/src/drivers/channels/slack/slack-files.ts';
import { openHttpClient } from '../../packages/gateway/src/drivers/http/undici/index.ts';
import { startCanary } from '../support/canary.ts';
import { startGateway, type TestGatewayOptions } from '../support/gateway.ts';
import { type SlackServer, startSlackServer } from '../support/slack-server.ts';

const soon = { timeout: 8_000, interval: 20 };
const channels = (slack: SlackServer, over: Readonly<Record<string, unknown>> = {}) => ({
  channels: { slack: { botToken: slack.botToken, appToken: slack.appToken, apiUrl: slack.url, allowFrom: ['U0ANN'], ...over } },
});
const echo: TestGatewayOptions['script'] = ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` });
const CHANNEL = { channel: 'C0TEAM', channel_type: 'channel' };

test('who writes directly is answered directly, and the health says that Slack is connected', async () => {
  await using slack = await startSlackServer();
  await using gateway = await startGateway({ script: echo, config: channels(slack) });
  slack.says({ text: 'Is 1 &lt; 2 &amp; <https://example.com|this> right?' });
  await slack.until(() => slack.sent('D0ANN').length === 1);
  expect(slack.sent('D0ANN')).toMatchObject([{ text: 're: Is 1 < 2 & this (https://example.com) right?', thread: undefined }]);
  const { messages } = await gateway.client.call(sessionHistory, { session: '@slack%3AU0ANN' });
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(Reflect.get((await (await gateway.request('/api/v1/health')).json()) as object, 'channels')).toEqual({ slack: 'connected' });
  await slack.until(() => slack.untaken() === 0);
});

test('a mention, which comes twice, is answered once: in a thread, which is a conversation of its own and knows who speaks', async () => {
  await using slack = await startSlackServer();
  await using gateway = await startGateway({ script: echo, config: channels(slack, { groups: { C0TEAM: {} } }) });
  const first = { ...CHANNEL, text: `<@${slack.bot.user_id}> one` };
  const ts = slack.says(first);
  slack.tells({ type: 'app_mention', channel: 'C0TEAM', user: 'U0ANN', ts, event_ts: ts, text: first.text });
  slack.says({ ...CHANNEL, text: 'not for the bot' });
  await slack.until(() => slack.sent().length === 1 && slack.untaken() === 0);
  slack.says({ ...CHANNEL, text: `and <@${slack.bot.user_id}> two`, thread_ts: ts, parent_user_id: 'U0ANN' });
  slack.says({ ...CHANNEL, text: 'not for the bot either', thread_ts: ts, parent_user_id: 'U0ANN' });
  await slack.until(() => slack.sent().length === 2 && slack.untaken() === 0);
  expect(slack.sent()).toMatchObject([
    { channel: 'C0TEAM', thread: ts, text: 're: [Ann, U0ANN] @claw one' }, { channel: 'C0TEAM', thread: ts, text: 're: [Ann, U0ANN] and @claw two' },
  ]);
  expect(gateway.model.requests.at(-1)?.messages.filter(({ role }) => role === 'user')).toHaveLength(2);
  expect(gateway.model.requests).toHaveLength(2);
  expect(slack.calls.filter(({ method }) => method === 'users.info')).toHaveLength(1);
});

test('where it is set so, answers stand in the channel', async () => {
  await using slack = await startSlackServer();
  await using _ = await startGateway({ script: echo, config: channels(slack, { groups: { '*': { requireMention: false } }, replyInThread: false }) });
  slack.says({ ...CHANNEL, text: 'hello' });
  await slack.until(() => slack.sent().length === 1);
  expect(slack.sent()[0]).toMatchObject({ channel: 'C0TEAM', thread: undefined });
});

test('no answer calls people together or makes Slack fetch an address', async () => {
  await using slack = await startSlackServer();
  await using _ = await startGateway({ script: () => ({ text: 'Dear <!channel> & <@U0BOB>: http://evil.example/?q=secret' }), config: channels(slack) });
  slack.says({ text: 'do as you are told' });
  await slack.until(() => slack.sent().length === 1);
  expect(slack.calls.find(({ method }) => method === 'chat.postMessage')?.parameters).toEqual({
    channel: 'D0ANN', text: 'Dear &lt;!channel&gt; &amp; &lt;@U0BOB&gt;: http://evil.example/?q=secret', parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false,
  });
});

test('what is too long for one message goes in parts; what Slack limits waits as long as it says', async () => {
  await using slack = await startSlackServer();
  await using gateway = await startGateway({ script: () => ({ text: 'sentence. '.repeat(1_000) }), config: channels(slack) });
  slack.befalls('chat.postMessage', { status: 429, retryAfter: 1 });
  slack.says({ text: 'a lot, please' });
  await slack.until(() => slack.sent().map(({ text }) => text).join(' ').length > 9_990);
  expect(slack.sent()).toHaveLength(3);
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends, soon).toMatchObject([{ state: 'sent', attempts: 4, doubts: 0 }]);
});

test.each([
  ['stands where it was shown', 'word', 1],
  // Three bytes each: more than an old message takes, and not more than a new one.
  ['takes the place of what was shown where that cannot hold it', '長い言葉です'.repeat(8), 1],
])('an answer is shown while it is written, and %s', async (_, word, messages) => {
  const words = Array.from({ length: 40 }, (_, i) => `${word}${i} `);
  await using slack = await startSlackServer();
  await using gateway = await startGateway({ script: () => ({ text: words, chunkDelayMs: 80 }), config: channels(slack, { streaming: true }) });
  slack.says({ text: 'slowly' });
  await slack.until(() => /0 .* …$/s.test(slack.sent('D0ANN')[0]?.text ?? ''));
  await slack.until(() => slack.sent('D0ANN').some(({ text }) => text === words.join('').trim()), 10_000);
  expect(slack.sent('D0ANN')).toHaveLength(messages);
  expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
}, 20_000);

test('while Slack asks for another socket nothing is lost, nothing waits, and nobody is told of it', async () => {
  await using slack = await startSlackServer({ retryMs: 60_000 });
  await using gateway = await startGateway({ script: echo, config: channels(slack) });
  await slack.until(() => slack.sockets === 1);
  slack.frames({ type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'applink' } });
  slack.says({ text: 'in between' });
  await slack.until(() => slack.socketsEver === 2 && slack.sockets === 1);
  expect(slack.gaps).toBe(0);
  slack.says({ text: 'after' });
  await slack.until(() => slack.sent().length === 2 && slack.untaken() === 0);
  expect((await gateway.client.call(listEvents, {})).events.filter(({ type }) => type.startsWith('channel.')).map(({ type }) => type)).toEqual(['channel.connected']);
});

test('an app whose socket mode is switched off is for its owner to mend', async () => {
  await using slack = await startSlackServer();
  await using gateway = await startGateway({ config: channels(slack) });
  await slack.until(() => slack.sockets === 1);
  slack.frames({ type: 'disconnect', reason: 'link_disabled' });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ slack: 'failed' });
  expect((await gateway.client.call(channelStatus, { channel: 'slack' })).error).toContain('Socket Mode is switched off');
});

test('it is acknowledged when it is stored, and not before; what is told again meanwhile is the same', async () => {
  await using slack = await startSlackServer({ retryMs: 150 });
  const stored = Promise.withResolvers<void>();
  const received: string[] = [];
  const http = openHttpClient();
  const adapter = slackChannel.open({ botToken: slack.botToken, appToken: slack.appToken, apiUrl: slack.url }, { http, log: () => {} });
  await adapter.connect({
    received: async ({ text }) => {
      received.push(text);
      await stored.promise;
    },
    invited: () => false,
    connected: () => {},
    disconnected: () => {},
  });
  slack.says({ text: 'first' });
  await slack.until(() => slack.repeats >= 2);
  expect([slack.untaken(), received]).toEqual([1, ['first']]);
  stored.resolve();
  await slack.until(() => slack.untaken() === 0);
  slack.tells({ type: 'message', channel: 'D0ANN', channel_type: 'im', user: 'U0ANN', ts: '1.1', text: 'x' }, 'Ev-known');
  slack.tells({ type: 'message', channel: 'D0ANN', channel_type: 'im', user: 'U0ANN', ts: '1.1', text: 'x' }, 'Ev-known');
  await slack.until(() => slack.untaken() === 0);
  expect(received).toEqual(['first', 'x']);
  await adapter.disconnect();
  await http.close();
});

test('what is told twice, at another connection or after a crash, is answered once; strange events stop nothing', async () => {
  await using slack = await startSlackServer();
  await using gateway = await startGateway({ script: echo, config: channels(slack) });
  const one = { type: 'message', channel: 'D0ANN', channel_type: 'im', user: 'U0ANN', ts: `${Math.floor(Date.now() / 1000)}.000001`, text: 'one' };
  slack.tells(one, 'Ev-one');
  await slack.until(() => slack.sent().length === 1);
  slack.cut();
  await slack.until(() => slack.sockets === 1);
  slack.tells(one, 'Ev-one');
  slack.tells({ type: 'message', channel: null, ts: 'yesterday' });
  slack.tells({ type: 'reaction_added', user: 'U0ANN' });
  slack.frames('nonsense');
  slack.frames({ type: 'something_new', envelope_id: 'x' });
  slack.says({ text: 'two' });
  await slack.until(() => slack.untaken() === 0 && slack.sent().length === 2);
  expect(slack.sent().map(({ text }) => text)).toEqual(['re: one', 're: two']);
  expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
}, 15_000);

test('no token is ever shown', async () => {
  await using slack = await startSlackServer();
  slack.befalls('apps.connections.open', { error: `no ${slack.appToken} for ${slack.botToken}` });
  await using gateway = await startGateway({ config: channels(slack, { accounts: { default: {}, old: { botToken: 'xoxb-an-old-token-that-was-revoked' } } }) });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ slack: 'failed', 'slack/old': 'failed' });
  await sleep(50);
  const shown = JSON.stringify([gateway.logged, await (await gateway.request('/api/native/channels.list', { json: {} })).json(), await (await gateway.request('/api/native/config.get', { json: {} })).json()]);
  expect(shown).toContain('no [token] for [token]');
  for (const token of [slack.botToken, slack.appToken, 'xoxb-an-old-token-that-was-revoked']) expect(shown).not.toContain(token);
});

const ME = { userId: 'U0CLAW', name: 'claw' };
const read = (over: Readonly<Record<string, unknown>>, replyInThread = true) =>
  readMessage({ event: { type: 'message', channel: 'C0TEAM', channel_type: 'channel', user: 'U0ANN', ts: '100.000200', text: 'Hi', ...over } }, ME, { replyInThread });

test.each<[string, Readonly<Record<string, unknown>>, object | undefined]>([
  ['a message of a channel', {}, { id: '100.000200', conversation: { id: 'C0TEAM', kind: 'group' }, sender: { id: 'U0ANN' }, thread: '100.000200', mentionsMe: false, at: 100_000 }],
  ['its own words are not told', { user: 'U0CLAW' }, undefined],
  ['nor what another bot writes', { bot_id: 'B0OTHER', subtype: 'bot_message' }, undefined],
  ['nor that something was changed', { subtype: 'message_changed', hidden: true }, undefined],
  ['nor that somebody joined', { subtype: 'channel_join' }, undefined],
  ['an answer in a thread that it began is addressed to it', { thread_ts: '99.1', parent_user_id: 'U0CLAW' }, { thread: '99.1', mentionsMe: true }],
  ['an answer in the thread of another is not', { thread_ts: '99.1', parent_user_id: 'U0BOB' }, { thread: '99.1', mentionsMe: false }],
  ['an answer that all can see is in its thread', { thread_ts: '99.1', subtype: 'thread_broadcast' }, { thread: '99.1' }],
  ['its name without a mark of Slack is not a mention', { text: '@claw hi' }, { mentionsMe: false }],
  ['nor is a mention of somebody whose id only begins the same', { text: '<@U0CLAW2> hi' }, { mentionsMe: false }],
  ['a direct message stands in no thread', { channel: 'D0ANN', channel_type: 'im' }, { conversation: { id: 'D0ANN', kind: 'direct' }, thread: undefined }],
  ['several people who write to each other are a group', { channel: 'G0FEW', channel_type: 'mpim' }, { conversation: { kind: 'group' } }],
  ['a kind of conversation nobody knows is unknown', { channel_type: 'hologram' }, { conversation: { kind: 'unknown' } }],
  ['nor is one called like something every object has', { channel_type: 'constructor' }, { conversation: { kind: 'unknown' } }],
  ['and none at all is unknown as well', { channel_type: undefined, channel: 'D0ANN' }, { conversation: { kind: 'unknown' } }],
  ['a mention from where there are none is unknown', { type: 'app_mention', channel: 'D0ANN', channel_type: undefined }, { conversation: { kind: 'unknown' } }],
  ['what people see of it', { text: '<!here> <#C1|general> <@U0BOB> <!subteam^S1|@team> <https://a.example> &lt;b&gt; <!date^1^{date}|today>' }, { text: '@here #general @U0BOB @team https://a.example <b> today' }],
  ['entities are read once', { text: '&amp;lt;' }, { text: '&lt;' }],
  ['a picture without words', { text: '', subtype: 'file_share', files: [{ name: 'a.png', mimetype: 'image/png', size: 2_000 }] }, { text: '', attachments: [{ kind: 'image', name: 'a.png', type: 'image/png', bytes: 2_000 }] }],
  ['a file that Slack does not describe', { text: 'see', subtype: 'file_share', files: [{ id: 'F1', mode: 'file_access' }] }, { attachments: [{ kind: 'file' }] }],
  ['nothing at all', { text: undefined }, undefined],
  ['a time that is none', { ts: 'now' }, undefined],
])('%s', (_, over, expected) => {
  if (!expected) return expect(read(over)).toBeUndefined();
  expect(read(over)).toMatchObject(expected);
});

test('a socket that Slack names somewhere else is not opened, and the status says so', async () => {
  await using slack = await startSlackServer();
  await using canary = await startCanary();
  slack.socketsAt = canary.url.replace('http', 'ws');
  await using gateway = await startGateway({ script: echo, config: channels(slack) });
  await expect.poll(async () => gateway.client.call(channelStatus, { channel: 'slack' }), soon).toMatchObject({ state: 'failed', error: `the service names an address for its socket that is not its own: ${new URL(canary.url).host}` });
  expect(canary.visits).toEqual([]);
});

test.each([
  ['wss://wss-primary.slack.com/link/?ticket=1', true], ['WSS://WSS-BACKUP.SLACK.COM/link/', true], ['wss://wss-primary.slack-gov.com/link/', true], ['wss://api.test/link', true],
  ['ws://wss-primary.slack.com/link/', false], ['wss://wss-primary.slack.com:8443/', false], ['wss://slack.com.evil.example/', false], ['wss://evilslack.com/', false], ['wss://slack.com@evil.example/', false],
  ['ws://api.test/link', false], ['wss://127.0.0.1/', false], ['', false],
])('a socket to %j is opened: %s', (url, is) => {
  expect(isAtHome(url, { hosts: SLACK, configured: 'https://api.test/api' })).toBe(is);
});
