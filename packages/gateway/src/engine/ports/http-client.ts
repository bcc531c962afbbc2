/**
 * The only way out. Drivers that speak HTTP get one of these and never dial by themselves.
 *
 * - A status is an answer, not an exception: only a connection that fails or is aborted rejects.
 * - Redirects are not followed; the caller sees the 3xx.
 * - Aborting `signal` closes the connection, also while the body is being read.
 * - No byte for `idleTimeoutMs` ends the body with an error.
 */
export interface HttpClient {
  request(url: string, options: HttpRequest): Promise<HttpResponse>;
  /** Whether anything listens where this URL points: much cheaper than a request, and resolves to false rather than reject. */
  listens(url: string, deadlineMs: number): Promise<boolean>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  readonly idleTimeoutMs?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the whole body, at most `limit` bytes of it. */
  text(limit?: number): Promise<string>;
}
