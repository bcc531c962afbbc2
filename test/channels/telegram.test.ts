import { channelStatus, getStatus, listSends, sessionHistory } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { type Me, readMessage } from '../../packages/gateway/src/drivers/channels/telegram/read-message.ts';
import { verifies } from '../requirements/verifies.ts';
import { startGateway } from '../support/gateway.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';

const soon = { timeout: 8_000, interval: 20 };
const channels = (telegram: TelegramServer, over: Readonly<Record<string, unknown>> = {}) => ({
  channels: { telegram: { botToken: telegram.token, apiUrl: telegram.url, allowFrom: [42], ...over } },
});
const FORUM = { id: -100_500, type: 'supergroup', title: 'Forum' };
const BOB = { id: 43, first_name: 'Bob', is_bot: false };

verifies('s2.channel-user', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ script: ({ messages }) => ({ text: `You said: ${messages.at(-1)?.text}` }), config: channels(telegram) });
  telegram.says({ chat: telegram.person(42, 'Ann'), text: 'Hello there' });
  await telegram.until(() => telegram.sent(42).length === 1);
  expect(telegram.sent(42).map(({ text }) => text)).toEqual(['You said: Hello there']);
  const { messages } = await gateway.client.call(sessionHistory, { session: '@telegram%3A42' });
  expect(messages.map(({ role, text }) => [role, text])).toEqual([['user', 'Hello there'], ['assistant', 'You said: Hello there']]);
  const { sessions } = (await (await gateway.request('/api/v1/sessions')).json()) as { sessions: readonly object[] }; // A list of the second document.
  expect(sessions).toMatchObject([{ userId: 'telegram:42', channel: 'telegram' }]);
  await telegram.until(() => telegram.unconfirmed() === 0);
});

verifies('s2.health-channels', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ config: channels(telegram) });
  const channelsOf = async (): Promise<unknown> => Reflect.get((await (await gateway.request('/api/v1/health')).json()) as object, 'channels');
  await expect.poll(channelsOf, soon).toEqual({ telegram: 'connected' });
});

test('in a thread of a group the answer goes to the thread, as an answer to what it answers', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ script: () => ({ text: 'here' }), config: channels(telegram, { groups: { '-100500': {} } }) });
  const id = telegram.says({ chat: FORUM, from: BOB, text: 'and you, @clawbot?', more: { is_topic_message: true, message_thread_id: 9, entities: [{ type: 'mention', offset: 9, length: 8 }] } });
  await telegram.until(() => telegram.sent().length === 1);
  expect(telegram.calls.find(({ method }) => method === 'sendMessage')?.parameters).toEqual({
    chat_id: '-100500', message_thread_id: 9, text: 'here', reply_parameters: { message_id: id, allow_sending_without_reply: true },
  });
  expect(gateway.logged.some(({ level }) => level === 'error')).toBe(false);
});

test('what is over the limit of Telegram goes in parts; what it limits waits as long as it says', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ script: () => ({ text: 'sentence. '.repeat(1_000) }), config: channels(telegram) });
  telegram.befalls('sendMessage', { status: 429, description: 'Too Many Requests: retry after 1', retryAfter: 1 });
  telegram.says({ chat: telegram.person(42, 'Ann'), text: 'a lot, please' });
  await telegram.until(() => telegram.sent(42).map(({ text }) => text).join(' ').length > 9_990);
  expect(telegram.sent(42)).toHaveLength(3);
  await expect.poll(async () => (await gateway.client.call(listSends, {})).sends, soon).toMatchObject([{ state: 'sent', attempts: 4, doubts: 0 }]);
});

test('an answer is shown while it is written', async () => {
  const words = Array.from({ length: 40 }, (_, i) => `word${i} `);
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ script: () => ({ text: words, chunkDelayMs: 80 }), config: channels(telegram, { streaming: true }) });
  telegram.says({ chat: telegram.person(42, 'Ann'), text: 'slowly' });
  await telegram.until(() => /^word0 .* …$/s.test(telegram.sent(42)[0]?.text ?? ''));
  await telegram.until(() => telegram.sent(42)[0]?.text === words.join('').trim(), 10_000);
  expect(telegram.sent(42)).toHaveLength(1);
  expect(telegram.calls.some(({ method, parameters }) => method === 'sendChatAction' && parameters['action'] === 'typing')).toBe(true);
  expect(gateway.logged.filter(({ level }) => level === 'warn')).toEqual([]);
}, 20_000);

test('updates that come twice, out of order or from yesterday are answered once, and a strange one stops nothing', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ script: ({ messages }) => ({ text: `re: ${messages.at(-1)?.text}` }), config: channels(telegram) });
  const ann = telegram.person(42, 'Ann');
  telegram.says({ chat: ann, text: 'two', messageId: 2, updateId: 9_002 });
  telegram.says({ chat: ann, text: 'one', messageId: 1, updateId: 9_001 });
  telegram.says({ chat: ann, text: 'two', messageId: 2, updateId: 9_003 });
  telegram.says({ chat: ann, text: 'yesterday', messageId: 3, updateId: 9_004, date: Math.floor(Date.now() / 1000) - 17 * 3_600 });
  telegram.tells({ update_id: 9_005, message: { message_id: 'strange', chat: null } });
  telegram.tells({ update_id: 9_006, poll: { id: '1' } });
  telegram.tells({ update_id: 9_007, message: { message_id: 4, date: 0, chat: ann, from: { id: 42, first_name: 'Ann' }, new_chat_members: [] } });
  telegram.says({ chat: ann, text: 'three', messageId: 5, updateId: 9_008 });
  await telegram.until(() => telegram.unconfirmed() === 0 && telegram.sent(42).length === 3);
  expect(telegram.sent(42).map(({ text }) => text).toSorted()).toEqual(['re: one', 're: three', 're: two']);
  expect((await gateway.client.call(channelStatus, { channel: 'telegram' })).refused).toMatchObject([{ reason: 'stale', count: 1 }]);
});

test('a bot that somebody else reads, and a token that is refused, are told apart, and no token is ever shown', async () => {
  await using telegram = await startTelegramServer();
  telegram.befalls('getUpdates', { status: 409, description: `Conflict: terminated by other getUpdates request of bot${telegram.token}` });
  await using gateway = await startGateway({ config: { channels: { telegram: { botToken: telegram.token, apiUrl: telegram.url, accounts: { default: {}, old: { botToken: '777:an-old-token-that-was-revoked' } } } } } });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels['telegram/old'], soon).toBe('failed');
  await expect.poll(() => gateway.logged.map(({ message }) => message).join('\n'), soon).toContain('Another program reads the updates of this bot');
  const shown = JSON.stringify([gateway.logged, await (await gateway.request('/api/native/channels.list', { json: {} })).json(), await (await gateway.request('/api/native/config.get', { json: {} })).json()]);
  for (const token of [telegram.token, '777:an-old-token-that-was-revoked']) expect(shown).not.toContain(token);
});

test('an answer that a token of yesterday cannot send waits for another token', async () => {
  await using telegram = await startTelegramServer();
  await using gateway = await startGateway({ config: channels(telegram) });
  telegram.befalls('sendMessage', { status: 401, description: 'Unauthorized' });
  telegram.says({ chat: telegram.person(42, 'Ann'), text: 'Hello' });
  await expect.poll(async () => (await gateway.client.call(getStatus, {})).channels, soon).toEqual({ telegram: 'failed' });
  expect((await gateway.client.call(listSends, {})).sends).toMatchObject([{ state: 'queued', doubts: 0 }]);
});

const ME: Me = { id: 999, username: 'ClawBot' };
const message = (over: Readonly<Record<string, unknown>>) => readMessage({ update_id: 1, message: { message_id: 5, date: 100, chat: { id: 42, type: 'private' }, from: { id: 42, first_name: 'Ann', last_name: 'Lee' }, text: 'Hi', ...over } }, ME);

test.each<[string, Readonly<Record<string, unknown>>, object | undefined]>([
  ['a name is put together', {}, { sender: { id: '42', name: 'Ann Lee' }, at: 100_000 }],
  ['its own words are not told', { from: { id: 999, first_name: 'Claw' } }, undefined],
  ['who writes as a group is nobody in particular', { chat: { id: -5, type: 'group' }, sender_chat: { id: -5 } }, { conversation: { id: '-5', kind: 'group' } }],
  ['an answer to it is addressed to it', { chat: { id: -5, type: 'group' }, reply_to_message: { from: { id: 999 } } }, { mentionsMe: true }],
  ['an answer to another is not', { chat: { id: -5, type: 'group' }, reply_to_message: { from: { id: 998 } } }, { mentionsMe: false }],
  ['a command for it is', { chat: { id: -5, type: 'group' }, text: '/ask@clawbot now', entities: [{ type: 'bot_command', offset: 0, length: 12 }] }, { mentionsMe: true }],
  ['a command for another bot is not', { chat: { id: -5, type: 'group' }, text: '/ask@other now', entities: [{ type: 'bot_command', offset: 0, length: 10 }] }, { mentionsMe: false }],
  ['its name without a mark of Telegram is not a mention', { chat: { id: -5, type: 'group' }, text: '@ClawBot hi' }, { mentionsMe: false }],
  ['a kind of chat nobody knows is unknown', { chat: { id: 1, type: 'hologram' } }, { conversation: { id: '1', kind: 'unknown' } }],
  ['nor is one called like something every object has', { chat: { id: 1, type: 'constructor' } }, { conversation: { id: '1', kind: 'unknown' } }],
  ['a thread that is only a chain of answers is none', { chat: { id: -5, type: 'supergroup' }, message_thread_id: 3 }, { thread: undefined }],
  ['a picture with words', { text: undefined, caption: 'Look', photo: [{ file_size: 10 }, { file_size: 2_000 }] }, { text: 'Look', attachments: [{ kind: 'image', bytes: 2_000 }] }],
  ['a file', { text: undefined, document: { file_name: 'a.pdf', mime_type: 'application/pdf', file_size: 5 } }, { text: '', attachments: [{ kind: 'file', name: 'a.pdf', type: 'application/pdf', bytes: 5 }] }],
  ['nothing at all', { text: undefined }, undefined],
])('%s', (_, over, expected) => {
  const read = message(over);
  if (!expected) return expect(read).toBeUndefined();
  expect(read).toMatchObject(expected);
  expect(read?.sender === undefined).toBe('sender_chat' in over);
});
