import { randomUUID } from 'node:crypto';
import type { EventBus, Signal } from '../../../engine/ports/event-bus.ts';
import type { Log } from '../../../kernel/log.ts';
import { ListenConnection } from './listen-connection.ts';
import { Outbox } from './outbox.ts';
import { decodeFrame, encodeFrames } from './wire.ts';

/** Text is gathered this long before it goes to the other nodes: one notification instead of one a token. */
const GATHER_MS = 30;
/** Notifications in one statement. */
const BATCH = 100;
const LAST_WORDS_MS = 1_000;

/** Signals within this process at once, and to the other nodes by LISTEN/NOTIFY. Rejects when the database cannot be reached now. */
export const openPostgresBus = async ({ url, log }: { readonly url: string; readonly log: Log }): Promise<EventBus> => {
  const self = randomUUID();
  const listeners = new Set<(signal: Signal) => void>();

  const deliver = (signal: Signal): void => {
    for (const listener of listeners) {
      try {
        listener(signal);
      } catch (thrown) {
        log('error', 'a listener failed', { cause: thrown instanceof Error ? thrown.stack : String(thrown) });
      }
    }
  };
  const receive = (payload: string): void => {
    const frame = decodeFrame(payload);
    if (frame && frame.from !== self) frame.signals.forEach(deliver);
  };
  const reconnected = (): void => {
    deliver({ kind: 'wake' });
    deliver({ kind: 'lost' });
    sender.flush();
  };
  const connection = await ListenConnection.open(url, { received: receive, reconnected }, log);
  const sender = new Sender(self, connection);

  return {
    publish: (signal) => {
      deliver(signal);
      sender.push(signal);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: async () => {
      await sender.close();
      listeners.clear();
      await connection.close();
    },
  };
};

/** Brings signals to the other nodes, one statement at a time. */
class Sender {
  readonly #self: string;
  readonly #connection: ListenConnection;
  readonly #outbox = new Outbox();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #number = 0;
  #closed = false;

  constructor(self: string, connection: ListenConnection) {
    this.#self = self;
    this.#connection = connection;
  }

  push(signal: Signal): void {
    if (this.#closed) return;
    this.#outbox.push(signal);
    const isText = signal.kind === 'turn' && signal.event.type === 'text';
    if (isText) this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
    else setImmediate(() => this.flush());
  }

  /** Sends what waits, soon. While there is no connection it goes on waiting. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#send().finally(() => {
      this.#flushing = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.flush();
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([this.#flushing, new Promise((resolve) => (timer = setTimeout(resolve, LAST_WORDS_MS)))]);
    clearTimeout(timer);
  }

  async #send(): Promise<void> {
    while (!this.#outbox.empty && this.#connection.connected) {
      const signals = this.#outbox.takeAll();
      try {
        const frames = encodeFrames(this.#self, signals, () => ++this.#number);
        for (let at = 0; at < frames.length; at += BATCH) await this.#connection.notify(frames.slice(at, at + BATCH));
      } catch {
        // The connection reports itself; what it lost is told as a gap when it is back.
        this.#outbox.lose(signals);
        return;
      }
    }
  }
}
