/** Hands values from a producer that must not wait to a reader that may be slow. Past its bound it drops the oldest and counts them. */
export class BoundedQueue<Value> {
  readonly #limit: number;
  readonly #values: Value[] = [];
  #missed = 0;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(value: Value): void {
    if (this.#closed) return;
    if (this.#values.length >= this.#limit) {
      this.#values.shift();
      this.#missed++;
    }
    this.#values.push(value);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** How many were dropped since it was last asked. */
  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }

  shift(): Value | undefined {
    return this.#values.shift();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when there is something to shift, when it is closed, or after `timeoutMs`. */
  async wait(timeoutMs: number): Promise<void> {
    if (this.#values.length > 0 || this.#closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
