export interface Taken {
  readonly allowed: boolean;
  readonly remaining: number;
  /** When the window is over, in epoch milliseconds. */
  readonly resetsAt: number;
}

/** Counts uses in windows of a minute: exactly `limit` of an id pass in each, on however many nodes. */
export interface RateLimiter {
  /** At once where this node alone counts. */
  take(id: string, limit: number, now: number): Taken | Promise<Taken>;
}
