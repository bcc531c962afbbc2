import { FixedWindow } from '../../kernel/fixed-window.ts';

/** Wrong credentials an address may try in a minute; counted before anything is compared. */
const TRIES_PER_MINUTE = 10;

/** Addresses that guessed too often, with the moment from which they are heard again: kept over restarts. */
export interface BlockedAddresses {
  readonly known: ReadonlyMap<string, number>;
  keep(blocked: ReadonlyMap<string, number>): void;
}

/** Wrong guesses by address. An address that used up its minute is not heard, right or wrong, until that minute is over. */
export class Guesses {
  readonly #now: () => number;
  readonly #wrong = new FixedWindow(60_000);
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
    if (remaining > 0) return;
    if (this.#blocked.size > 10_000) this.#blocked.clear();
    this.#blocked.set(address, resetsAt);
    this.#kept?.keep(this.#blocked);
  }
}
