import { describe } from 'vitest';
import { discordChannel } from '../../packages/gateway/src/drivers/channels/discord/index.ts';
import { slackChannel } from '../../packages/gateway/src/drivers/channels/slack/index.ts';
import { telegramChannel } from '../../packages/gateway/src/drivers/channels/telegram/index.ts';
import { ChannelFailure } from '../../packages/gateway/src/engine/ports/channel.ts';
import { startDiscordServer } from '../support/discord-server.ts';
import { openMemoryChat } from '../support/memory-channel.ts';
import { startSlackServer } from '../support/slack-server.ts';
import { startTelegramServer } from '../support/telegram-server.ts';
import { channelConformance } from './channel.ts';

describe('telegram', () => {
  channelConformance(async () => {
    const server = await startTelegramServer();
    const group = { id: -100_777, type: 'supergroup', title: 'Friends' };
    const ann = { id: 42, first_name: 'Ann', is_bot: false };
    return {
      driver: telegramChannel,
      section: { botToken: server.token, apiUrl: server.url },
      refusedSection: { botToken: '999:not-a-token-that-is-known', apiUrl: server.url },
      wrongSection: { botToken: 'nonsense', apiUrl: server.url },
      secret: server.token,
      annId: '42',
      groupId: '-100777',
      address: { channel: 'telegram', to: '42' },
      says: (text) => String(server.says({ chat: server.person(42, 'Ann'), text })),
      saysInGroup: (text, { mention }) =>
        String(server.says({ chat: group, from: ann, text: mention ? `@ClawBot ${text}` : text, more: mention ? { entities: [{ type: 'mention', offset: 0, length: 8 }] } : {} })),
      texts: (to) => server.sent(Number(to)).map(({ text }) => text),
      refuses: () => server.befalls('sendMessage', { status: 403, description: 'Forbidden: bot was blocked by the user' }),
      limits: (seconds) => server.befalls('sendMessage', { status: 429, description: 'Too Many Requests', retryAfter: seconds }),
      losesAnswers: () => server.befalls('sendMessage', { cut: 'after' }),
      cut: () => {
        server.befalls('getUpdates', { cut: 'before' });
        server.wake();
      },
      untaken: () => server.unconfirmed(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });
});

describe('slack', () => {
  channelConformance(async () => {
    const server = await startSlackServer({ retryMs: 300 });
    return {
      driver: slackChannel,
      section: { botToken: server.botToken, appToken: server.appToken, apiUrl: server.url },
      refusedSection: { botToken: 'xoxb-not-a-token-that-is-known', appToken: server.appToken, apiUrl: server.url },
      wrongSection: { botToken: 'nonsense', appToken: server.appToken, apiUrl: server.url },
      secret: server.botToken,
      annId: 'U0ANN',
      groupId: 'C0FRIENDS',
      address: { channel: 'slack', to: 'D0ANN' },
      says: (text) => server.says({ text }),
      saysInGroup: (text, { mention }) => server.says({ channel: 'C0FRIENDS', channel_type: 'channel', text: mention ? `<@${server.bot.user_id}> ${text}` : text }),
      texts: (to) => server.sent(to).map(({ text }) => text),
      refuses: () => server.befalls('chat.postMessage', { error: 'channel_not_found' }),
      limits: (seconds) => server.befalls('chat.postMessage', { status: 429, retryAfter: seconds }),
      losesAnswers: () => server.befalls('chat.postMessage', { cut: 'after' }),
      cut: () => server.cut(),
      untaken: () => server.untaken(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });
});

describe('discord', () => {
  channelConformance(async () => {
    const server = await startDiscordServer({ heartbeatMs: 150 });
    const friends = '600000000000000777';
    server.channel({ id: friends, type: 0, name: 'friends' });
    const refused = (status: number, body: unknown) => server.befalls('POST messages', { status, body });
    return {
      driver: discordChannel,
      section: { botToken: server.token, apiUrl: server.url },
      refusedSection: { botToken: 'OTk5OTk5OTk5OTk5OTk5OTk5.GOther.a-token-that-is-not-known-0123', apiUrl: server.url },
      wrongSection: { botToken: `Bot ${server.token}`, apiUrl: server.url },
      secret: server.token,
      annId: server.ann.id,
      groupId: friends,
      idsAlike: true,
      address: { channel: 'discord', to: server.direct },
      says: (content) => server.says({ content }),
      saysInGroup: (content, { mention }) => server.says({ channel_id: friends, channel_type: 0, guild_id: '1', content: mention ? `<@${server.bot.id}> ${content}` : content, mentions: mention ? [server.bot] : [] }),
      texts: (to) => server.sent(to).map(({ content }) => content),
      refuses: () => refused(403, { code: 50_007, message: 'Cannot send messages to this user' }),
      limits: (seconds) => refused(429, { message: 'You are being rate limited.', retry_after: seconds, global: false }),
      losesAnswers: () => server.befalls('POST messages', { cut: 'after' }),
      cut: () => server.cut(),
      untaken: () => server.untaken(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });
});

describe('memory', () => {
  channelConformance(async () => {
    const chat = openMemoryChat();
    const driver = await chat.drivers['memory']?.();
    if (!driver) throw new Error('no driver');
    return {
      driver, section: {}, refusedSection: { password: 'wrong' }, wrongSection: { longestText: 'many' }, secret: 'there-is-none', annId: 'ann', groupId: '#friends', address: { channel: 'memory', to: 'ann' },
      says: (text) => chat.says({ text }),
      saysInGroup: (text, { mention }) => chat.says({ text, mentionsMe: mention, conversation: { id: '#friends', kind: 'group' } }),
      texts: (to) => chat.texts(to),
      refuses: () => chat.befalls(new ChannelFailure('permanent', 'no')),
      limits: (seconds) => chat.befalls(new ChannelFailure('passing', 'slowly', { retryAfterMs: seconds * 1_000 })),
      losesAnswers: () => chat.befalls('lost answer'),
      cut: () => chat.cut(),
      untaken: () => chat.waiting(),
      [Symbol.asyncDispose]: async () => chat.close(),
    };
  });
});
