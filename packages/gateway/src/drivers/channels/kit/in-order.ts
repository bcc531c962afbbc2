import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../kernel/log.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/** For services that tell something once in a connection: one after the other, each as often as it takes, and what follows waits. */
export class InOrder {
  readonly #channel: string;
  readonly #log: Log;
  readonly #stopped = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(channel: string, log: Log) {
    this.#channel = channel;
    this.#log = log;
  }

  /** `taken` is called when `take` has resolved, and never after a stop that came before. */
  add(take: () => Promise<void>, taken: () => void): void {
    this.#last = this.#last.then(async () => {
      if (await this.#isTaken(take)) taken();
    });
  }

  /** Resolves when all that was added so far is over. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** What is under way is brought to an end; what follows is not begun. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#last;
  }

  async #isTaken(take: () => Promise<void>): Promise<boolean> {
    const { signal } = this.#stopped;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await take();
        return true;
      } catch (thrown) {
        this.#log('warn', 'a message could not be taken; it is tried again', { channel: this.#channel, cause: String(thrown) });
        await sleep(Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal }).catch(() => {});
      }
    }
    return false;
  }
}
