import { slackChannel } from '../../../packages/gateway/src/drivers/channels/slack/index.ts';
import { type SlackServer, startSlackServer } from '../../support/slack-server.ts';
import type { ChannelService } from '../channel.ts';

/** By a socket that the app opens. */
export const slackService = async (): Promise<ChannelService> => {
  const server = await startSlackServer({ retryMs: 300 });
  return serviceOf(server, { appToken: server.appToken });
};

/** By requests that come to us. */
export const slackThatComes = async (): Promise<ChannelService> => {
  const server = await startSlackServer({ retryMs: 100 });
  return {
    ...serviceOf(server, { signingSecret: server.signingSecret }),
    reaches: (answer) =>
      server.comesTo(async (body, headers) => {
        const { outcome } = await answer({ method: 'POST', header: (name) => headers[name], parameter: () => undefined, body: Buffer.from(body) });
        return outcome === 'taken' ? 200 : 401;
      }),
  };
};

const serviceOf = (server: SlackServer, way: Readonly<Record<string, string>>): ChannelService => {
  const section = { botToken: server.botToken, apiUrl: server.url, ...way };
  return {
    driver: slackChannel, section,
    refusedSection: { ...section, botToken: 'xoxb-not-a-token-that-is-known' },
    wrongSection: { ...section, botToken: 'nonsense' },
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
    files: {
      says: (text, file) => server.says({ text, subtype: 'file_share', files: [server.files.has(file)] }),
      sent: (to) => server.files.sent.filter(({ channel }) => channel === to),
      withholds: () => void (server.files.withheld = true),
      refuses: () => server.befalls('files.completeUploadExternal', { error: 'not_in_channel' }),
      losesAnswers: () => server.befalls('files.completeUploadExternal', { cut: 'after' }),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
