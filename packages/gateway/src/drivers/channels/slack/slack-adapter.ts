import { z } from 'zod';
import { type ChannelAdapter, ChannelFailure, type ChannelWorld } from '../../../engine/ports/channel.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { asPassing } from '../kit/ask.ts';
import { nameBook } from './names.ts';
import { readMessage } from './read-message.ts';
import { escapeText } from './slack-text.ts';
import { SocketMode } from './socket-mode.ts';
import { webApi } from './web-api.ts';

export interface SlackSettings {
  readonly botToken: string;
  readonly appToken: string;
  readonly apiUrl: string;
  readonly replyInThread: boolean;
}

const Bot = z.object({ user_id: z.string(), user: z.string() });
const Address = z.object({ url: z.url({ protocol: /^wss?$/ }) });
const Sent = z.object({ ts: z.string() });

/** An app in socket mode: events come by a WebSocket that it opens, so that nothing of the gateway need be reachable from outside. */
export const slackAdapter = ({ botToken, appToken, apiUrl, replyInThread }: SlackSettings, { http, log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const mask = (text: string): string => text.replaceAll(botToken, '[token]').replaceAll(appToken, '[token]');
  const common = { http, apiUrl, mask, signal: closed.signal };
  const [asBot, asApp] = [webApi({ ...common, token: botToken }), webApi({ ...common, token: appToken })];
  const nameOf = nameBook(asBot);
  let socketMode: SocketMode | undefined;
  let showsStatus = true;

  return {
    capabilities: { longestText: 4_000, edit: true },
    connect: async (context) => {
      const { user_id: userId, user: name } = await asBot('auth.test', {}, Bot).catch(asPassing);
      socketMode = new SocketMode({
        log,
        address: async () => (await asApp('apps.connections.open', {}, Address).catch(asPassing)).url,
        take: async (payload) => {
          const message = readMessage(payload, { userId, name }, { replyInThread });
          if (!message) return;
          const { sender } = message;
          await context.received(sender ? { ...message, sender: { ...sender, name: await nameOf(sender.id) } } : message);
        },
        connected: () => context.connected(),
        lost: (failure) => context.disconnected(failure),
      });
      await socketMode.open();
    },
    disconnect: async () => {
      await socketMode?.close();
      closed.abort();
    },
    send: async ({ address, text }) => {
      const { ts } = await asBot('chat.postMessage', { channel: address.to, ...placeOf(address), text: escapeText(text), ...AS_IT_IS, ...NO_PREVIEWS }, Sent);
      return { externalId: ts };
    },
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
  };
};

/** Nothing in the words becomes a mention or a link by itself. */
const AS_IT_IS = { parse: 'none', link_names: false };
/** Slack would fetch what an answer points at: an address in it could carry something out that nobody clicked. */
const NO_PREVIEWS = { unfurl_links: false, unfurl_media: false };

const placeOf = ({ thread }: ReplyAddress): { readonly thread_ts?: string } => (thread === undefined ? {} : { thread_ts: thread });
