import { z } from 'zod';
import { type ChannelContext, ChannelFailure, type InboundMessage } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { handOn } from '../kit/hand-on.ts';
import { type CallApi, MatrixRefusal, pathOf } from './client-server-api.ts';
import { Invitations, InvitedRooms } from './invitations.ts';
import type { FetchOf } from './media.ts';
import { type Event, readEvents, readMessage } from './read-event.ts';
import type { Rooms } from './rooms.ts';

/** How long the homeserver waits for something to tell before it answers that there is nothing. */
const POLL_MS = 25_000;
const POLL_DEADLINE_MS = POLL_MS + 20_000;
/** Everything there is, without waiting: large accounts have a lot. */
const FIRST_DEADLINE_MS = 120_000;
/** What of a room comes unasked at most; what is missing then is asked for. */
const EVENTS_AT_ONCE = 50;
const EVENTS_A_PAGE = 100;

const NOTHING = { not_types: ['*'] };
const TIMELINE = { types: ['m.room.message', 'm.room.encrypted', 'm.sticker', 'm.room.member'] };
const filter = (timeline: object): string => JSON.stringify({ presence: NOTHING, account_data: NOTHING, room: { account_data: NOTHING, ephemeral: NOTHING, state: NOTHING, timeline } });
const NEWS = filter({ ...TIMELINE, limit: EVENTS_AT_ONCE });
const OUTLINE = filter({ limit: 1 });

/** Where the homeserver keeps how far this account has read: in the account's own data. */
const PLACE = 'com.openclaw.place';
const Place = z.object({ since: z.string().optional().catch(undefined) });

const Timeline = z.object({ events: z.array(z.unknown()).default([]), limited: z.boolean().optional(), prev_batch: z.string().optional() });
type Timeline = z.infer<typeof Timeline>;

const Batch = z.object({
  next_batch: z.string(),
  rooms: z.object({
    join: z.record(z.string(), z.object({ timeline: Timeline.optional() })).optional(),
    invite: InvitedRooms.optional(),
    leave: z.record(z.string(), z.unknown()).optional(),
  }).optional(),
});
type Batch = z.infer<typeof Batch>;

const Page = z.object({ chunk: z.array(z.unknown()), end: z.string().optional() });

interface Deps {
  readonly call: CallApi;
  readonly me: string;
  readonly rooms: Rooms;
  readonly fetchOf: FetchOf;
  readonly context: ChannelContext;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * Hands on what is said in the rooms of an account, from where it was left: the homeserver keeps that place, and it moves on only after what
 * came before it was taken. An account without a place begins with now: what was said before was said to somebody else.
 */
export class RoomsFollower {
  readonly #deps: Deps;
  readonly #invitations: Invitations;
  #since = '';

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#invitations = new Invitations(deps);
  }

  /** Finds its place: what is said from now on is handed on. */
  async begin(): Promise<void> {
    const place = await this.#place();
    // Invitations that were told once are not told again by what follows a place.
    const outline = await this.#deps.call('GET', '/sync', { query: { filter: OUTLINE }, result: Batch, deadlineMs: FIRST_DEADLINE_MS });
    this.#invitations.hear(outline.rooms?.invite);
    this.#since = place ?? outline.next_batch;
    if (place === undefined) await this.#keepPlace();
  }

  /** Until the connection is lost. */
  async follow(): Promise<never> {
    for (;;) {
      await this.#invitations.follow();
      const batch = await this.#next();
      let isNews = false;
      for (const [room, { timeline }] of Object.entries(batch.rooms?.join ?? {})) if (timeline && (await this.#take(room, timeline))) isNews = true;
      for (const room of Object.keys(batch.rooms?.leave ?? {})) {
        this.#deps.rooms.forget(room);
        this.#invitations.forget(room);
      }
      this.#invitations.hear(batch.rooms?.invite);
      this.#since = batch.next_batch;
      if (isNews) await this.#keepPlace();
    }
  }

  async #place(): Promise<string | undefined> {
    const { call, me } = this.#deps;
    try {
      return (await call('GET', pathOf`/user/${me}/account_data/${PLACE}`, { result: Place })).since;
    } catch (thrown) {
      if (thrown instanceof MatrixRefusal && thrown.errcode === 'M_NOT_FOUND') return undefined;
      throw thrown;
    }
  }

  /** Where that fails, what was taken comes again, and is known. */
  async #keepPlace(): Promise<void> {
    const { call, me, log } = this.#deps;
    await call('PUT', pathOf`/user/${me}/account_data/${PLACE}`, { body: { since: this.#since }, result: z.unknown() }).catch((thrown: unknown) =>
      log('warn', 'the place in the rooms could not be kept', { channel: 'matrix', cause: String(thrown) }),
    );
  }

  async #next(): Promise<Batch> {
    const { call, log } = this.#deps;
    const ask = (since: string | undefined): Promise<Batch> =>
      call('GET', '/sync', { query: { filter: NEWS, since, timeout: String(POLL_MS) }, result: Batch, deadlineMs: POLL_DEADLINE_MS });
    try {
      return await ask(this.#since);
    } catch (thrown) {
      if (!isForgotten(thrown)) throw thrown;
      log('warn', 'the homeserver does not know any more what was read: what was said since is left out', { channel: 'matrix', cause: thrown.message });
      await this.#deps.call('PUT', pathOf`/user/${this.#deps.me}/account_data/${PLACE}`, { body: {}, result: z.unknown() });
      throw new ChannelFailure('passing', 'the homeserver does not know any more what was read');
    }
  }

  /** What is new in one room; true where some of it was said. */
  async #take(room: string, timeline: Timeline): Promise<boolean> {
    const events = readEvents(timeline.events);
    const entry = entryOf(events, this.#deps.me);
    if (timeline.limited) this.#deps.rooms.forget(room);
    // What was said before this account was asked to come was not said to it.
    if (entry !== undefined) return this.#takeAll(room, events.slice(entry));
    const missed = timeline.limited && timeline.prev_batch !== undefined ? await this.#takeGap(room, timeline.prev_batch, new Set(events.map(({ event_id: id }) => id))) : false;
    return (await this.#takeAll(room, events)) || missed;
  }

  async #takeAll(room: string, events: readonly Event[]): Promise<boolean> {
    const { rooms, me, fetchOf } = this.#deps;
    let isNews = false;
    for (const event of events) {
      if (event.type === 'm.room.member') rooms.heard(room, event);
      else if (event.sender !== me) {
        const message = readMessage(event, { room, me, members: await rooms.membersOf(room), fetchOf });
        if (message) await this.#handOn(message);
        isNews = true;
      }
    }
    return isNews;
  }

  /** What lies between the last batch and this one, a page at a time. */
  async #takeGap(room: string, to: string, known: ReadonlySet<string>): Promise<boolean> {
    const { call } = this.#deps;
    let isNews = false;
    for (let from: string | undefined = this.#since; from !== undefined; ) {
      const page: z.infer<typeof Page> = await call('GET', pathOf`/rooms/${room}/messages`, {
        query: { dir: 'f', from, to, limit: String(EVENTS_A_PAGE), filter: JSON.stringify(TIMELINE) }, result: Page,
      });
      const events = readEvents(page.chunk);
      const met = events.findIndex(({ event_id: id }) => known.has(id));
      if (await this.#takeAll(room, met < 0 ? events : events.slice(0, met))) isNews = true;
      from = met < 0 && page.end !== from ? page.end : undefined;
    }
    return isNews;
  }

  /** Again and again, until it is taken: what follows waits. */
  async #handOn(message: InboundMessage): Promise<void> {
    const { context, signal, log } = this.#deps;
    if (!(await handOn(() => context.received(message), { channel: 'matrix', log, signal }))) signal.throwIfAborted();
  }
}

/** Where in these events this account came in, or was asked to just before. */
const entryOf = (events: readonly Event[], me: string): number | undefined => {
  const mine = ({ type, state_key: of }: Event): boolean => type === 'm.room.member' && of === me;
  const came = events.findLastIndex((event) => mine(event) && event.content.membership === 'join' && event.unsigned?.prev_content?.membership !== 'join');
  if (came < 0) return undefined;
  const before = events.findLastIndex((event, index) => index < came && mine(event));
  return events[before]?.content.membership === 'invite' ? before : came;
};

/** Its database is another one by now. */
const isForgotten = (thrown: unknown): thrown is MatrixRefusal => thrown instanceof MatrixRefusal && ['M_UNKNOWN_POS', 'M_INVALID_PARAM', 'M_UNKNOWN'].includes(thrown.errcode) && thrown.kind === 'permanent';
