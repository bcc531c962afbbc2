import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type ChannelAdapter, ChannelFailure, type ChannelWorld, type OutgoingFile } from '../../../engine/ports/channel.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { asPassing, LARGEST_FILE } from '../kit/ask.ts';
import { clientServerApi, MatrixRefusal, pathOf } from './client-server-api.ts';
import { RoomsFollower } from './follow-rooms.ts';
import { media } from './media.ts';
import { kindOf } from './read-event.ts';
import { Rooms } from './rooms.ts';

/** An event has at most 64 kB; an edit says everything twice, and a character may take three bytes. */
const LONGEST_TEXT = 8_000;
const TYPING_MS = 6_000;

const Self = z.object({ user_id: z.string() });
const Sent = z.object({ event_id: z.string() });

/** An account on a homeserver. What is sent has a name of its own, by which the homeserver knows it when it comes again. */
export const matrixAdapter = ({ homeserver, accessToken }: { readonly homeserver: string; readonly accessToken: string }, { http, log }: ChannelWorld): ChannelAdapter => {
  const closed = new AbortController();
  const account = { http, homeserver, token: accessToken, signal: closed.signal };
  const call = clientServerApi(account);
  const { fetchOf, put: putMedia } = media(account, call);
  const rooms = new Rooms(call);
  let me = '';
  let following: Promise<void> = Promise.resolve();

  const put = async (room: string, content: Readonly<Record<string, unknown>>, key: string = randomUUID()): Promise<string> =>
    (await call('PUT', pathOf`/rooms/${room}/send/m.room.message/${key}`, { body: content, result: Sent }).catch(asRefusedSend)).event_id;

  /** Where an answer stands in its room. */
  const placeOf = async (address: ReplyAddress): Promise<Readonly<Record<string, unknown>>> =>
    relationOf(address, kindOf(await rooms.membersOf(address.to).catch(() => undefined)) === 'group');

  return {
    capabilities: { longestText: LONGEST_TEXT, edit: true, largestFile: LARGEST_FILE, knowsRepeats: true },
    connect: async (context) => {
      const follower = await (async () => {
        me = (await call('GET', '/account/whoami', { result: Self })).user_id;
        const begun = new RoomsFollower({ call, me, rooms, fetchOf, context, signal: closed.signal, log });
        await begun.begin();
        return begun;
      })().catch(asPassing);
      context.connected();
      following = follower.follow().catch(asPassing).catch((thrown: unknown) => {
        if (!closed.signal.aborted) context.disconnected(thrown instanceof ChannelFailure ? thrown : new ChannelFailure('passing', 'the rooms could not be followed', { cause: thrown }));
      });
    },
    disconnect: async () => {
      closed.abort();
      await following;
    },
    send: async ({ address, text, key }) => ({ externalId: await put(address.to, { ...wordsOf(text), ...(await placeOf(address)) }, key) }),
    sendFile: async ({ address, key, ...file }) => {
      // Tried again, it is put there once more; what tells of it in the room is known.
      const url = await putMedia(file).catch(asRefusedSend);
      return { externalId: await put(address.to, { ...describe(file), url, ...(await placeOf(address)) }, key) };
    },
    edit: async ({ address, text, externalId, key }) => {
      const words = wordsOf(text);
      await put(address.to, { ...words, body: `* ${text}`, 'm.new_content': words, 'm.relates_to': { rel_type: 'm.replace', event_id: externalId } }, key);
    },
    typing: async ({ to }) => void (await call('PUT', pathOf`/rooms/${to}/typing/${me}`, { body: { typing: true, timeout: TYPING_MS }, result: z.unknown() })),
  };
};

/** Whoever is named in it is not called for that. */
const wordsOf = (text: string): Readonly<Record<string, unknown>> => ({ msgtype: 'm.text', body: text, 'm.mentions': {} });

const describe = ({ name, type, content }: Pick<OutgoingFile, 'name' | 'type' | 'content'>): Readonly<Record<string, unknown>> => ({
  msgtype: `m.${/^(image|audio|video)\//.exec(type)?.[1] ?? 'file'}`, body: name, filename: name, info: { mimetype: type, size: content.length }, 'm.mentions': {},
});

/** An answer stays in its thread; among many it says what it answers. */
const relationOf = ({ thread, inReplyTo }: ReplyAddress, isGroup: boolean): Readonly<Record<string, unknown>> => {
  if (thread !== undefined) {
    return { 'm.relates_to': { rel_type: 'm.thread', event_id: thread, is_falling_back: true, 'm.in_reply_to': { event_id: inReplyTo ?? thread } } };
  }
  return isGroup && inReplyTo !== undefined ? { 'm.relates_to': { 'm.in_reply_to': { event_id: inReplyTo } } } : {};
};

/** A token that is not valid any more is no fault of the message: it waits until there is another. */
const asRefusedSend = (thrown: unknown): never => {
  throw thrown instanceof MatrixRefusal && thrown.errcode === 'M_UNKNOWN_TOKEN' ? new ChannelFailure('passing', thrown.message) : thrown;
};
