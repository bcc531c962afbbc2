import { GatewayError, PERMISSIONS } from '@openclaw/contract';
import { FixedWindow } from '../../kernel/fixed-window.ts';
import type { Grants } from '../ports/access-store.ts';
import { type Caller, OWNER_ID, owner } from './caller.ts';
import type { ConfiguredKey } from './configured-key.ts';
import type { CredentialBook } from './credential-book.ts';
import { Holders, type Holding } from './holders.ts';
import { digestOf } from './secret-form.ts';

/** Wrong credentials an address may try in a minute; counted before anything is compared. */
const TRIES_PER_MINUTE = 10;

/** What the configuration says about credentials now. */
export interface Credentials {
  /** Undefined: authentication is switched off (loopback only; the config sees to that). */
  readonly token: string | undefined;
  readonly keys: readonly ConfiguredKey[];
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
  /** Keys and tokens that were made while the gateway runs. */
  readonly book?: Pick<CredentialBook, 'find'>;
  readonly blocked?: BlockedAddresses;
  /** Hears of every credential that was shown and not taken. */
  readonly refused?: (address: string, outcome: 'auth_invalid' | 'rate_limited') => void;
  readonly now?: () => number;
}

const EVERYTHING: Grants = { scope: 'full', permissions: PERMISSIONS, workspaces: ['*'], requestsPerMinute: undefined, budget: undefined, addresses: [] };

/** With no token to ask for, everyone who gets in is the owner. Switching authentication on ends that. */
const NO_TOKEN: Holding = { id: OWNER_ID, label: owner.label, hash: digestOf(''), grants: EVERYTHING, expiresAt: undefined };

const holdingsOf = ({ token, keys }: Credentials): ReadonlyMap<string, Holding> => {
  if (token === undefined) return new Map([[OWNER_ID, NO_TOKEN]]);
  const holding = (id: string, label: string, secret: string, grants: Grants): Holding => ({ id, label, hash: digestOf(secret), grants, expiresAt: undefined });
  return new Map([
    [OWNER_ID, holding(OWNER_ID, owner.label, token, EVERYTHING)],
    ...keys.map(({ id, label, key, grants }) => [id, holding(id, label, key, grants)] as const),
  ]);
};

export const createAuthenticator = (credentials: () => Credentials, { book, blocked, refused, now = Date.now }: Options = {}): Authenticator => {
  const guesses = new Guesses(now, blocked);
  const holders = new Holders({ now, requestsPerMinute: () => credentials().requestsPerMinute });
  const refresh = (): void => holders.replace(holdingsOf(credentials()));
  refresh();

  return {
    authenticate(credential, address) {
      const open = credentials().token === undefined ? holders.match(OWNER_ID, digestOf(''), address) : undefined;
      if (open) return open;
      if (credential === undefined) throw new GatewayError('auth_required', 'A credential is needed: send "Authorization: Bearer <token>"');
      const left = guesses.left(address);
      if (left > 0) {
        refused?.(address, 'rate_limited');
        throw new GatewayError('rate_limited', 'Too many wrong credentials from this address', { retryAfterSeconds: Math.ceil(left / 1000) });
      }
      const caller = book?.find(credential, address) ?? holders.matchAny(digestOf(credential), address);
      if (caller) return caller;
      guesses.count(address);
      refused?.(address, 'auth_invalid');
      throw new GatewayError('auth_invalid', 'The credential does not match');
    },
    refresh,
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
