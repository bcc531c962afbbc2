import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type ChannelAdapter, type ChannelContext, ChannelFailure, type ChannelWorld, type OutgoingMessage } from '../../../engine/ports/channel.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { asPassing, LARGEST_FILE } from '../kit/ask.ts';
import { holdBack } from '../kit/hold-back.ts';
import { botApi } from './bot-api.ts';
import { type Me, readMessage, Update } from './read-message.ts';

/** How long Telegram waits for something to tell before it answers that there is nothing. */
const POLL_SECONDS = 25;
const POLL_DEADLINE_MS = (POLL_SECONDS + 10) * 1_000;
const UPDATES_AT_ONCE = 100;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

const Sent = z.object({ message_id: z.int() });
const Bot = z.object({ id: z.int(), username: z.string() });

/** A bot, by long polling: Telegram keeps what it has to tell until the next question says that it was taken. */
export const telegramAdapter = ({ botToken, apiUrl }: { readonly botToken: string; readonly apiUrl: string }, { http, log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const { call, callWithFile, bring } = botApi({ http, apiUrl, token: botToken, signal: closed.signal });
  const held = holdBack();
  let polling: Promise<void> = Promise.resolve();

  const poll = async (context: ChannelContext, me: Me): Promise<void> => {
    let offset: number | undefined;
    let inContact = false;
    for (let failures = 0; !closed.signal.aborted; ) {
      const updates = await call('getUpdates', { offset, limit: UPDATES_AT_ONCE, timeout: offset === undefined ? 0 : POLL_SECONDS, allowed_updates: ['message', 'channel_post'] }, z.array(Update), POLL_DEADLINE_MS);
      // That it was answered shows that nobody else reads this bot's updates.
      if (!inContact) context.connected();
      inContact = true;
      try {
        for (const update of updates.toSorted((a, b) => a.update_id - b.update_id)) {
          const message = readMessage(update, me, bring);
          if (message) await context.received(message);
          offset = update.update_id + 1;
          failures = 0;
        }
        offset ??= 0;
      } catch (thrown) {
        // It is told again, and with it what follows.
        log('warn', 'a message could not be taken; it is asked for again', { channel: 'telegram', cause: String(thrown) });
        await sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS), undefined, { signal: closed.signal }).catch(() => {});
      }
    }
  };

  return {
    capabilities: { longestText: 4_096, edit: true, largestFile: LARGEST_FILE },
    connect: async (context) => {
      const me = await call('getMe', {}, Bot).catch(asPassing);
      held.begin(context);
      polling = poll(context, me).catch((thrown: unknown) => {
        if (!closed.signal.aborted) context.disconnected(wordedForPolling(thrown));
      });
    },
    disconnect: async () => {
      held.end();
      closed.abort();
      await polling;
    },
    send: async ({ address, text }) => {
      const { message_id: id } = await call('sendMessage', { ...placeOf(address), text, ...replyTo(address) }, Sent).catch(held.untilThereIsAnother);
      return { externalId: String(id) };
    },
    sendFile: async ({ address, name, type, content }) => {
      const { message_id: id } = await callWithFile('sendDocument', { ...placeOf(address), ...replyTo(address) }, { field: 'document', name, type, content }, Sent).catch(held.untilThereIsAnother);
      return { externalId: String(id) };
    },
    edit: async ({ address, text, externalId }) => {
      await call('editMessageText', { chat_id: address.to, message_id: Number(externalId), text }, z.unknown()).catch((thrown: unknown) => {
        if (!(thrown instanceof ChannelFailure && thrown.message.includes('message is not modified'))) throw thrown;
      });
    },
    typing: async (address) => void (await call('sendChatAction', { ...placeOf(address), action: 'typing' }, z.unknown())),
  };
};

const placeOf = ({ to, thread }: ReplyAddress): Readonly<Record<string, unknown>> => ({ chat_id: to, ...(thread !== undefined && { message_thread_id: Number(thread) }) });

/** Among many, an answer says what it answers. The ids of groups are negative. */
const replyTo = ({ to, inReplyTo }: OutgoingMessage['address']): Readonly<Record<string, unknown>> =>
  to.startsWith('-') && inReplyTo !== undefined ? { reply_parameters: { message_id: Number(inReplyTo), allow_sending_without_reply: true } } : {};

const wordedForPolling = (thrown: unknown): ChannelFailure => {
  if (!(thrown instanceof ChannelFailure)) return new ChannelFailure('passing', 'polling failed unexpectedly', { cause: thrown });
  const hint = thrown.message.includes('(409)') ? '. Another program reads the updates of this bot, or a webhook is set for it (deleteWebhook takes it away)' : '';
  return new ChannelFailure(thrown.kind === 'permanent' && hint === '' ? 'permanent' : 'passing', `${thrown.message}${hint}`, { retryAfterMs: thrown.retryAfterMs });
};
