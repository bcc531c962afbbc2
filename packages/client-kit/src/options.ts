/** As much of `fetch` as the clients use. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ConnectionOptions {
  /** Where the gateway is, `http://localhost:3000`. A path in it stands before every path that is asked for. */
  readonly baseUrl: string;
  /** How long a call may take, with all its tries and pauses: 60 seconds unless told, ten minutes where the agent's answer is waited for. */
  readonly timeoutMs?: number | undefined;
  /** How often a call is tried again after the first time: twice unless told. */
  readonly maxRetries?: number | undefined;
  /** Instead of the global `fetch`. */
  readonly fetch?: Fetch | undefined;
}

/** What a single call may be told besides its input. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxRetries?: number | undefined;
  /** What makes a repeated write the same write. Made anew for each write that is not given one. */
  readonly idempotencyKey?: string | undefined;
}

export interface Page {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** What every list answers beside its items. */
export interface Paged {
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}
