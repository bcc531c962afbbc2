import { type Activity, watchActivity } from '@openclaw/contract';
import type { Caller } from '../../../engine/access/index.ts';
import type { Gateway } from '../../../engine/gateway.ts';
import type { Connection } from './connection.ts';

type ToPush = (activity: Activity) => object | undefined;

interface Audience {
  readonly members: Set<Connection>;
  readonly leave: AbortController;
}

/** Tells what happens to everyone who may hear of it. All sockets of one caller share a watch, and its words are written once. */
export class PushHub {
  readonly #gateway: Gateway;
  readonly #toPush: readonly ToPush[];
  readonly #audiences = new Map<Caller, Audience>();

  constructor(gateway: Gateway, toPush: readonly ToPush[]) {
    this.#gateway = gateway;
    this.#toPush = toPush;
  }

  join(connection: Connection): void {
    const { caller } = connection;
    if (!caller || this.#toPush.length === 0) return;
    const known = this.#audiences.get(caller);
    if (known) known.members.add(connection);
    else this.#begin(caller, connection);
  }

  leave(connection: Connection): void {
    const { caller } = connection;
    if (!caller) return;
    const audience = this.#audiences.get(caller);
    if (!audience?.members.delete(connection) || audience.members.size > 0) return;
    this.#audiences.delete(caller);
    audience.leave.abort();
  }

  #begin(caller: Caller, first: Connection): void {
    const audience: Audience = { members: new Set([first]), leave: new AbortController() };
    this.#audiences.set(caller, audience);
    // Who may not watch hears nothing; that is no failure.
    this.#watch(caller, audience).catch(() => {});
  }

  async #watch(caller: Caller, { members, leave }: Audience): Promise<void> {
    const run = this.#gateway.run(watchActivity, {}, { caller, signal: leave.signal, unasked: true });
    for await (const activity of run) {
      for (const toPush of this.#toPush) {
        const words = toPush(activity);
        if (!words) continue;
        const text = JSON.stringify(words);
        for (const member of members) member.push(text);
      }
    }
  }
}
