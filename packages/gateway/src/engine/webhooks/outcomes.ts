import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../kernel/log.ts';
import type { DeliveryTry, WebhookStore } from '../ports/webhook-store.ts';

interface Deps {
  readonly store: Pick<WebhookStore, 'recordTries'>;
  readonly log: Log;
  readonly now: () => number;
  /** They are stored; these webhooks were switched off because of them. */
  readonly recorded: (disabled: readonly string[]) => void;
}

const TRY_AGAIN_MS = 500;

/** Writes what came of deliveries, all that has come together while the last of it was written in one transaction. */
export class Outcomes {
  readonly #deps: Deps;
  readonly #waiting: DeliveryTry[] = [];
  #writing: Promise<void> | undefined;
  #last = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  add(outcome: DeliveryTry): void {
    this.#waiting.push(outcome);
    this.#writing ??= this.#write();
  }

  /** When all of it is stored, or cannot be: then their claims run out, and they are sent again. */
  async flush(): Promise<void> {
    this.#last = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const tries = this.#waiting.splice(0);
      const disabled = await this.#persist(tries);
      this.#deps.recorded(disabled);
    }
    this.#writing = undefined;
  }

  async #persist(tries: readonly DeliveryTry[]): Promise<readonly string[]> {
    for (;;) {
      try {
        return await this.#deps.store.recordTries(tries, this.#deps.now());
      } catch (thrown) {
        this.#deps.log('warn', 'what came of deliveries could not be stored', { cause: String(thrown) });
        if (this.#last) return [];
        await sleep(TRY_AGAIN_MS);
      }
    }
  }
}
