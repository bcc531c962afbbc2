import type { Log } from '../../../kernel/log.ts';
import { handOn } from './hand-on.ts';

/** For services that tell something once in a connection: one after the other, each as often as it takes, and what follows waits. */
export class InOrder {
  readonly #channel: string;
  readonly #log: Log;
  readonly #stopped = new AbortController();
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(channel: string, log: Log) {
    this.#channel = channel;
    this.#log = log;
  }

  /** What was added and is not taken yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** `taken` is called when `take` has resolved, and never where a stop came before. */
  add(take: () => Promise<void>, taken?: () => void): void {
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      if (!(await handOn(take, { channel: this.#channel, log: this.#log, signal: this.#stopped.signal }))) return;
      this.#waiting--;
      taken?.();
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
}
