import { telegramChannel } from '../../../packages/gateway/src/drivers/channels/telegram/index.ts';
import { startTelegramServer, type TelegramServer } from '../../support/telegram-server.ts';
import type { ChannelService } from '../channel.ts';

/** Asked for what is new. */
export const telegramService = async (): Promise<ChannelService> => serviceOf(await startTelegramServer(), {});

/** By requests that come to us. */
export const telegramThatComes = async (): Promise<ChannelService> => {
  const server = await startTelegramServer({ retryMs: 100 });
  return {
    ...serviceOf(server, { webhookUrl: 'https://claw.example/channels/telegram', webhookSecret: 'a-secret_of-the-webhook-0123456789' }),
    reaches: (answer) =>
      server.comesTo(async (body, headers) => {
        const { outcome } = await answer({ method: 'POST', header: (name) => headers[name], parameter: () => undefined, body: Buffer.from(body) });
        return outcome === 'taken' ? 200 : 401;
      }),
  };
};

const serviceOf = (server: TelegramServer, way: Readonly<Record<string, string>>): ChannelService => {
  const section = { botToken: server.token, apiUrl: server.url, ...way };
  const group = { id: -100_777, type: 'supergroup', title: 'Friends' };
  const ann = { id: 42, first_name: 'Ann', is_bot: false };
  return {
    driver: telegramChannel,
    section,
    refusedSection: { ...section, botToken: '999:not-a-token-that-is-known' },
    wrongSection: { ...section, botToken: 'nonsense' },
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
    files: {
      says: (text, file) => String(server.says({ chat: server.person(42, 'Ann'), more: { caption: text, document: server.has(file) } })),
      sent: (to) => server.sentFiles(Number(to)),
      withholds: () => server.befalls('getFile', { status: 400, description: 'Bad Request: wrong file_id or the file is temporarily unavailable' }),
      refuses: () => server.befalls('sendDocument', { status: 403, description: 'Forbidden: bot was blocked by the user' }),
      losesAnswers: () => server.befalls('sendDocument', { cut: 'after' }),
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
