import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../kernel/log.ts';
import type { DeliveryTry, WebhookStore } from '../ports/webhook-store.ts';

interface Deps {
  readonly store: Pick<WebhookStore, 'recordTries'>;
  readonly log: Log;
  readonly now: () => number;
  /** They are stored; these webhooks are other than before because of them. `waitedFor`: more may be due now, or later, than before. */
  readonly recorded: (changed: readonly string[], waitedFor: boolean) => void;
}

const TRY_AGAIN_MS = 500;
/** What arrives within this long is written together. */
const GATHER_MS = 10;
const ENOUGH = 256;

/** Writes what came of deliveries, all that has come together while the last of it was written in one transaction. */
export class Outcomes {
  readonly #deps: Deps;
  readonly #waiting: DeliveryTry[] = [];
  /** Something waits for one of those. */
  #urgent = false;
  #writing: Promise<void> | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #last = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** `urgent` where something waits for it. */
  add(outcome: DeliveryTry, urgent: boolean): void {
    this.#waiting.push(outcome);
    this.#urgent ||= urgent;
    if (urgent || this.#waiting.length >= ENOUGH) this.#begin();
    else this.#gathering ??= setTimeout(() => this.#begin(), GATHER_MS);
  }

  /** When all of it is stored, or cannot be: then their claims run out, and they are sent again. */
  async flush(): Promise<void> {
    this.#last = true;
    this.#begin();
    await this.#writing;
  }

  #begin(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    // With nothing to write it would be over before it is known to be going on.
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const tries = this.#waiting.splice(0);
      const waitedFor = this.#urgent || tries.some(({ outcome }) => typeof outcome === 'object');
      this.#urgent = false;
      const changed = await this.#persist(tries);
      this.#deps.recorded(changed, waitedFor);
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
