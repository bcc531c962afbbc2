import { FixedWindow } from '../../kernel/fixed-window.ts';

/** Wrong credentials an address may try in a minute; counted before anything is compared. */
export const TRIES_PER_MINUTE = 10;
const MINUTE = 60_000;
const MOST_BLOCKED = 10_000;

/** Addresses that guessed too often, with the moment from which they are heard again: kept over restarts. */
export interface BlockedAddresses {
  readonly known: ReadonlyMap<string, number>;
  keep(blocked: ReadonlyMap<string, number>): void;
}

/** Wrong tries by address, or by address and place. One that used up its minute is not heard, right or wrong, until that minute is over. */
export class WrongTries {
  readonly #now: () => number;
  readonly #wrong = new FixedWindow(MINUTE);
  readonly #blocked: Map<string, number>;
  readonly #kept: BlockedAddresses | undefined;

  constructor(now: () => number, kept?: BlockedAddresses) {
    this.#now = now;
    this.#kept = kept;
    this.#blocked = new Map(kept?.known);
  }

  /** Milliseconds until the address is heard again. */
  left(address: string): number {
    return Math.max(0, (this.#blocked.get(address) ?? 0) - this.#now());
  }

  count(address: string): void {
    const { remaining, resetsAt } = this.#wrong.take(address, TRIES_PER_MINUTE, this.#now());
    if (remaining === 0) this.block(address, resetsAt);
  }

  /** Until a moment that another clock than ours may have told. */
  block(address: string, until: number): void {
    if (this.#blocked.size > MOST_BLOCKED) this.#blocked.clear();
    this.#blocked.set(address, Math.min(until, this.#now() + MINUTE));
    this.#kept?.keep(this.#blocked);
  }
}
