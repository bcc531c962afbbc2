import type { Log } from '../../kernel/log.ts';
import { StoreCopy } from '../access/index.ts';
import type { EventBus, Signal } from '../ports/event-bus.ts';
import type { NewWebhook, WebhookRecord, WebhookStore } from '../ports/webhook-store.ts';
import type { ReadyWebhook } from './to-request.ts';

interface Deps {
  readonly store: Pick<WebhookStore, 'webhooks' | 'settleWebhooks'>;
  readonly bus: EventBus;
  /** Those of the configuration, with what is sent where. */
  readonly configured: () => readonly NewWebhook[];
  readonly log: Log;
  readonly now: () => number;
}

/** More than these at once, and all are read again. */
const MOST_NAMED = 50;

interface Reading {
  /** Those that were asked for; undefined: all. */
  readonly ids: ReadonlySet<string> | undefined;
  readonly records: readonly WebhookRecord[];
}

/** All webhooks, held in memory; those that some node has changed are read again. What those of the configuration send is in no store. */
export class WebhookBook {
  readonly #deps: Deps;
  readonly #copy: StoreCopy<Reading>;
  readonly #unsubscribe: () => void;
  readonly #listeners = new Set<() => void>();
  #known: ReadonlyMap<string, ReadyWebhook> = new Map();
  #listens = false;
  /** Those that are to be read again. Undefined: all, as at first. */
  #stale: ReadonlySet<string> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { bus, log } = deps;
    // Before the copy hears of it, and reads.
    this.#unsubscribe = bus.subscribe((signal) => this.#hear(signal));
    this.#copy = new StoreCopy({ what: 'webhooks', read: () => this.#read(), take: (reading) => this.#take(reading), signal: 'webhooks', bus, log });
  }

  /** The newest first. */
  get all(): readonly ReadyWebhook[] {
    return [...this.#known.values()];
  }

  /** Whether anybody is to be told of anything. */
  get listens(): boolean {
    return this.#listens;
  }

  find(id: string): ReadyWebhook | undefined {
    return this.#known.get(id);
  }

  /** Called whenever they were read anew. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** These were made, changed or removed, or any where none is named. Holds here when it resolves, on other nodes as soon as they hear of it. */
  changed(ids?: readonly string[]): Promise<void> {
    const signal: Signal = { kind: 'webhooks', ...(ids && ids.length <= MOST_NAMED && { ids }) };
    this.#hear(signal);
    return this.#copy.tell(signal);
  }

  /** Makes those of the configuration what it says now. */
  async settle(): Promise<void> {
    await this.#deps.store.settleWebhooks(this.#deps.configured().map((webhook) => ({ ...webhook, definition: undefined, secrets: [] })), this.#deps.now());
    await this.changed();
  }

  close(): void {
    this.#unsubscribe();
    this.#copy.close();
  }

  #hear(signal: Signal): void {
    if (signal.kind === 'lost') this.#stale = undefined;
    if (signal.kind === 'webhooks') this.#stale = signal.ids && this.#stale && new Set([...this.#stale, ...signal.ids]);
  }

  async #read(): Promise<Reading> {
    const ids = this.#stale;
    this.#stale = new Set();
    try {
      return { ids, records: await this.#deps.store.webhooks(ids && [...ids]) };
    } catch (thrown) {
      this.#stale = undefined;
      throw thrown;
    }
  }

  #take({ ids, records }: Reading): void {
    const others = ids ? this.all.filter(({ id }) => !ids.has(id)) : [];
    const all = [...others, ...this.#ready(records)].toSorted(newestFirst);
    this.#known = new Map(all.map((webhook) => [webhook.id, webhook]));
    this.#listens = all.some(({ enabled }) => enabled);
    for (const listener of this.#listeners) listener();
  }

  #ready(records: readonly WebhookRecord[]): readonly ReadyWebhook[] {
    const configured = new Map(this.#deps.configured().map((webhook) => [webhook.id, webhook]));
    return records.flatMap((record): ReadyWebhook[] => {
      // One of a configuration that is not this node's is for those that have it.
      const { definition, secrets } = record.source === 'config' ? (configured.get(record.id) ?? record) : record;
      return definition ? [{ ...record, definition, secrets }] : [];
    });
  }
}

const newestFirst = (a: WebhookRecord, b: WebhookRecord): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
