import type { ServerResponse } from 'node:http';

const KEEP_ALIVE_MS = 15_000;
/** A client that lets this much pile up has stopped reading. */
const LARGEST_BACKLOG = 1024 * 1024;
const PATIENCE_MS = 10_000;

export interface SseMessage {
  readonly data: object;
  /** What a client that comes back sends as `Last-Event-ID`. */
  readonly id?: string | undefined;
  /** When to come back, after a stream that broke off. */
  readonly retryMs?: number;
}

/** Writes server-sent events to one client, waiting for it when it is slow and leaving it when it stops. */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #keepAlive: NodeJS.Timeout;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>, keepAliveMs = KEEP_ALIVE_MS) {
    this.#response = response;
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    this.#keepAlive = setInterval(() => void this.#write(': still here\n\n'), keepAliveMs);
    response.on('close', () => clearInterval(this.#keepAlive));
  }

  /** False once the client is gone. */
  async send({ data, id, retryMs }: SseMessage): Promise<boolean> {
    const retry = retryMs === undefined ? '' : `retry: ${retryMs}\n`;
    return this.#write(`${retry}${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  end(): void {
    clearInterval(this.#keepAlive);
    this.#response.end();
  }

  async #write(text: string): Promise<boolean> {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return false;
    if (response.write(text) || response.writableLength < LARGEST_BACKLOG) return true;
    const drained = await new Promise<boolean>((resolve) => {
      const done = (ok: boolean) => () => {
        clearTimeout(timer);
        resolve(ok);
      };
      const timer = setTimeout(done(false), PATIENCE_MS);
      response.once('drain', done(true));
      response.once('close', done(false));
    });
    if (!drained) response.destroy();
    return drained;
  }
}
