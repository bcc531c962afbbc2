import { z } from 'zod';
import { type ChannelAdapter, type ChannelContext, ChannelFailure, type ChannelWorld, type OutgoingMessage } from '../../../engine/ports/channel.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { asPassing, LARGEST_FILE } from '../kit/ask.ts';
import { holdBack } from '../kit/hold-back.ts';
import { botApi } from './bot-api.ts';
import { pollUpdates } from './long-polling.ts';
import { type Me, readMessage, type Update } from './read-message.ts';
import { setWebhook, takeUpdates, type Webhook, watchWebhook } from './webhook.ts';

export interface TelegramSettings {
  readonly botToken: string;
  readonly apiUrl: string;
  /** Where Telegram is to come to us. Without it, we ask. */
  readonly webhook: Webhook | undefined;
}

const Sent = z.object({ message_id: z.int() });
const Bot = z.object({ id: z.int(), username: z.string() });

/** A bot. It asks Telegram for what is new, so that nothing of the gateway need be reachable from outside; or Telegram comes to us (a webhook). */
export const telegramAdapter = ({ botToken, apiUrl, webhook }: TelegramSettings, { http, log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const { call, callWithFile, bring } = botApi({ http, apiUrl, token: botToken, secret: webhook?.secret, signal: closed.signal });
  const held = holdBack();
  let me: Promise<Me> | undefined;
  let over: Promise<void> = Promise.resolve();

  const learnMe = (): Promise<Me> => {
    me ??= call('getMe', {}, Bot).catch((thrown: unknown) => {
      me = undefined;
      return asPassing(thrown);
    });
    return me;
  };
  const take = async (update: Update, { received }: Pick<ChannelContext, 'received'>): Promise<void> => {
    const message = readMessage(update, await learnMe(), bring);
    if (message) await received(message);
  };

  return {
    capabilities: { longestText: 4_096, edit: true, largestFile: LARGEST_FILE },
    connect: async (context) => {
      await learnMe();
      held.begin(context);
      if (webhook) {
        await setWebhook(call, webhook);
        context.connected();
        over = watchWebhook({ call, url: webhook.url, context, closed: closed.signal, log });
      } else ({ over } = await pollUpdates({ call, take: (update) => take(update, context), context, closed: closed.signal, log }));
    },
    disconnect: async () => {
      held.end();
      closed.abort();
      await over;
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
    ...(webhook && { answer: takeUpdates({ webhook, take, closed: closed.signal, log }) }),
  };
};

const placeOf = ({ to, thread }: ReplyAddress): Readonly<Record<string, unknown>> => ({ chat_id: to, ...(thread !== undefined && { message_thread_id: Number(thread) }) });

/** Among many, an answer says what it answers. The ids of groups are negative. */
const replyTo = ({ to, inReplyTo }: OutgoingMessage['address']): Readonly<Record<string, unknown>> =>
  to.startsWith('-') && inReplyTo !== undefined ? { reply_parameters: { message_id: Number(inReplyTo), allow_sending_without_reply: true } } : {};
