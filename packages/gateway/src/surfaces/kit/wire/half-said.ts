import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Knows on which connections an answer may be half written. */
export class HalfSaid {
  readonly #owed = new WeakMap<Socket, number>();
  /** How much had been written when no answer was owed any more. */
  readonly #said = new WeakMap<Socket, number>();

  watch(socket: Socket, response: ServerResponse): void {
    this.#owed.set(socket, (this.#owed.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const owed = (this.#owed.get(socket) ?? 1) - 1;
      this.#owed.set(socket, owed);
      if (owed === 0) this.#said.set(socket, socket.bytesWritten);
    });
  }

  on(socket: Socket): boolean {
    return socket.bytesWritten > (this.#said.get(socket) ?? 0);
  }
}
