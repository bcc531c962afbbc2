export interface BenchedKey {
  /** `undefined`: the provider wants none. */
  readonly key: string | undefined;
  readonly freeAt: number;
  readonly because: BenchReason;
}

export type BenchReason = 'auth' | 'rate_limited';

/** The keys of one provider. The same key serves until it fails, so that the provider's prompt cache is hit. */
export interface KeyRing {
  /** A key that may be used now. */
  pick(now: number): { readonly key: string | undefined } | undefined;
  /** The key that is free first. */
  soonest(): BenchedKey;
  bench(key: string | undefined, until: number, because: BenchReason): void;
  /** It works after all. */
  release(key: string | undefined): void;
}

export const createKeyRing = (keys: readonly string[]): KeyRing => {
  const first: readonly (string | undefined)[] = keys.length === 0 ? [undefined] : keys;
  const slots = first.map((key): BenchedKey => ({ key, freeAt: 0, because: 'rate_limited' }));
  let current = 0;

  const put = (slot: BenchedKey): void => {
    const index = slots.findIndex(({ key }) => key === slot.key);
    if (index >= 0) slots[index] = slot;
  };

  return {
    pick(now) {
      for (let step = 0; step < slots.length; step++) {
        const index = (current + step) % slots.length;
        const slot = slots[index];
        if (slot === undefined || slot.freeAt > now) continue;
        current = index;
        return slot;
      }
      return undefined;
    },
    soonest: () => slots.reduce((best, slot) => (slot.freeAt < best.freeAt ? slot : best)),
    bench: (key, until, because) => put({ key, freeAt: until, because }),
    release: (key) => put({ key, freeAt: 0, because: 'rate_limited' }),
  };
};
