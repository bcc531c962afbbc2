import type { Log } from '../../kernel/log.ts';
import type { EventBus, Signal } from '../ports/event-bus.ts';

interface Options<Rows> {
  /** What it is a copy of, for the log. */
  readonly what: string;
  readonly read: () => Promise<Rows>;
  readonly take: (rows: Rows) => void;
  /** What says that it was changed. */
  readonly signal?: 'access' | 'webhooks';
  readonly bus: EventBus;
  readonly log: Log;
}

const TRY_AGAIN_MS = 1_000;

/** Keeps in memory what the store holds and any node may change: it is read again whenever one says that it has changed something. */
export class StoreCopy<Rows> {
  readonly #options: Options<Rows>;
  readonly #signal: 'access' | 'webhooks';
  readonly #unsubscribe: () => void;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<Rows> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: Options<Rows>) {
    this.#options = options;
    this.#signal = options.signal ?? 'access';
    this.#unsubscribe = options.bus.subscribe(({ kind }) => {
      if (kind === this.#signal || kind === 'lost') void this.#readOrTryAgain();
    });
  }

  /** What the store holds now. One reading after the other: an older answer must not win over a newer one. Those who ask before it begins share it. */
  read(): Promise<Rows> {
    this.#next ??= this.#readAfter(this.#last);
    this.#last = this.#next.catch(() => {});
    return this.#next;
  }

  /** Something was changed here: it holds on this node when this resolves, on the others as soon as they hear of it. */
  async tell(signal: Signal = { kind: this.#signal }): Promise<void> {
    const reading = this.read();
    // This node hears it too, and shares the reading.
    this.#options.bus.publish(signal);
    await reading;
  }

  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    clearTimeout(this.#retry);
  }

  async #readAfter(last: Promise<unknown>): Promise<Rows> {
    await last;
    this.#next = undefined;
    const rows = await this.#options.read();
    this.#options.take(rows);
    return rows;
  }

  async #readOrTryAgain(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.read();
    } catch (thrown) {
      if (this.#closed) return;
      this.#options.log('warn', `${this.#options.what} could not be read again`, { cause: String(thrown) });
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.#readOrTryAgain(), TRY_AGAIN_MS).unref();
    }
  }
}
