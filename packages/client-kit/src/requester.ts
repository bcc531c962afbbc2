import { type Deadline, startDeadline } from './deadline.ts';
import { newIdempotencyKey } from './idempotency-key.ts';
import { OpenClawError } from './openclaw-error.ts';
import type { CallOptions, ConnectionOptions, Fetch } from './options.ts';
import { errorOf, headersOf } from './read-error.ts';
import { isPassing, pause, pauseBefore } from './retry.ts';
import { baseOf, type Query, queryText } from './urls.ts';

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long this call takes where nobody said how long it may. */
  readonly patienceMs?: number;
}

export interface Whole<T> {
  readonly value: T;
  readonly headers: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 60_000;
const RETRIES = 2;

interface Prepared {
  readonly url: string;
  readonly init: Omit<RequestInit, 'signal'>;
  readonly maxRetries: number;
}

/** Asks the gateway: with the credential, in JSON, until a deadline, again where that may help. */
export class Requester {
  readonly #base: string;
  readonly #credential: string | undefined;
  readonly #fetch: Fetch;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions, credential: string | undefined) {
    this.#base = baseOf(options.baseUrl);
    this.#credential = visible(credential, 'The key or token');
    // Called as a function of nothing: browsers refuse a fetch that is called as a method of something else.
    this.#fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#options = options;
  }

  /** The JSON that is answered. */
  async json<T>(ask: Ask, options?: CallOptions): Promise<T> {
    return (await this.whole<T>(ask, options)).value;
  }

  /** The JSON that is answered, with the headers of the answer. */
  async whole<T>(ask: Ask, options: CallOptions = {}): Promise<Whole<T>> {
    const deadline = startDeadline(this.patience(ask, options), options.signal);
    try {
      return await this.#tryAll(this.#prepare(ask, options), deadline, async (response) => ({ value: await readJson<T>(response), headers: headersOf(response) }));
    } finally {
      deadline.release();
    }
  }

  /** An answer whose body is read by the caller. The deadline is for its beginning only. */
  open(ask: Ask, options: CallOptions, deadline: Deadline): Promise<Response> {
    return this.#tryAll(this.#prepare(ask, options), deadline, async (response) => response);
  }

  patience({ patienceMs = PATIENCE_MS }: Ask, { timeoutMs }: CallOptions): number {
    return timeoutMs ?? this.#options.timeoutMs ?? patienceMs;
  }

  retries({ maxRetries }: CallOptions): number {
    return maxRetries ?? this.#options.maxRetries ?? RETRIES;
  }

  async #tryAll<T>({ url, init, maxRetries }: Prepared, deadline: Deadline, read: (response: Response) => Promise<T>): Promise<T> {
    for (let retry = 0; ; retry++) {
      try {
        return await this.#tryOnce(url, { ...init, signal: deadline.signal }, read);
      } catch (thrown) {
        if (deadline.signal.aborted) throw deadline.signal.reason;
        if (!(thrown instanceof OpenClawError) || !isPassing(thrown) || retry >= maxRetries) throw thrown;
        const wait = pauseBefore(retry, thrown.retryAfter);
        // Who asks for more than there is left is told now what was said.
        if (wait >= deadline.left()) throw thrown;
        await pause(wait, deadline.signal);
      }
    }
  }

  async #tryOnce<T>(url: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> {
    const response = await lostIn(this.#fetch(url, init), `No gateway answers at ${this.#base}`);
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel();
      const to = response.headers.get('location');
      throw new OpenClawError(`The gateway's address answers with a redirect${to === null ? '' : ` to ${to}`}: use where it leads as baseUrl`, {
        code: 'redirected', status: response.status, headers: headersOf(response),
      });
    }
    if (!response.ok) throw errorOf(response, await lostIn(response.text(), 'The connection was lost before the answer was whole'));
    return read(response);
  }

  #prepare({ method, path, query, body, headers }: Ask, options: CallOptions): Prepared {
    const sent: Record<string, string> = { accept: 'application/json', ...headers };
    if (this.#credential !== undefined) sent['authorization'] = `Bearer ${this.#credential}`;
    if (body !== undefined) sent['content-type'] = 'application/json';
    // One key for all tries, so that a write whose answer was lost is answered and not done twice.
    if (method !== 'GET') sent['idempotency-key'] = visible(options.idempotencyKey, 'An idempotency key') ?? newIdempotencyKey();
    return {
      url: `${this.#base}${path}${queryText(query)}`,
      init: { method, headers: sent, redirect: 'manual', ...(body !== undefined && { body: JSON.stringify(body) }) },
      maxRetries: this.retries(options),
    };
  }
}

/** What can stand in a header, without the line end that comes along from files; nothing where there is nothing. */
const visible = (text: string | undefined, what: string): string | undefined => {
  const bare = text?.trim();
  if (bare === undefined || bare === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(bare)) throw new TypeError(`${what} may hold visible ASCII characters only`);
  return bare;
};

const readJson = async <T>(response: Response): Promise<T> => {
  const text = await lostIn(response.text(), 'The connection was lost before the answer was whole');
  try {
    // The gateway answers this path with this type.
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new OpenClawError('What answers here does not speak JSON: is baseUrl the gateway?', { code: 'unexpected_answer', status: response.status, headers: headersOf(response), cause });
  }
};

const lostIn = async <T>(work: Promise<T>, message: string): Promise<T> => {
  try {
    return await work;
  } catch (cause) {
    throw new OpenClawError(message, { code: 'connection_failed', cause });
  }
};
