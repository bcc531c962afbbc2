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
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (error?: GatewayError): void => {
      clearTimeout(late);
      stream.off('data', take).off('end', done).off('error', broken).off('close', broken);
      pool?.release(address, length);
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

/** Counts the bytes held for strangers: one address may not have all the room. */
export class BodyPool {
  readonly #mostBytes: number;
  readonly #mostOfOne: number;
  readonly #held = new Map<string, number>();
  #all = 0;

  constructor({ mostBytes, mostOfOne }: { readonly mostBytes: number; readonly mostOfOne: number }) {
    this.#mostBytes = mostBytes;
    this.#mostOfOne = mostOfOne;
  }

  /** Counts them in any case; false where that is too much. */
  hold(address: string, bytes: number): boolean {
    const held = (this.#held.get(address) ?? 0) + bytes;
    this.#held.set(address, held);
    this.#all += bytes;
    return held <= this.#mostOfOne && this.#all <= this.#mostBytes;
  }

  release(address: string, bytes: number): void {
    const left = (this.#held.get(address) ?? 0) - bytes;
    if (left > 0) this.#held.set(address, left);
    else this.#held.delete(address);
    this.#all -= bytes;
  }
}
