import type { AuditTrail } from './audit-trail.ts';

const MINUTE = 60_000;
/** Addresses that are told apart in a minute; a flood from more of them is one row. */
const MOST_ADDRESSES = 1_000;
const OTHERS = 'others';

/** What was refused, in the words of the audit log. */
interface Kind {
  readonly operation: string;
  readonly wrong: 'auth_invalid' | 'webhook_invalid';
}

const CREDENTIALS: Kind = { operation: 'authenticate', wrong: 'auth_invalid' };

/** Wrong credentials in the audit log, or wrong proofs of another kind: the first of an address at once, how many followed it when the minute is over. */
export class WrongCredentials {
  readonly #audit: Pick<AuditTrail, 'add'>;
  readonly #now: () => number;
  readonly #kind: Kind;
  readonly #more = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(audit: Pick<AuditTrail, 'add'>, now: () => number, kind: Kind = CREDENTIALS) {
    this.#audit = audit;
    this.#now = now;
    this.#kind = kind;
  }

  note(address: string, outcome: Kind['wrong'] | 'rate_limited'): void {
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
    for (const [address, more] of this.#more) if (more > 0) this.#add(address, this.#kind.wrong, `more=${more}`);
    this.#more.clear();
  }

  #add(address: string, outcome: string, resource: string | undefined): void {
    this.#audit.add({ at: this.#now(), caller: 'nobody', operation: this.#kind.operation, outcome, resource, address });
  }
}
