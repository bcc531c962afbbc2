import type { Log } from '../../kernel/log.ts';
import { StoreCopy } from '../access/index.ts';
import type { EventBus } from '../ports/event-bus.ts';
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

/** All webhooks, held in memory; read again whenever some node has changed one. What those of the configuration send is in no store. */
export class WebhookBook {
  readonly #deps: Deps;
  readonly #copy: StoreCopy<readonly WebhookRecord[]>;
  readonly #listeners = new Set<() => void>();
  #known: ReadonlyMap<string, ReadyWebhook> = new Map();
  #listens = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    const { store, bus, log } = deps;
    this.#copy = new StoreCopy({ what: 'webhooks', read: () => store.webhooks(), take: (records) => this.#take(records), signal: 'webhooks', bus, log });
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

  /** Here when it resolves, on other nodes as soon as they hear of it. */
  changed(): Promise<void> {
    return this.#copy.tell();
  }

  /** Makes those of the configuration what it says now. */
  async settle(): Promise<void> {
    await this.#deps.store.settleWebhooks(this.#deps.configured().map((webhook) => ({ ...webhook, definition: undefined, secrets: [] })), this.#deps.now());
    await this.changed();
  }

  close(): void {
    this.#copy.close();
  }

  #take(records: readonly WebhookRecord[]): void {
    const configured = new Map(this.#deps.configured().map((webhook) => [webhook.id, webhook]));
    const ready = records.flatMap((record): ReadyWebhook[] => {
      // One of a configuration that is not this node's is for those that have it.
      const { definition, secrets } = record.source === 'config' ? (configured.get(record.id) ?? record) : record;
      return definition ? [{ ...record, definition, secrets }] : [];
    });
    this.#known = new Map(ready.map((webhook) => [webhook.id, webhook]));
    this.#listens = ready.some(({ enabled }) => enabled);
    for (const listener of this.#listeners) listener();
  }
}
