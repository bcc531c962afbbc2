/** Counts uses per key in windows of fixed length: exactly `limit` pass in each. */
export class FixedWindow {
  readonly #windowMs: number;
  readonly #counts = new Map<string, { window: number; used: number }>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Takes one use, if one is left. `resetsAt` is when the next window begins, in epoch milliseconds. */
  take(key: string, limit: number, now: number): { readonly allowed: boolean; readonly remaining: number; readonly resetsAt: number } {
    const current = this.#counts.get(key);
    const window = this.#windowAt(now, current?.window);
    const resetsAt = (window + 1) * this.#windowMs;
    const count = current?.window === window ? current : this.#begin(key, window);
    if (count.used >= limit) return { allowed: false, remaining: 0, resetsAt };
    count.used++;
    return { allowed: true, remaining: limit - count.used, resetsAt };
  }

  /** A clock that is set back a little does not open a window anew that has begun. */
  #windowAt(now: number, current: number | undefined): number {
    const window = Math.floor(now / this.#windowMs);
    return current === window + 1 ? current : window;
  }

  #begin(key: string, window: number): { window: number; used: number } {
    if (this.#counts.size > 10_000) this.#forgetBefore(window);
    const fresh = { window, used: 0 };
    this.#counts.set(key, fresh);
    return fresh;
  }

  #forgetBefore(window: number): void {
    for (const [key, count] of this.#counts) if (count.window < window) this.#counts.delete(key);
  }
}
