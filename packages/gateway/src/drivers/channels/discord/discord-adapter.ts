import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type ChannelAdapter, ChannelFailure, type ChannelWorld, type OutgoingFile, type OutgoingMessage, type SentMessage } from '../../../engine/ports/channel.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { asPassing, bringFile, parseJson } from '../kit/ask.ts';
import { holdBack } from '../kit/hold-back.ts';
import { leadsTo } from '../kit/leads-to.ts';
import { GatewayStream, Session } from './gateway-stream.ts';
import { placeBook } from './places.ts';
import { type Bring, readMessage } from './read-message.ts';
import { DiscordRefusal, FILE_HOSTS, GATEWAY_HOSTS, restApi } from './rest-api.ts';

export interface DiscordSettings {
  readonly botToken: string;
  readonly apiUrl: string;
}

const Bot = z.object({ id: z.string(), username: z.string() });
const Entrance = z.object({ url: z.url({ protocol: /^wss?$/ }), session_start_limit: z.object({ remaining: z.number(), reset_after: z.number() }).optional() });
const Sent = z.object({ id: z.string() });
const Kept = z.object({ bot: z.string(), session: Session });

const CANNOT_QUOTE = 160_002;
/** No previews: Discord would fetch what an answer points at, and an address could carry something out that nobody clicked. */
const NO_PREVIEWS = 1 << 2;
/** What Discord takes from a bot, in a server that nobody has paid for. */
const LARGEST_FILE = 10_000_000;
const FILE_WITHIN_MS = 60_000;
/** Nothing in the words calls anybody. */
const CALLS_NOBODY = { parse: [] };

/** A bot, by Discord's gateway and its REST API. */
export const discordAdapter = ({ botToken, apiUrl }: DiscordSettings, { http, log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const call = restApi({ http, apiUrl, token: botToken, signal: closed.signal });
  const places = placeBook(call);
  const held = holdBack();
  let stream: GatewayStream | undefined;

  const address = async (): Promise<string> => {
    const { url, session_start_limit: limit } = await call({ method: 'GET', path: '/gateway/bot', result: Entrance }).catch(asPassing);
    // Whoever begins more sessions than they may has their token taken away.
    if (limit && limit.remaining < 1) throw new ChannelFailure('passing', 'Discord lets this bot begin no more sessions today', { retryAfterMs: limit.reset_after });
    return url;
  };

  /** The channel to write in, by its path; `user:123` is whoever has that id. */
  const channelOf = async ({ to, thread }: ReplyAddress): Promise<string> => {
    const user = /^user:(.*)$/.exec(to)?.[1];
    return `/channels/${encodeURIComponent(thread ?? (user === undefined ? to : await places.directTo(user)))}`;
  };

  /** Without the token: whoever knows the address may have it. */
  const bring: Bring = (named) => {
    if (!leadsTo(named, { hosts: FILE_HOSTS, configured: apiUrl })) return undefined;
    return (mostBytes, signal) => bringFile(http, { service: 'Discord', url: named, signal: AbortSignal.any([signal, closed.signal]), deadlineMs: FILE_WITHIN_MS, mask: (text) => text }, mostBytes);
  };

  const post = async (path: string, message: OutgoingMessage | OutgoingFile, quoted: string | undefined): Promise<string> => {
    const { key } = message;
    const { id } = await call({
      method: 'POST', path: `${path}/messages`, result: Sent,
      ...('content' in message && { file: message }),
      body: {
        ...('text' in message && { content: message.text }), flags: NO_PREVIEWS, allowed_mentions: { ...CALLS_NOBODY, replied_user: true },
        ...(key !== undefined && { nonce: nonceOf(key), enforce_nonce: true }),
        ...(quoted !== undefined && { message_reference: { message_id: quoted, fail_if_not_exists: false } }),
      },
    });
    return id;
  };

  const send = async (message: OutgoingMessage | OutgoingFile): Promise<SentMessage> => {
    const path = await channelOf(message.address);
    const { inReplyTo, to } = message.address;
    // Among many, an answer says what it answers.
    const quoted = inReplyTo !== undefined && !(await places.isDirect(to).catch(() => true)) ? inReplyTo : undefined;
    const id = await post(path, message, quoted).catch((thrown: unknown) => {
      if (quoted !== undefined && thrown instanceof DiscordRefusal && thrown.code === CANNOT_QUOTE) return post(path, message, undefined);
      throw thrown;
    });
    return { externalId: id };
  };

  return {
    capabilities: { longestText: 2_000, edit: true, largestFile: LARGEST_FILE },
    connect: async (context) => {
      const me = await call({ method: 'GET', path: '/users/@me', result: Bot }).catch(asPassing);
      const kept = Kept.safeParse(parseJson((await context.memory?.recall()) ?? '')).data;
      stream = new GatewayStream({
        token: botToken, address, log, home: { hosts: GATEWAY_HOSTS, configured: apiUrl },
        session: kept?.bot === me.id ? kept.session : undefined,
        take: async (data) => {
          const message = readMessage(data, me, bring);
          if (!message) return;
          const { channel, channelType, ...said } = message;
          await context.received({ ...said, ...(await places.placeOf(channel, channelType)) });
        },
        keep: async (session) => context.memory?.keep(session ? JSON.stringify({ bot: me.id, session }) : ''),
        connected: () => context.connected(),
        lost: (failure) => context.disconnected(failure),
      });
      held.begin(context);
      await stream.open();
    },
    disconnect: async () => {
      held.end();
      await stream?.close();
      closed.abort();
    },
    send: (message) => send(message).catch(held.untilThereIsAnother),
    sendFile: (file) => send(file).catch(held.untilThereIsAnother),
    edit: async ({ address: where, text, externalId }) => {
      await call({ method: 'PATCH', path: `${await channelOf(where)}/messages/${encodeURIComponent(externalId)}`, body: { content: text, allowed_mentions: CALLS_NOBODY }, result: z.unknown() });
    },
    typing: async (where) => void (await call({ method: 'POST', path: `${await channelOf(where)}/typing`, result: z.unknown() })),
  };
};

/** Discord makes one message of several with the same nonce, for some minutes; it takes 25 characters. */
const nonceOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, 25);
