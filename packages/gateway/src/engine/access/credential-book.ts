import type { Log } from '../../kernel/log.ts';
import type { AccessStore, CredentialRecord } from '../ports/access-store.ts';
import type { EventBus } from '../ports/event-bus.ts';
import type { Caller } from './caller.ts';
import { Holders, type Holding } from './holders.ts';
import { digestOf, publicPartOf } from './secret-form.ts';

interface Deps {
  readonly store: Pick<AccessStore, 'credentials' | 'touchCredentials'>;
  readonly bus: EventBus;
  readonly requestsPerMinute: () => number | undefined;
  readonly log: Log;
  readonly now: () => number;
}

const NOTE_EVERY_MS = 30_000;
const TRY_AGAIN_MS = 1_000;

/** The keys and tokens of the store, held in memory so that asking costs nothing; read again whenever some node has changed them. */
export class CredentialBook {
  readonly #deps: Deps;
  readonly #holders: Holders;
  readonly #used = new Map<string, number>();
  readonly #unsubscribe: () => void;
  readonly #noting: NodeJS.Timeout;
  #retry: NodeJS.Timeout | undefined;
  #all: readonly CredentialRecord[] = [];
  #reading: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#holders = new Holders(deps);
    this.#unsubscribe = deps.bus.subscribe(({ kind }) => {
      if (kind === 'access' || kind === 'lost') void this.#readOrTryAgain();
    });
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

  /** Reads what holds. One after the other: an older answer must not win over a newer one. */
  read(): Promise<void> {
    const reading = this.#reading.then(async () => {
      this.#all = await this.#deps.store.credentials();
      this.#holders.replace(new Map(this.#all.filter(holds).map((record) => [record.publicPart, toHolding(record)])));
    });
    this.#reading = reading.catch(() => {});
    return reading;
  }

  /** When the last answers are out. */
  async close(): Promise<void> {
    this.#unsubscribe();
    clearInterval(this.#noting);
    clearTimeout(this.#retry);
    this.#holders.close();
    await this.#noteUse();
  }

  async #readOrTryAgain(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.read();
    } catch (thrown) {
      this.#deps.log('warn', 'credentials could not be read again', { cause: String(thrown) });
      this.#retry = setTimeout(() => void this.#readOrTryAgain(), TRY_AGAIN_MS);
      this.#retry.unref();
    }
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
