import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Log } from '../../../kernel/log.ts';

const CHANNEL = 'openclaw';
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A connection that says nothing may be dead without either end having noticed. */
const CHECK_MS = 10_000;

interface Listener {
  received(payload: string): void;
  /** The connection is back; what was sent meanwhile is lost. */
  reconnected(): void;
}

/** One connection that listens and notifies, made anew whenever it breaks. */
export class ListenConnection {
  readonly #url: string;
  readonly #listener: Listener;
  readonly #log: Log;
  readonly #check: NodeJS.Timeout;
  #client: pg.Client | undefined;
  /** pg takes one statement at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #reconnecting: Promise<void> | undefined;
  readonly #closed = new AbortController();

  private constructor(url: string, listener: Listener, log: Log) {
    this.#url = url;
    this.#listener = listener;
    this.#log = log;
    this.#check = setInterval(() => void this.#query('SELECT 1').catch(() => {}), CHECK_MS);
    this.#check.unref();
  }

  static async open(url: string, listener: Listener, log: Log): Promise<ListenConnection> {
    const connection = new ListenConnection(url, listener, log);
    try {
      await connection.#connect();
      return connection;
    } catch (thrown) {
      clearInterval(connection.#check);
      throw thrown;
    }
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Sends the payloads in order; rejects when they may not have arrived. */
  async notify(payloads: readonly string[]): Promise<void> {
    await this.#query('SELECT pg_notify($1, payload) FROM unnest($2::text[]) WITH ORDINALITY AS t (payload, n) ORDER BY n', [CHANNEL, payloads]);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    clearInterval(this.#check);
    await this.#reconnecting;
    const client = this.#client;
    this.#client = undefined;
    client?.removeAllListeners('end');
    await client?.end().catch(() => {});
  }

  #query(text: string, values: unknown[] = []): Promise<unknown> {
    const run = async (): Promise<unknown> => {
      const client = this.#client;
      if (!client) throw new Error('not connected');
      try {
        return await client.query(text, values);
      } catch (thrown) {
        // Nothing that is sent here can be wrong in itself, so it is the connection.
        this.#broken(client, thrown);
        throw thrown;
      }
    };
    const result = this.#last.then(run, run);
    this.#last = result.catch(() => {});
    return result;
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'openclaw-bus',
      connectionTimeoutMillis: 10_000,
      query_timeout: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    client.on('error', (error) => this.#broken(client, error));
    client.on('end', () => this.#broken(client, new Error('the connection was closed')));
    client.on('notification', ({ payload }) => payload !== undefined && this.#listener.received(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (thrown) {
      await client.end().catch(() => {});
      throw thrown;
    }
    this.#client = client;
  }

  #broken(client: pg.Client, reason: unknown): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    void client.end().catch(() => {});
    this.#log('warn', 'the connection between nodes broke', { reason: String(reason) });
    this.#reconnecting ??= this.#reconnect().finally(() => {
      this.#reconnecting = undefined;
    });
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closed;
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      // Nodes that lost the same server do not all come back in one moment.
      await sleep(pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#connect();
        this.#log('info', 'the connection between nodes is back');
        return this.#listener.reconnected();
      } catch (thrown) {
        this.#log('debug', 'the connection between nodes could not be made', { reason: String(thrown) });
      }
    }
  }
}
