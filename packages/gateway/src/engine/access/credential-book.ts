import type { Log } from '../../kernel/log.ts';
import type { AccessStore, CredentialRecord } from '../ports/access-store.ts';
import type { EventBus } from '../ports/event-bus.ts';
import type { Caller } from './caller.ts';
import { Holders, type Holding } from './holders.ts';
import { digestOf, publicPartOf } from './secret-form.ts';
import { StoreCopy } from './store-copy.ts';

interface Deps {
  readonly store: Pick<AccessStore, 'credentials' | 'touchCredentials'>;
  readonly bus: EventBus;
  readonly requestsPerMinute: () => number | undefined;
  readonly log: Log;
  readonly now: () => number;
}

const NOTE_EVERY_MS = 30_000;

/** The keys and tokens of the store, held in memory so that asking costs nothing; read again whenever some node has changed them. */
export class CredentialBook {
  readonly #deps: Deps;
  readonly #holders: Holders;
  readonly #used = new Map<string, number>();
  readonly #copy: StoreCopy<readonly CredentialRecord[]>;
  readonly #noting: NodeJS.Timeout;
  #all: readonly CredentialRecord[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#holders = new Holders(deps);
    this.#copy = new StoreCopy({ what: 'credentials', read: () => deps.store.credentials(), take: (all) => this.#take(all), bus: deps.bus, log: deps.log });
    this.#noting = setInterval(() => void this.#noteUse(), NOTE_EVERY_MS);
    this.#noting.unref();
  }

  /** The newest first, ended ones too, with their use as far as this node knows. */
  get all(): readonly CredentialRecord[] {
    return this.#all.map((record) => ({ ...record, lastUsedAt: this.#used.get(record.id) ?? record.lastUsedAt }));
  }

  find(secret: string, address: string): Caller | undefined {
    const publicPart = publicPartOf(secret);
    const caller = publicPart === undefined ? undefined : this.#holders.match(publicPart, digestOf(secret), address);
    if (caller) this.#used.set(caller.id, this.#deps.now());
    return caller;
  }

  /** Reads what holds. */
  async read(): Promise<void> {
    await this.#copy.read();
  }

  /** Some were changed here. */
  tell(): Promise<void> {
    return this.#copy.tell();
  }

  /** When the last answers are out. */
  async close(): Promise<void> {
    this.#copy.close();
    clearInterval(this.#noting);
    this.#holders.close();
    await this.#noteUse();
  }

  #take(all: readonly CredentialRecord[]): void {
    this.#all = all;
    this.#holders.replace(new Map(all.filter(holds).map((record) => [record.publicPart, toHolding(record)])));
  }

  async #noteUse(): Promise<void> {
    const used = [...this.#used].map(([id, at]) => ({ id, at }));
    if (used.length === 0) return;
    try {
      await this.#deps.store.touchCredentials(used);
      for (const { id, at } of used) if (this.#used.get(id) === at) this.#used.delete(id);
      this.#all = this.#all.map((record) => ({ ...record, lastUsedAt: used.find(({ id }) => id === record.id)?.at ?? record.lastUsedAt }));
    } catch (thrown) {
      this.#deps.log('debug', 'when credentials were used could not be noted', { cause: String(thrown) });
    }
  }
}

const holds = ({ revokedAt }: CredentialRecord): boolean => revokedAt === undefined;

const toHolding = ({ id, name, hash, grants, expiresAt }: CredentialRecord): Holding => ({ id, label: name, hash, grants, expiresAt });
