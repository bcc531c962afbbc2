import { z } from 'zod';
import { defineChannel } from '../../../engine/ports/channel.ts';
import { telegramAdapter } from './telegram-adapter.ts';

const TOKEN = 'the token of a bot, as BotFather gives it: 123456:ABC…';
const ADDRESS = 'the address of a Bot API server, beginning with http:// or https://';
const WEBHOOK = 'the address at which Telegram reaches /channels/telegram of this gateway: https://…/channels/telegram';
const SECRET = 'a webhookSecret of 16 to 256 letters, digits, - and _, which Telegram shows with all that it brings: openssl rand -hex 32 makes one';

const isAddress = (value: string): boolean => /^https?:$/.test(URL.parse(value)?.protocol ?? '');

/** Telegram, by its Bot API. Numbers name people and chats; names can be changed and given to others. */
export const telegramChannel = defineChannel({
  name: 'telegram',
  senderId: /^[1-9]\d*$/,
  settings: z.object({
    botToken: z.string({ error: TOKEN }).regex(/^\d{1,20}:[\w-]{10,100}$/, { error: TOKEN }),
    apiUrl: z.string({ error: ADDRESS }).refine(isAddress, { error: ADDRESS }).default('https://api.telegram.org'),
    /** A Bot API server of one's own comes by http as well; Telegram's refuses to. */
    webhookUrl: z.string({ error: WEBHOOK }).refine(isAddress, { error: WEBHOOK }).optional(),
    webhookSecret: z.string({ error: SECRET }).regex(/^[\w-]{16,256}$/, { error: SECRET }).optional(),
  }).refine(({ webhookUrl, webhookSecret }) => webhookUrl === undefined || webhookSecret !== undefined, { path: ['webhookSecret'], error: SECRET })
    .transform(({ webhookUrl: url, webhookSecret: secret, ...account }) => ({ ...account, webhook: url === undefined || secret === undefined ? undefined : { url, secret } })),
  open: telegramAdapter,
});
