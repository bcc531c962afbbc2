import { timingSafeEqual } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { BlockList, isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { EVERYBODYS, GatewayError, type Permission } from '@openclaw/contract';
import type { Grants } from '../ports/access-store.ts';
import type { Caller } from './caller.ts';

/** A credential that holds: what its secret's hash is, and what it gives. */
export interface Holding {
  readonly id: string;
  readonly label: string;
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
  readonly grants: Grants;
  readonly expiresAt: number | undefined;
}

interface Holder {
  readonly holding: Holding;
  readonly digest: Buffer;
  readonly caller: Caller;
  readonly from: BlockList | undefined;
  readonly revocation: AbortController;
}

/** As long as a timer can wait. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

interface Options {
  readonly now: () => number;
  /** For credentials without a limit of their own. */
  readonly requestsPerMinute: () => number | undefined;
}

/** The credentials that hold now, each with the caller it stands for. One that goes takes back what is open on its behalf. */
export class Holders {
  readonly #options: Options;
  readonly #held = new Map<string, Holder>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** From now on these hold, each under its key, and no others. Those that are as they were stay untouched. */
  replace(holdings: ReadonlyMap<string, Holding>): void {
    for (const [key, { holding, revocation }] of this.#held) {
      if (isDeepStrictEqual(holdings.get(key), holding)) continue;
      this.#held.delete(key);
      revocation.abort();
    }
    for (const [key, holding] of holdings) if (!this.#held.has(key)) this.#held.set(key, this.#toHolder(holding));
    this.#watchExpiry();
  }

  /** The caller with this secret, where the credential under this key has it. */
  match(key: string, digest: string, address: string): Caller | undefined {
    const holder = this.#held.get(key);
    return holder && timingSafeEqual(holder.digest, Buffer.from(digest)) ? this.#admit(holder, address) : undefined;
  }

  /** The same where nothing tells which credential it could be: each is compared. */
  matchAny(digest: string, address: string): Caller | undefined {
    const shown = Buffer.from(digest);
    let found: Holder | undefined;
    for (const holder of this.#held.values()) if (timingSafeEqual(holder.digest, shown)) found = holder;
    return found && this.#admit(found, address);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #admit({ holding: { expiresAt }, caller, from }: Holder, address: string): Caller {
    if (expiresAt !== undefined && expiresAt <= this.#options.now()) throw new GatewayError('auth_invalid', 'The credential has expired');
    if (from && !isFrom(from, address)) throw new GatewayError('forbidden', 'This credential may not be used from this address');
    return caller;
  }

  #toHolder(holding: Holding): Holder {
    const { id, label, hash, grants } = holding;
    const { requestsPerMinute } = this.#options;
    const revocation = new AbortController();
    // Every open connection listens.
    setMaxListeners(0, revocation.signal);
    const caller: Caller = {
      id,
      label,
      permissions: new Set<Permission>([...grants.permissions, ...EVERYBODYS]),
      workspaces: new Set(grants.workspaces),
      limits: {
        get requestsPerMinute() {
          return grants.requestsPerMinute ?? requestsPerMinute();
        },
      },
      budget: grants.budget,
      revoked: revocation.signal,
    };
    return { holding, digest: Buffer.from(hash), caller, from: grants.addresses.length > 0 ? toBlockList(grants.addresses) : undefined, revocation };
  }

  /** What is open on behalf of a credential closes when it expires. */
  #watchExpiry(): void {
    clearTimeout(this.#timer);
    const next = Math.min(...[...this.#held.values()].map(({ holding: { expiresAt } }) => expiresAt ?? Number.POSITIVE_INFINITY));
    if (next === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(0, next - this.#options.now()), LONGEST_WAIT_MS);
    this.#timer = setTimeout(() => this.#expire(), wait);
    this.#timer.unref();
  }

  #expire(): void {
    const now = this.#options.now();
    for (const [key, { holding: { expiresAt }, revocation }] of this.#held) {
      if (expiresAt === undefined || expiresAt > now) continue;
      this.#held.delete(key);
      revocation.abort();
    }
    this.#watchExpiry();
  }
}

/** Throws where one is no address and no range. */
export const toBlockList = (ranges: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/', 2);
    const family = isIP(address);
    const length = bits === undefined ? undefined : Number(bits);
    if (family === 0 || (length !== undefined && length > (family === 4 ? 32 : 128))) {
      throw new GatewayError('invalid_request', `addresses: "${range}" is no address and no range such as 192.0.2.0/24`, { path: 'addresses' });
    }
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (length === undefined) list.addAddress(address, type);
    else list.addSubnet(address, length, type);
  }
  return list;
};

const isFrom = (list: BlockList, address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
};
