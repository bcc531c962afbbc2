import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type ChannelContext, ChannelFailure } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { asPassing } from '../kit/ask.ts';
import type { BotApi } from './bot-api.ts';
import { ALLOWED_UPDATES, Update } from './read-message.ts';

/** How long Telegram waits for something to tell before it answers that there is nothing. */
const POLL_SECONDS = 25;
const POLL_DEADLINE_MS = (POLL_SECONDS + 10) * 1_000;
const UPDATES_AT_ONCE = 100;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

interface Options {
  readonly call: BotApi['call'];
  /** Resolves when what it tells is stored. */
  readonly take: (update: Update) => Promise<void>;
  readonly context: ChannelContext;
  readonly closed: AbortSignal;
  readonly log: Log;
}

/** Telegram keeps what it has to tell until the next question says that it was taken. The promise in what it resolves to is over when the polling is. */
export const pollUpdates = async (options: Options): Promise<{ readonly over: Promise<void> }> => {
  const { call, context, closed } = options;
  // One that was set before, here or elsewhere: beside it no question is answered. What waits for it waits for us.
  await call('deleteWebhook', { drop_pending_updates: false }, z.unknown()).catch(asPassing);
  const over = poll(options).catch((thrown: unknown) => {
    if (!closed.aborted) context.disconnected(wordedForPolling(thrown));
  });
  return { over };
};

const poll = async ({ call, take, context, closed, log }: Options): Promise<void> => {
  let offset: number | undefined;
  let inContact = false;
  for (let failures = 0; !closed.aborted; ) {
    const updates = await call('getUpdates', { offset, limit: UPDATES_AT_ONCE, timeout: offset === undefined ? 0 : POLL_SECONDS, allowed_updates: ALLOWED_UPDATES }, z.array(Update), POLL_DEADLINE_MS);
    // That it was answered shows that nobody else reads this bot's updates.
    if (!inContact) context.connected();
    inContact = true;
    try {
      for (const update of updates.toSorted((a, b) => a.update_id - b.update_id)) {
        await take(update);
        offset = update.update_id + 1;
        failures = 0;
      }
      offset ??= 0;
    } catch (thrown) {
      // It is told again, and with it what follows.
      log('warn', 'a message could not be taken; it is asked for again', { channel: 'telegram', cause: String(thrown) });
      await sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS), undefined, { signal: closed }).catch(() => {});
    }
  }
};

const wordedForPolling = (thrown: unknown): ChannelFailure => {
  if (!(thrown instanceof ChannelFailure)) return new ChannelFailure('passing', 'polling failed unexpectedly', { cause: thrown });
  const hint = thrown.message.includes('(409)') ? '. Another program reads the updates of this bot, or sets a webhook for it' : '';
  return new ChannelFailure(thrown.kind === 'permanent' && hint === '' ? 'permanent' : 'passing', `${thrown.message}${hint}`, { retryAfterMs: thrown.retryAfterMs });
};
