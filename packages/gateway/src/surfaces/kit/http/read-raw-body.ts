import type { Readable } from 'node:stream';
import { GatewayError } from '@openclaw/contract';

interface Bounds {
  readonly mostBytes: number;
  readonly withinMs: number;
  /** What all those that nobody vouches for yet may hold together; absent for who has been let in. */
  readonly pool?: BodyPool | undefined;
  readonly address: string;
}

/** The bytes of a body as they came. Rejects where they are too many, or do not come in time. */
export const readRawBody = (stream: Readable, { mostBytes, withinMs, pool, address }: Bounds): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    if (pool?.enter(address) === false) {
      throw new GatewayError('rate_limited', 'Too much is on its way from there that nobody vouches for yet; try again in a moment', { retryAfterSeconds: 2 });
    }
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (error?: GatewayError): void => {
      clearTimeout(late);
      stream.off('data', take).off('end', done).off('error', broken).off('close', broken);
      pool?.leave(address, length);
      if (error === undefined) return resolve(Buffer.concat(chunks, length));
      // What is still on its way is not wanted; the connection ends with the answer.
      stream.pause();
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      const full = pool?.hold(address, chunk.length) === false;
      if (length > mostBytes) return end(tooLarge(mostBytes));
      if (full) return end(new GatewayError('gateway_busy', 'Too much is on its way that nobody vouches for yet; try again in a moment', { retryAfterSeconds: 2 }));
      chunks.push(chunk);
    };
    const done = (): void => end();
    const broken = (): void => end(new GatewayError('invalid_request', 'The body ended early', { path: '' }));
    const late = setTimeout(() => end(new GatewayError('request_timeout', `The body did not come within ${withinMs / 1000} seconds`)), withinMs);
    stream.on('data', take).on('end', done).on('error', broken).on('close', broken);
  });

export const tooLarge = (mostBytes: number): GatewayError => new GatewayError('payload_too_large', `The body may have at most ${mostBytes} bytes`);

/** How much of what nobody vouches for yet is read at a time: by all together, and by one address. */
interface Room {
  readonly bodies: number;
  readonly bytes: number;
}

/** Counts what is being read of strangers: one address may not take all the room. */
export class BodyPool {
  readonly #most: { readonly all: Room; readonly one: Room };
  readonly #taken = new Map<string, { bodies: number; bytes: number }>();
  readonly #all = { bodies: 0, bytes: 0 };

  constructor(most: { readonly all: Room; readonly one: Room }) {
    this.#most = most;
  }

  /** Begins one more; false where there is no room for it. */
  enter(address: string): boolean {
    const { all, one } = this.#most;
    const taken = this.#taken.get(address) ?? { bodies: 0, bytes: 0 };
    if (taken.bodies >= one.bodies || this.#all.bodies >= all.bodies) return false;
    this.#taken.set(address, taken);
    taken.bodies++;
    this.#all.bodies++;
    return true;
  }

  /** Counts these bytes in any case; false where that is too much. */
  hold(address: string, bytes: number): boolean {
    const taken = this.#taken.get(address);
    if (!taken) return false;
    taken.bytes += bytes;
    this.#all.bytes += bytes;
    return taken.bytes <= this.#most.one.bytes && this.#all.bytes <= this.#most.all.bytes;
  }

  /** Ends one, with all that was counted for it. */
  leave(address: string, bytes: number): void {
    const taken = this.#taken.get(address);
    if (!taken) return;
    taken.bodies--;
    taken.bytes -= bytes;
    this.#all.bodies--;
    this.#all.bytes -= bytes;
    if (taken.bodies === 0) this.#taken.delete(address);
  }
}
