import { z } from 'zod';
import { defineChannel } from '../../../engine/ports/channel.ts';
import { slackAdapter } from './slack-adapter.ts';

const BOT_TOKEN = "the token of the app's bot, as it stands under OAuth & Permissions: xoxb-…";
const APP_TOKEN = 'an app-level token with the scope connections:write, as it stands under Basic Information: xapp-…';
const SIGNING_SECRET = 'the signing secret of the app, as it stands under Basic Information';
const EITHER = `${APP_TOKEN}, or a signingSecret where Slack is to come here`;
const ADDRESS = 'the address of the Web API, beginning with http:// or https://';
const THREADS = 'true or false';

/** Slack, in socket mode or by the Events API. Ids name people and channels; names can be changed. */
export const slackChannel = defineChannel({
  name: 'slack',
  senderId: /^[UW][A-Z0-9]{2,30}$/,
  settings: z.object({
    botToken: z.string({ error: BOT_TOKEN }).regex(/^xoxb-[\w-]{8,200}$/, { error: BOT_TOKEN }),
    /** Opens a socket to Slack. */
    appToken: z.string({ error: APP_TOKEN }).regex(/^xapp-[\w-]{8,200}$/, { error: APP_TOKEN }).optional(),
    /** Where there is no socket Slack comes to us, and signs with this. */
    signingSecret: z.string({ error: SIGNING_SECRET }).regex(/^[\x21-\x7e]{16,200}$/, { error: SIGNING_SECRET }).optional(),
    apiUrl: z.string({ error: ADDRESS }).refine((value) => /^https?:$/.test(URL.parse(value)?.protocol ?? ''), { error: ADDRESS }).default('https://slack.com/api'),
    /** A message in a channel is answered in a thread of its own, and each thread is a conversation of its own. */
    replyInThread: z.boolean({ error: THREADS }).default(true),
  }).refine(({ appToken, signingSecret }) => appToken !== undefined || signingSecret !== undefined, { path: ['appToken'], error: EITHER }),
  open: slackAdapter,
});
