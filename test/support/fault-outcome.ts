/** What a scenario of the fault suite came to. */
export interface Outcome {
  /** The figures of the run, in words. */
  readonly figures: string;
  /** Promises that did not hold; none is a pass. */
  readonly problems: readonly string[];
  /** Why it could not be run here. */
  readonly skipped?: string;
}

/** One promise under one kind of fault: small in `npm test`, in full in `npm run accept`. */
export interface Scenario {
  /** How it is called on the command line. */
  readonly id: string;
  readonly title: string;
  readonly quick: () => Promise<Outcome>;
  readonly full: () => Promise<Outcome>;
  /** The same checks over something broken on purpose: each must find a problem. */
  readonly red: Readonly<Record<string, () => Promise<Outcome>>>;
}

/** Collects what did not hold, so that a run tells all of it. */
export class Problems {
  readonly #all: string[] = [];

  add(problem: string): void {
    this.#all.push(problem);
  }

  expect(holds: boolean, problem: string): void {
    if (!holds) this.#all.push(problem);
  }

  get all(): readonly string[] {
    return this.#all;
  }
}

/** Numbers between 0 and 1 that come out the same for the same seed. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};
