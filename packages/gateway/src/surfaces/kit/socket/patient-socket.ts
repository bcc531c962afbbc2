import { isUtf8 } from 'node:buffer';
import { WebSocket } from 'ws';

const BROKEN = 1002;

/**
 * A socket that answers before it says goodbye. A program at the end of a pipe (`echo '{…}' | websocat …`) says goodbye right after its
 * question and then reads on; the library would return that goodbye at once, and after it nothing can be said any more.
 */
export class PatientSocket extends WebSocket {
  /** Whether the client still waits for something. */
  isAnswering: () => boolean = () => false;
  #owed: { readonly code: number | undefined; readonly reason: string | Buffer | undefined } | undefined;

  /** The client has said goodbye and still waits for an answer. */
  get isLeaving(): boolean {
    return this.#owed !== undefined;
  }

  /**
   * The library calls this when the client has said goodbye, with the client's own words or none, and when it broke the protocol, with a
   * code alone. Whoever wants to be the first to say goodbye calls `hangUp`.
   */
  override close(code?: number, reason?: string | Buffer): void {
    const isGoodbye = code === undefined || reason !== undefined;
    // The library would say of words that are no text what it says of such a message; here nobody but us looks at either.
    if (reason instanceof Uint8Array && !isUtf8(reason)) return super.close(BROKEN);
    // Where we said it first, this only ends it.
    if (isGoodbye && this.isAnswering() && this.readyState === this.OPEN) this.#owed = { code, reason };
    else super.close(code, reason);
  }

  /** The answers are out: returns a goodbye that was left unanswered for them. */
  returnGoodbye(): void {
    if (this.#owed) super.close(this.#owed.code, this.#owed.reason);
  }

  hangUp(code: number, reason: string): void {
    super.close(code, reason);
  }

  /** Hangs up on a client that broke the protocol, and waits for no word of it. */
  fail(code: number): void {
    super.close(code);
    this.terminate();
  }
}
