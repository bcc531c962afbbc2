import { z } from 'zod';
import { type CallApi, MatrixRefusal, pathOf } from './client-server-api.ts';
import type { Event, Place } from './read-event.ts';

/** Rooms whose members are remembered; they are asked for again where they are not. */
const MOST_ROOMS = 200;

const DEADLINE_MS = 60_000;

const Members = z.object({ chunk: z.array(z.object({ state_key: z.string(), content: z.object({ membership: z.string(), displayname: z.string().nullish().catch(undefined) }) })) });

type Names = Map<string, string | undefined>;

/** Who is in the rooms that something is said in: asked for once, and followed from then on. */
export class Rooms {
  readonly #call: CallApi;
  readonly #rooms = new Map<string, Names>();

  constructor(call: CallApi) {
    this.#call = call;
  }

  /** Undefined where that cannot be known: this account is there no more, say. */
  async membersOf(room: string): Promise<Place['members']> {
    const known = this.#rooms.get(room);
    if (known) return known;
    const names = await this.#ask(room);
    if (!names) return undefined;
    this.#rooms.set(room, names);
    const [oldest] = this.#rooms.keys();
    if (this.#rooms.size > MOST_ROOMS && oldest !== undefined) this.#rooms.delete(oldest);
    return names;
  }

  heard(room: string, { state_key: user, content }: Event): void {
    if (user === undefined) return;
    if (isThere(content.membership)) this.#rooms.get(room)?.set(user, content.displayname);
    else this.#rooms.get(room)?.delete(user);
  }

  /** Something happened there that was not told. */
  forget(room: string): void {
    this.#rooms.delete(room);
  }

  async #ask(room: string): Promise<Names | undefined> {
    try {
      const answer = await this.#call('GET', pathOf`/rooms/${room}/members`, { query: { not_membership: 'leave' }, result: z.unknown(), deadlineMs: DEADLINE_MS });
      // A room so full that nobody can read who is in it must hold up no others.
      const { data: members } = Members.safeParse(answer);
      return members && new Map(members.chunk.filter(({ content }) => isThere(content.membership)).map(({ state_key: user, content }) => [user, content.displayname ?? undefined]));
    } catch (thrown) {
      if (thrown instanceof MatrixRefusal && thrown.kind === 'permanent' && thrown.errcode !== 'M_UNKNOWN_TOKEN') return undefined;
      throw thrown;
    }
  }
}

const isThere = (membership: string | undefined): boolean => membership === 'join' || membership === 'invite';
