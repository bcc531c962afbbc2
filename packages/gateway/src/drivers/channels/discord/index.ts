import { z } from 'zod';
import { defineChannel } from '../../../engine/ports/channel.ts';
import { discordAdapter } from './discord-adapter.ts';

const TOKEN = 'the token of a bot, as the Developer Portal gives it, without the word Bot before it';
const ADDRESS = 'the address of the REST API with its version, beginning with http:// or https://';

/** Discord, as a bot. Snowflakes name people and channels; names can be changed. */
export const discordChannel = defineChannel({
  name: 'discord',
  senderId: /^[1-9]\d{5,24}$/,
  settings: z.object({
    botToken: z.string({ error: TOKEN }).regex(/^[\w-]{8,60}\.[\w-]{4,20}\.[\w-]{20,80}$/, { error: TOKEN }),
    apiUrl: z.string({ error: ADDRESS }).refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error: ADDRESS }).default('https://discord.com/api/v10'),
  }),
  open: discordAdapter,
});
