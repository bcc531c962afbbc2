import type { Log } from '../../kernel/log.ts';
import type { EventBus } from '../ports/event-bus.ts';
import type { NewWebhook, WebhookStore } from '../ports/webhook-store.ts';
import type { ReadyWebhook } from './to-request.ts';

interface Deps {
  readonly store: Pick<WebhookStore, 'webhooks' | 'settleWebhooks'>;
  readonly bus: EventBus;
  /** Those of the configuration, with what is sent where. */
  readonly configured: () => readonly NewWebhook[];
  readonly log: Log;
  readonly now: () => number;
}

const TRY_AGAIN_MS = 1_000;

/** All webhooks, held in memory; read again whenever some node has changed one. What those of the configuration send is in no store. */
export class WebhookBook {
  readonly #deps: Deps;
  readonly #unsubscribe: () => void;
  readonly #listeners = new Set<() => void>();
  #all: ReadonlyMap<string, ReadyWebhook> = new Map();
  #reading: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  /** What this node tells the others it knows itself. */
  #publishing = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#unsubscribe = deps.bus.subscribe(({ kind }) => {
      if (!this.#publishing && (kind === 'webhooks' || kind === 'lost')) void this.#readOrTryAgain();
    });
  }

  /** The newest first. */
  get all(): readonly ReadyWebhook[] {
    return [...this.#all.values()];
  }

  /** Whether anybody is to be told of anything. */
  get listens(): boolean {
    return this.all.some(({ enabled }) => enabled);
  }

  find(id: string): ReadyWebhook | undefined {
    return this.#all.get(id);
  }

  /** Called whenever they were read anew. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Reads them all. One after the other: an older answer must not win over a newer one. */
  read(): Promise<void> {
    const reading = this.#reading.then(async () => {
      const configured = new Map(this.#deps.configured().map((webhook) => [webhook.id, webhook]));
      const ready = (await this.#deps.store.webhooks()).flatMap((record): ReadyWebhook[] => {
        // One of a configuration that is not this node's is for those that have it.
        const { definition, secrets } = record.source === 'config' ? (configured.get(record.id) ?? record) : record;
        return definition ? [{ ...record, definition, secrets }] : [];
      });
      this.#all = new Map(ready.map((webhook) => [webhook.id, webhook]));
      for (const listener of this.#listeners) listener();
    });
    this.#reading = reading.catch(() => {});
    return reading;
  }

  /** Here at once, on other nodes as soon as they hear of it. */
  async changed(): Promise<void> {
    await this.read();
    this.#publishing = true;
    this.#deps.bus.publish({ kind: 'webhooks' });
    this.#publishing = false;
  }

  /** Makes those of the configuration what it says now. */
  async settle(): Promise<void> {
    await this.#deps.store.settleWebhooks(this.#deps.configured().map((webhook) => ({ ...webhook, definition: undefined, secrets: [] })), this.#deps.now());
    await this.changed();
  }

  close(): void {
    this.#unsubscribe();
    clearTimeout(this.#retry);
  }

  async #readOrTryAgain(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.read();
    } catch (thrown) {
      this.#deps.log('warn', 'webhooks could not be read again', { cause: String(thrown) });
      this.#retry = setTimeout(() => void this.#readOrTryAgain(), TRY_AGAIN_MS);
      this.#retry.unref();
    }
  }
}
