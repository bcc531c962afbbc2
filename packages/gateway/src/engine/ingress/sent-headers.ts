/** The headers of a request. One that stands twice counts as none: nobody knows which of the two somebody before us went by. */
export class SentHeaders {
  readonly #values = new Map<string, string | undefined>();

  /** Names and values in turn, as Node has them. */
  constructor(raw: readonly string[]) {
    for (let i = 0; i + 1 < raw.length; i += 2) {
      const name = raw[i]?.toLowerCase() ?? '';
      this.#values.set(name, this.#values.has(name) ? undefined : raw[i + 1]);
    }
  }

  /** Those that stand once, by their names in small letters. */
  all(): readonly (readonly [name: string, value: string])[] {
    return [...this.#values].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  }

  one(name: string): string | undefined {
    return this.#values.get(name.toLowerCase());
  }
}
