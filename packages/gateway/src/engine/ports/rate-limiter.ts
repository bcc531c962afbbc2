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

/** Counts where every node counts. */
export interface SharedRateLimiter extends RateLimiter {
  take(id: string, limit: number, now: number): Promise<Taken>;
  /** What was taken was none; nothing where its window is over. */
  giveBack(id: string, taken: Taken): Promise<void>;
}
