import { z } from 'zod';
import { defineChannel } from '../../../engine/ports/channel.ts';
import { USER_ID } from './read-notification.ts';
import { whatsappAdapter } from './whatsapp-adapter.ts';

const NUMBER = 'the ID of the phone number, as the API setup of the app shows it: digits, and not the number itself';
const TOKEN = 'an access token with the permission whatsapp_business_messaging';
const SECRET = 'the app secret, as the basic settings of the app show it';
const VERIFY = 'a verify token of your own choice, of at least 16 characters';
const ADDRESS = 'the address of the Graph API with its version, beginning with http:// or https://';

/** WhatsApp, by the Cloud API: it comes to us with what is written. Numbers name people, and ids like `US.13491208655302741918` those who show none. */
export const whatsappChannel = defineChannel({
  name: 'whatsapp',
  senderId: USER_ID,
  settings: z.object({
    phoneNumberId: z.string({ error: NUMBER }).regex(/^\d{5,30}$/, { error: NUMBER }),
    accessToken: z.string({ error: TOKEN }).regex(/^[\x21-\x7e]{16,2000}$/, { error: TOKEN }),
    appSecret: z.string({ error: SECRET }).regex(/^[\x21-\x7e]{16,200}$/, { error: SECRET }),
    verifyToken: z.string({ error: VERIFY }).regex(/^[\x21-\x7e]{16,200}$/, { error: VERIFY }),
    apiUrl: z.string({ error: ADDRESS }).refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error: ADDRESS }).default('https://graph.facebook.com/v25.0'),
  }),
  open: whatsappAdapter,
});
