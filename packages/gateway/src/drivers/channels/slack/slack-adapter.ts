import { z } from 'zod';
import { type ChannelAdapter, type ChannelContext, ChannelFailure, type ChannelWorld } from '../../../engine/ports/channel.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { asPassing, LARGEST_FILE } from '../kit/ask.ts';
import { holdBack } from '../kit/hold-back.ts';
import { eventsApi } from './events-api.ts';
import { nameBook } from './names.ts';
import { type Payload, readMessage } from './read-message.ts';
import { SLACK, slackFiles } from './slack-files.ts';
import { escapeText, type Mentioned } from './slack-text.ts';
import { SocketMode } from './socket-mode.ts';
import { webApi } from './web-api.ts';

export interface SlackSettings {
  readonly botToken: string;
  readonly appToken?: string | undefined;
  readonly signingSecret?: string | undefined;
  readonly apiUrl: string;
  readonly replyInThread: boolean;
}

const Bot = z.object({ user_id: z.string(), user: z.string() });
const Address = z.object({ url: z.url({ protocol: /^wss?$/ }) });
const Sent = z.object({ ts: z.string() });

/** An app of Slack. It opens a socket to Slack (socket mode), so that nothing of the gateway need be reachable from outside; or Slack comes to us (Events API). */
export const slackAdapter = ({ botToken, appToken, signingSecret, apiUrl, replyInThread }: SlackSettings, { http, log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const mask = (text: string): string => [botToken, appToken, signingSecret].reduce<string>((masked, secret) => (secret === undefined ? masked : masked.replaceAll(secret, '[token]')), text);
  const common = { http, apiUrl, mask, signal: closed.signal };
  const asBot = webApi({ ...common, token: botToken });
  const files = slackFiles({ ...common, token: botToken }, asBot);
  const nameOf = nameBook(asBot);
  const held = holdBack();
  let socketMode: SocketMode | undefined;
  let showsStatus = true;
  let me: Mentioned | undefined;

  const learnMe = async (): Promise<Mentioned> => {
    const { user_id: userId, user: name } = await asBot('auth.test', {}, Bot).catch(asPassing);
    return (me = { userId, name });
  };

  const take = async (payload: Payload, { received }: Pick<ChannelContext, 'received'>): Promise<void> => {
    const message = readMessage(payload, me ?? (await learnMe()), { replyInThread, fetchOf: files.fetchOf });
    if (!message) return;
    const { sender } = message;
    await received(sender ? { ...message, sender: { ...sender, name: await nameOf(sender.id) } } : message);
  };

  const openSocket = async (token: string, context: ChannelContext): Promise<void> => {
    const asApp = webApi({ ...common, token });
    socketMode = new SocketMode({
      log,
      address: async () => (await asApp('apps.connections.open', {}, Address).catch(asPassing)).url,
      home: { hosts: SLACK, configured: apiUrl },
      take: (payload) => take(payload, context),
      connected: () => context.connected(),
      lost: (failure) => context.disconnected(failure),
    });
    await socketMode.open();
  };

  return {
    capabilities: { longestText: 4_000, edit: true, largestFile: LARGEST_FILE },
    connect: async (context) => {
      await learnMe();
      held.begin(context);
      if (appToken === undefined) context.connected();
      else await openSocket(appToken, context);
    },
    disconnect: async () => {
      held.end();
      await socketMode?.close();
      closed.abort();
    },
    send: async ({ address, text }) => {
      const { ts } = await asBot('chat.postMessage', { channel: address.to, ...placeOf(address), text: escapeText(text), ...AS_IT_IS, ...NO_PREVIEWS }, Sent).catch(held.untilThereIsAnother);
      return { externalId: ts };
    },
    sendFile: (file) => files.send(file).catch(held.untilThereIsAnother),
    edit: async (message) => {
      await asBot('chat.update', { channel: message.address.to, ts: message.externalId, text: escapeText(message.text), ...AS_IT_IS }, z.unknown()).catch(async (thrown: unknown) => {
        // More goes into a new message than into an old one: that gives its place to a new one.
        if (thrown instanceof ChannelFailure && thrown.message.includes('msg_too_long')) await asBot('chat.delete', { channel: message.address.to, ts: message.externalId }, z.unknown());
        throw thrown;
      });
    },
    typing: async ({ to, thread }) => {
      if (thread === undefined || !showsStatus) return;
      await asBot('assistant.threads.setStatus', { channel_id: to, thread_ts: thread, status: 'is typing…' }, z.unknown()).catch((thrown: unknown) => {
        showsStatus = !(thrown instanceof ChannelFailure && thrown.kind === 'permanent');
      });
    },
    ...(appToken === undefined && signingSecret !== undefined && { answer: eventsApi({ signingSecret, take, closed: closed.signal, log }) }),
  };
};

/** Nothing in the words becomes a mention or a link by itself. */
const AS_IT_IS = { parse: 'none', link_names: false };
/** Slack would fetch what an answer points at: an address in it could carry something out that nobody clicked. */
const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false };

const placeOf = ({ thread }: ReplyAddress): { readonly thread_ts?: string } => (thread === undefined ? {} : { thread_ts: thread });
