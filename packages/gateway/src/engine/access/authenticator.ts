import { createHash, timingSafeEqual } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { GatewayError } from '@openclaw/contract';
import { FixedWindow } from '../../kernel/fixed-window.ts';
import { type Caller, owner } from './caller.ts';

/** Wrong credentials an address may try in a minute; counted before anything is compared. */
const TRIES_PER_MINUTE = 10;

/** What the configuration says about credentials now. */
export interface Credentials {
  /** Undefined: authentication is switched off (loopback only; the config sees to that). */
  readonly token: string | undefined;
  /** For callers that have no limit of their own. */
  readonly requestsPerMinute: number | undefined;
}

/** Turns credentials into callers, and takes them back when they no longer hold. */
export interface Authenticator {
  /** Throws `auth_required`, `auth_invalid`, or `rate_limited` where an address has guessed too often. */
  authenticate(credential: string | undefined, address: string): Caller;
  /** Looks at the configuration again: callers by a credential that is gone are revoked. */
  refresh(): void;
}

/** Addresses that guessed too often, with the moment from which they are heard again: kept over restarts. */
export interface BlockedAddresses {
  readonly known: ReadonlyMap<string, number>;
  keep(blocked: ReadonlyMap<string, number>): void;
}

interface Options {
  readonly blocked?: BlockedAddresses;
  readonly now?: () => number;
}

interface Epoch {
  readonly token: string | undefined;
  readonly digest: Buffer;
  readonly caller: Caller;
  readonly revocation: AbortController;
}

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

export const createAuthenticator = (credentials: () => Credentials, { blocked, now = Date.now }: Options = {}): Authenticator => {
  const guesses = new Guesses(now, blocked);
  const limits = {
    get requestsPerMinute() {
      return credentials().requestsPerMinute;
    },
  };
  const begin = (): Epoch => {
    const { token } = credentials();
    const revocation = new AbortController();
    // Every open connection listens.
    setMaxListeners(0, revocation.signal);
    return { token, digest: digestOf(token ?? ''), caller: { ...owner, limits, revoked: revocation.signal }, revocation };
  };
  let epoch = begin();

  return {
    authenticate(credential, address) {
      if (epoch.token === undefined) return epoch.caller;
      if (credential === undefined) throw new GatewayError('auth_required', 'A credential is needed: send "Authorization: Bearer <token>"');
      guesses.check(address);
      if (timingSafeEqual(digestOf(credential), epoch.digest)) return epoch.caller;
      guesses.count(address);
      throw new GatewayError('auth_invalid', 'The credential does not match');
    },
    refresh() {
      const before = epoch;
      if (credentials().token === before.token) return;
      epoch = begin();
      before.revocation.abort();
    },
  };
};

/** Wrong guesses by address. An address that used up its minute is not heard, right or wrong, until that minute is over. */
class Guesses {
  readonly #now: () => number;
  readonly #wrong = new FixedWindow(60_000);
  readonly #blocked: Map<string, number>;
  readonly #kept: BlockedAddresses | undefined;

  constructor(now: () => number, kept: BlockedAddresses | undefined) {
    this.#now = now;
    this.#kept = kept;
    this.#blocked = new Map(kept?.known);
  }

  check(address: string): void {
    const left = (this.#blocked.get(address) ?? 0) - this.#now();
    if (left > 0) throw new GatewayError('rate_limited', 'Too many wrong credentials from this address', { retryAfterSeconds: Math.ceil(left / 1000) });
  }

  count(address: string): void {
    const { remaining, resetsAt } = this.#wrong.take(address, TRIES_PER_MINUTE, this.#now());
    if (remaining > 0) return;
    if (this.#blocked.size > 10_000) this.#blocked.clear();
    this.#blocked.set(address, resetsAt);
    this.#kept?.keep(this.#blocked);
  }
}
