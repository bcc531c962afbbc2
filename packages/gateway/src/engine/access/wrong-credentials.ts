import type { AuditTrail } from './audit-trail.ts';

const MINUTE = 60_000;
/** Addresses that are told apart in a minute; a flood from more of them is one row. */
const MOST_ADDRESSES = 1_000;
const OTHERS = 'others';

/** Wrong credentials in the audit log: the first of an address at once, how many followed it when the minute is over. */
export class WrongCredentials {
  readonly #audit: Pick<AuditTrail, 'add'>;
  readonly #now: () => number;
  readonly #more = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(audit: Pick<AuditTrail, 'add'>, now: () => number) {
    this.#audit = audit;
    this.#now = now;
  }

  note(address: string, outcome: 'auth_invalid' | 'rate_limited'): void {
    const place = this.#more.size < MOST_ADDRESSES || this.#more.has(address) ? address : OTHERS;
    const seen = this.#more.get(place);
    this.#more.set(place, seen === undefined ? 0 : seen + 1);
    if (seen === undefined) this.#add(place, outcome, undefined);
    this.#timer ??= setTimeout(() => this.tell(), MINUTE).unref();
  }

  /** Tells of those that were only counted. */
  tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [address, more] of this.#more) if (more > 0) this.#add(address, 'auth_invalid', `more=${more}`);
    this.#more.clear();
  }

  #add(address: string, outcome: string, resource: string | undefined): void {
    this.#audit.add({ at: this.#now(), caller: 'nobody', operation: 'authenticate', outcome, resource, address });
  }
}
