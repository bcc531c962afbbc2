import { z } from 'zod';
import { plainText } from './text.ts';
import { SigningSecret, WebhookUrl } from './webhooks.ts';

const toNobody = z.strictObject({ mode: z.literal('none') });

/** What the channel is called where the answer goes to whoever the agent belongs to. */
const LAST = 'last';

const toChannel = z
  .strictObject({
    mode: z.literal('announce'),
    /** `last`: where somebody whom the owner has named wrote from last, in this workspace. */
    channel: plainText(64).min(1),
    /** The conversation, as the channel names it. */
    to: plainText(256).min(1).optional(),
    thread: plainText(256).min(1).optional(),
  })
  .refine(({ channel, to }) => channel === LAST || to !== undefined, { path: ['to'], error: 'the conversation, as the channel names it' })
  .refine(({ channel, to, thread }) => channel !== LAST || (to === undefined && thread === undefined), { path: ['to'], error: 'nothing: last is wherever it is' });

/** Told of each end of a run, signed, as any webhook is. */
const toWebhook = z.strictObject({ mode: z.literal('webhook'), to: WebhookUrl });

const MODES = { error: 'none, announce with channel and to (or the channel last), or webhook with to' };

/** Where the answer goes besides the session it stands in. */
export const CronDelivery = z.discriminatedUnion('mode', [toNobody, toChannel, toWebhook], MODES);
export type CronDelivery = z.infer<typeof CronDelivery>;

/** The same as it may be asked for. */
export const WantedDelivery = z.discriminatedUnion('mode', [
  toNobody,
  toChannel,
  // Without a secret one is made, and told in the answer.
  toWebhook.extend({ secret: SigningSecret.optional() }),
], MODES);
export type WantedDelivery = z.infer<typeof WantedDelivery>;
