import { GatewayError } from '@openclaw/contract';
import type { EventBus } from '../ports/event-bus.ts';
import type { SharedRateLimiter } from '../ports/rate-limiter.ts';
import type { Caller } from './caller.ts';
import { type BlockedAddresses, TRIES_PER_MINUTE, WrongTries } from './wrong-tries.ts';

const MINUTE = 60_000;
const MOST_ADDRESSES = 10_000;

/** Where several nodes count guesses together. */
export interface SharedGuesses {
  readonly rates: SharedRateLimiter;
  readonly bus: EventBus;
}

interface Options {
  readonly blocked?: BlockedAddresses | undefined;
  readonly shared?: SharedGuesses | undefined;
  /** Hears of every credential that was shown and not taken. */
  readonly refused?: ((address: string, outcome: 'auth_invalid' | 'rate_limited') => void) | undefined;
  readonly now: () => number;
}

/** Looks a credential up; undefined where nobody has it. */
type Compare = () => Caller | undefined;

/**
 * Wrong guesses by address. An address that used up its minute is not heard, right or wrong, until that minute is over. Nodes that count
 * together tell each other who guesses: for such an address every try is taken from what is left before it is compared, and given back
 * where it was right. Of all others nobody counts anything, so a right credential costs nothing.
 */
export class Guesses {
  readonly #options: Options;
  readonly #wrong: WrongTries;
  /** Who guessed wrong a short time ago, with the moment until which it is remembered. */
  readonly #guessers = new Map<string, number>();
  /** The last try of each address: the next is not compared before it is counted. */
  readonly #tries = new Map<string, Promise<unknown>>();

  constructor(options: Options) {
    this.#options = options;
    this.#wrong = new WrongTries(options.now, options.blocked);
    options.shared?.bus.subscribe((signal) => {
      if (signal.kind === 'guess') this.#remember(signal.address);
    });
  }

  /** At once, except where nodes count together and this address has guessed. Throws `auth_invalid` and `rate_limited`. */
  judge(address: string, compare: Compare): Caller | Promise<Caller> {
    this.#refuseBlocked(address);
    const { shared } = this.#options;
    if (shared && this.#isGuesser(address)) return this.#inTurn(address, () => this.#tryTogether(shared, address, compare));
    const caller = compare();
    if (caller) return caller;
    if (!shared) {
      this.#wrong.count(address);
      throw this.#isWrong(address);
    }
    this.#tell(shared, address);
    return this.#inTurn(address, () => this.#tryTogether(shared, address, () => undefined));
  }

  async #tryTogether(shared: SharedGuesses, address: string, compare: Compare): Promise<Caller> {
    this.#refuseBlocked(address);
    const { rates } = shared;
    const id = `guesses:${address}`;
    const taken = await rates.take(id, TRIES_PER_MINUTE, this.#options.now());
    if (!taken.allowed) {
      this.#wrong.block(address, taken.resetsAt);
      throw this.#isTooMuch(address);
    }
    let wrong = false;
    try {
      const caller = compare();
      wrong = caller === undefined;
      if (caller) return caller;
    } finally {
      // Where that fails, the address has one try less: no reason to refuse this one.
      if (!wrong) await rates.giveBack(id, taken).catch(() => {});
    }
    this.#tell(shared, address);
    if (taken.remaining === 0) this.#wrong.block(address, taken.resetsAt);
    throw this.#isWrong(address);
  }

  /** One try of an address after the other. */
  async #inTurn(address: string, judge: () => Promise<Caller>): Promise<Caller> {
    const judged = (this.#tries.get(address) ?? Promise.resolve()).then(judge);
    const over = judged.then(() => {}, () => {});
    this.#tries.set(address, over);
    try {
      return await judged;
    } finally {
      if (this.#tries.get(address) === over) this.#tries.delete(address);
    }
  }

  #isWrong(address: string): GatewayError {
    this.#options.refused?.(address, 'auth_invalid');
    return new GatewayError('auth_invalid', 'The credential does not match');
  }

  #refuseBlocked(address: string): void {
    if (this.#wrong.left(address) > 0) throw this.#isTooMuch(address);
  }

  #isTooMuch(address: string): GatewayError {
    this.#options.refused?.(address, 'rate_limited');
    const retryAfterSeconds = Math.max(1, Math.ceil(this.#wrong.left(address) / 1000));
    return new GatewayError('rate_limited', 'Too many wrong credentials from this address', { retryAfterSeconds });
  }

  /** From now on every node counts what comes from there. */
  #tell({ bus }: SharedGuesses, address: string): void {
    this.#remember(address);
    bus.publish({ kind: 'guess', address });
  }

  #isGuesser(address: string): boolean {
    return (this.#guessers.get(address) ?? 0) > this.#options.now();
  }

  #remember(address: string): void {
    const now = this.#options.now();
    // The longest known stand first.
    this.#guessers.delete(address);
    this.#guessers.set(address, now + MINUTE);
    for (const [known, until] of this.#guessers) {
      if (until > now && this.#guessers.size <= MOST_ADDRESSES) break;
      this.#guessers.delete(known);
    }
  }
}
