import { GatewayError, PERMISSIONS } from '@openclaw/contract';
import type { Grants } from '../ports/access-store.ts';
import { type Caller, OWNER_ID, owner } from './caller.ts';
import type { ConfiguredKey } from './configured-key.ts';
import type { CredentialBook } from './credential-book.ts';
import { Guesses, type SharedGuesses } from './guesses.ts';
import type { BlockedAddresses } from './wrong-tries.ts';
import { Holders, type Holding } from './holders.ts';
import { digestOf } from './secret-form.ts';

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
  /** Throws `auth_required`, `auth_invalid`, or `rate_limited` where an address has guessed too often. At once, but for addresses whose guesses several nodes count. */
  authenticate(credential: string | undefined, address: string): Caller | Promise<Caller>;
  /** Looks at the configuration again: callers by a credential that is gone are revoked. */
  refresh(): void;
}

interface Options {
  /** Keys and tokens that were made while the gateway runs. */
  readonly book?: Pick<CredentialBook, 'find'>;
  readonly blocked?: BlockedAddresses;
  /** Absent: this node counts wrong guesses for itself. */
  readonly shared?: SharedGuesses | undefined;
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

export const createAuthenticator = (credentials: () => Credentials, { book, blocked, shared, refused, now = Date.now }: Options = {}): Authenticator => {
  const guesses = new Guesses({ blocked, shared, refused, now });
  const holders = new Holders({ now, requestsPerMinute: () => credentials().requestsPerMinute });
  const refresh = (): void => holders.replace(holdingsOf(credentials()));
  refresh();

  return {
    authenticate(credential, address) {
      const open = credentials().token === undefined ? holders.match(OWNER_ID, digestOf(''), address) : undefined;
      if (open) return open;
      if (credential === undefined) throw new GatewayError('auth_required', 'A credential is needed: send "Authorization: Bearer <token>"');
      return guesses.judge(address, () => book?.find(credential, address) ?? holders.matchAny(digestOf(credential), address));
    },
    refresh,
  };
};
