import { z } from 'zod';
import { ChannelFailure, type InboundMessage } from '../../../engine/ports/channel.ts';
import type { CallRestApi } from './rest-api.ts';

/** Where something is said: a thread is a channel of its own on Discord, and belongs to another. */
export interface Place {
  readonly conversation: InboundMessage['conversation'];
  readonly thread: string | undefined;
}

export interface PlaceBook {
  /** `type` is what the message says of its channel. */
  placeOf(channel: string, type: number | undefined): Promise<Place>;
  isDirect(channel: string): Promise<boolean>;
  /** The channel in which to write to somebody directly. */
  directTo(user: string): Promise<string>;
}

const Channel = z.object({ id: z.string(), type: z.int(), parent_id: z.string().nullish(), name: z.string().nullish() });
type Channel = z.infer<typeof Channel>;

const KEPT = 1_000;
const DIRECT = 1;
const KINDS: ReadonlyMap<number, InboundMessage['conversation']['kind']> = new Map([
  [0, 'group'], [DIRECT, 'direct'], [2, 'group'], [3, 'group'], [5, 'group'], [10, 'group'], [11, 'group'], [12, 'group'], [13, 'group'],
]);
const THREADS: ReadonlySet<number> = new Set([10, 11, 12]);

export const placeBook = (call: CallRestApi): PlaceBook => {
  const channels = kept<Channel | undefined>();
  const directs = kept<string>();

  /** Undefined where there is none, or none for this account. */
  const lookUp = async (id: string): Promise<Channel | undefined> => {
    if (channels.has(id)) return channels.get(id);
    const found = await call({ method: 'GET', path: `/channels/${encodeURIComponent(id)}`, result: Channel }).catch((thrown: unknown) => {
      if (thrown instanceof ChannelFailure && thrown.kind === 'permanent') return undefined;
      throw thrown;
    });
    channels.set(id, found);
    return found;
  };

  return {
    placeOf: async (id, type) => {
      if (type !== undefined && !THREADS.has(type)) return { conversation: { id, kind: KINDS.get(type) ?? 'unknown' }, thread: undefined };
      const channel = await lookUp(id);
      if (!channel) return { conversation: { id, kind: 'unknown' }, thread: undefined };
      const kind = KINDS.get(channel.type) ?? 'unknown';
      if (THREADS.has(channel.type) && channel.parent_id) return { conversation: { id: channel.parent_id, kind }, thread: id };
      return { conversation: { id, kind, title: channel.name ?? undefined }, thread: undefined };
    },
    isDirect: async (id) => (await lookUp(id))?.type === DIRECT,
    directTo: async (user) => {
      const known = directs.get(user);
      if (known !== undefined) return known;
      const { id } = await call({ method: 'POST', path: '/users/@me/channels', body: { recipient_id: user }, result: Channel });
      directs.set(user, id);
      return id;
    },
  };
};

/** The newest of what was looked up. */
const kept = <Value>(): Pick<Map<string, Value>, 'has' | 'get'> & { set(key: string, value: Value): void } => {
  const values = new Map<string, Value>();
  return {
    has: (key) => values.has(key),
    get: (key) => values.get(key),
    set: (key, value) => {
      const [oldest] = values.keys();
      if (values.size >= KEPT && oldest !== undefined) values.delete(oldest);
      values.set(key, value);
    },
  };
};
