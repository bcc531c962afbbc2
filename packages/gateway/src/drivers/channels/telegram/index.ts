import { z } from 'zod';
import { defineChannel } from '../../../engine/ports/channel.ts';
import { telegramAdapter } from './telegram-adapter.ts';

const TOKEN = 'the token of a bot, as BotFather gives it: 123456:ABC…';
const ADDRESS = 'the address of a Bot API server, beginning with http:// or https://';

/** Telegram, by its Bot API. Numbers name people and chats; names can be changed and given to others. */
export const telegramChannel = defineChannel({
  name: 'telegram',
  senderId: /^[1-9]\d*$/,
  settings: z.object({
    botToken: z.string({ error: TOKEN }).regex(/^\d{1,20}:[\w-]{10,100}$/, { error: TOKEN }),
    apiUrl: z.string({ error: ADDRESS }).refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error: ADDRESS }).default('https://api.telegram.org'),
  }),
  open: telegramAdapter,
});
