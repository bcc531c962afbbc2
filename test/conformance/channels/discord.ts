import { discordChannel } from '../../../packages/gateway/src/drivers/channels/discord/index.ts';
import { startDiscordServer } from '../../support/discord-server.ts';
import type { ChannelService } from '../channel.ts';

export const discordService = async (): Promise<ChannelService> => {
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
    files: {
      says: (content, file) => server.says({ content, attachments: [server.keeps(file)] }),
      sent: (to) => server.sent(to).flatMap(({ file }) => file ?? []),
      withholds: () => void (server.handsOut = false),
      refuses: () => refused(403, { code: 50_007, message: 'Cannot send messages to this user' }),
      losesAnswers: () => server.befalls('POST messages', { cut: 'after' }),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
