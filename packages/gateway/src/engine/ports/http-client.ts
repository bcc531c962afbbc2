/**
 * The only way out. Drivers that speak HTTP get one of these and never dial by themselves.
 *
 * - A status is an answer, not an exception: only a connection that fails or is aborted rejects.
 * - Redirects are not followed; the caller sees the 3xx.
 * - Aborting `signal` closes the connection, also while the body is being read.
 * - No byte for `idleTimeoutMs` ends the body with an error.
 * - With `reach`, the host is read once and resolved once, each of its addresses is checked, and what was checked is dialled: no name, no
 *   spelling of an address and no second answer of a name server leads anywhere else. A target out of reach rejects with `TargetRefused`,
 *   and nothing is dialled.
 */
export interface HttpClient {
  request(url: string, options: HttpRequest): Promise<HttpResponse>;
  /** Whether anything listens where this URL points: much cheaper than a request, and resolves to false rather than reject. */
  listens(url: string, deadlineMs: number): Promise<boolean>;
}

/** For those who send to where somebody else than the owner of this machine says. */
export interface GuardedHttpClient extends HttpClient {
  /** Rejects with `TargetRefused` where a request to this URL would be refused now. Dials nothing. A name that does not resolve may do so later. */
  checkReach(url: string, reach: Reach): Promise<void>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
  readonly idleTimeoutMs?: number;
  /** Where it may go. Absent for what the configuration of this gateway points at, such as the servers of models: anywhere. */
  readonly reach?: Reach | undefined;
}

/** Public addresses, and never a port of the gateway itself, by whatever address or name of this machine. */
export interface Reach {
  /** Besides: nothing, everything, or what these addresses, ranges and names of hosts mean. */
  readonly private: boolean | readonly string[];
}

/** A URL that must not be dialled: what is wrong with it, for whoever wrote it. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the whole body, at most `limit` bytes of it. */
  text(limit?: number): Promise<string>;
  /** Reads the whole body to the byte; rejects where it is longer than `limit`, and reads no more of it. */
  bytes(limit: number): Promise<Uint8Array>;
}
