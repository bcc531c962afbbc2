import { type CallOptions, follow, OpenClawError, type Requester } from '../../client-kit/src/index.ts';
import type { StreamDone, StreamEvent } from './wire.gen.ts';

/** Failures are thrown. */
export type MessageEvent = Exclude<StreamEvent, { readonly type: 'error' }> | MessageDone;
export type MessageDone = StreamDone;

/**
 * An answer while it is written. Iterating gives its words; `events()` gives all that happens; `done()` what is known at the end.
 * One stream is read once: by one of these, then `done()`.
 */
export class MessageStream implements AsyncIterable<string> {
  readonly #leave = new AbortController();
  readonly #events: AsyncGenerator<MessageEvent, void>;
  readonly #signal: AbortSignal | undefined;
  #last: MessageDone | undefined;

  constructor(requester: Requester, ask: { readonly method: 'POST'; readonly path: string; readonly body: object; readonly patienceMs: number }, options: CallOptions) {
    this.#signal = options.signal;
    this.#events = follow<MessageEvent>(requester, { ask, options: { ...options, signal: this.#leave.signal }, isLast: ({ type }) => type === 'done' });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for await (const event of this.events()) if (event.type === 'token') yield event.content;
  }

  /** Everything that happens, `done` included. */
  async *events(): AsyncGenerator<MessageEvent, void> {
    const leave = (): void => this.#leave.abort(this.#signal?.reason);
    if (this.#signal?.aborted) leave();
    this.#signal?.addEventListener('abort', leave);
    try {
      for await (const event of this.#events) {
        if (event.type === 'done') this.#last = event;
        yield event;
      }
    } finally {
      this.#signal?.removeEventListener('abort', leave);
    }
  }

  /** What is known at the end. Reads on to there, if nobody has yet. */
  async done(): Promise<MessageDone> {
    for await (const event of this.events()) void event;
    if (!this.#last) throw new OpenClawError('The stream was left before its end', { code: 'stream_interrupted' });
    return this.#last;
  }

  /** Stops listening. The agent goes on: its answer will be in the history of the session. */
  abort(): void {
    this.#leave.abort();
  }
}
