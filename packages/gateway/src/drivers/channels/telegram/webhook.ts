import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type ChannelAdapter, type ChannelContext, ChannelFailure } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { asPassing, parseJson } from '../kit/ask.ts';
import { isSameSecret } from '../kit/same-secret.ts';
import { turns } from '../kit/turns.ts';
import type { BotApi } from './bot-api.ts';
import { ALLOWED_UPDATES, Update } from './read-message.ts';

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

const Info = z.object({ url: z.string(), pending_update_count: z.number().default(0), last_error_date: z.number().optional(), last_error_message: z.string().optional() });

/** Tells Telegram where to come to. What waited until now comes there, too. */
export const setWebhook = async (call: BotApi['call'], { url, secret }: Webhook): Promise<void> => {
  await call('setWebhook', { url, secret_token: secret, allowed_updates: ALLOWED_UPDATES, drop_pending_updates: false }, z.literal(true)).catch(asPassing);
};

interface Watch {
  readonly call: BotApi['call'];
  readonly url: string;
  readonly context: Pick<ChannelContext, 'disconnected'>;
  readonly closed: AbortSignal;
  readonly log: Log;
  readonly everyMs?: number;
}

const LOOK_EVERY_MS = 120_000;

/** Nobody else says so where Telegram does not get through, or is sent elsewhere. */
export const watchWebhook = async ({ call, url, context, closed, log, everyMs = LOOK_EVERY_MS }: Watch): Promise<void> => {
  let told = Math.floor(Date.now() / 1_000);
  while (!closed.aborted) {
    await sleep(everyMs, undefined, { signal: closed }).catch(() => {});
    const info = closed.aborted ? undefined : await call('getWebhookInfo', {}, Info).catch(() => undefined);
    if (!info) continue;
    if (info.url !== url) return context.disconnected(new ChannelFailure('passing', 'Another program has changed the webhook of this bot; it is set again'));
    const { last_error_date: at = 0, last_error_message: reason = 'no reason given', pending_update_count: waiting } = info;
    if (at <= told) continue;
    told = at;
    log('warn', `Telegram does not get through to ${url}: ${reason}`, { channel: 'telegram', waiting });
  }
};

interface Options {
  readonly webhook: Webhook;
  /** Resolves when what it tells is stored. */
  readonly take: (update: Update, context: Pick<ChannelContext, 'received'>) => Promise<void>;
  readonly closed: AbortSignal;
  readonly log: Log;
}

const Placed = z.object({ chat: z.object({ id: z.int() }) });

/** Telegram comes with what happens, and comes again until it is told that it was taken: that is then known by its message's id. */
export const takeUpdates = ({ webhook, take, closed, log }: Options): NonNullable<ChannelAdapter['answer']> => {
  const inTurn = turns();
  return async ({ method, header, body }, context) => {
    if (closed.aborted) throw new ChannelFailure('passing', 'the channel is closed');
    // Nothing in it is to be believed before: anybody can write that it is from the owner.
    if (method !== 'POST' || !isSameSecret(header('x-telegram-bot-api-secret-token') ?? '', webhook.secret)) {
      return { outcome: 'unproven', wants: 'the right X-Telegram-Bot-Api-Secret-Token, which is the webhookSecret of the channel' };
    }
    const { data: update } = Update.safeParse(parseJson(Buffer.from(body).toString()));
    if (update) await inTurn(chatOf(update), () => take(update, context));
    else log('warn', 'Telegram brought something that cannot be read; it is left out', { channel: 'telegram' });
    return { outcome: 'taken' };
  };
};

const chatOf = ({ message, channel_post: post }: Update): string => String(Placed.safeParse(message ?? post).data?.chat.id ?? '');
