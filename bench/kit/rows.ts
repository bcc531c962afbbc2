import { median } from './load.ts';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly floor: string;
  readonly ratio: string;
  readonly goal: string;
  /** Undefined where there is no goal. */
  readonly met: boolean | undefined;
}

export interface Pairs {
  readonly ours: readonly number[];
  readonly floor: readonly number[];
}

/** Measures two things in turn, A B A B …, so that a machine that gets slower is slower for both. */
export const interleave = async (rounds: number, ours: () => Promise<number>, floor: () => Promise<number>): Promise<Pairs> => {
  const pairs = { ours: [] as number[], floor: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    pairs.ours.push(await ours());
    pairs.floor.push(await floor());
  }
  return pairs;
};

/**
 * Measures several things of one kind in turn, with the floor between each two: F A F B F … F. Each is paired with the mean of the floor before
 * and after it. They change places from round to round, so that nothing that recurs falls on one of them alone.
 */
export const interleaveAll = async <const Ours extends readonly (() => Promise<number>)[]>(
  rounds: number,
  ours: Readonly<Ours>,
  floor: () => Promise<number>,
): Promise<{ readonly [which in keyof Ours]: Pairs }> => {
  const all = ours.map(() => ({ ours: [] as number[], floor: [] as number[] }));
  let before = await floor();
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < ours.length; place++) {
      const which = (place + round) % ours.length;
      const value = await ours[which]?.();
      const after = await floor();
      if (value !== undefined) all[which]?.ours.push(value);
      all[which]?.floor.push((before + after) / 2);
      before = after;
    }
  }
  // As many as were measured, in their order.
  return all as { readonly [which in keyof Ours]: Pairs };
};

/** The median of the ratios pair by pair. */
const ratioOf = ({ ours, floor }: Pairs): number => median(ours.map((value, i) => value / (floor[i] ?? Number.NaN)));

interface Goal {
  readonly what: string;
  readonly unit: string;
  readonly digits?: number;
}

/** A row that is good when the ratio is at least `goal`. */
export const atLeast = ({ what, unit, digits = 0 }: Goal, pairs: Pairs, goal: number): Row =>
  toRow({ what, unit, digits }, pairs, `>= ${goal}`, ratioOf(pairs) >= goal);

/** A row beside one with a goal: the same against a floor that nobody promised to reach. */
export const compared = ({ what, unit, digits = 0 }: Goal, pairs: Pairs): Row => toRow({ what, unit, digits }, pairs, '-', undefined);

/** A row that is good when the ratio is at most `goal`. */
export const atMost = ({ what, unit, digits = 0 }: Goal, pairs: Pairs, goal: number): Row =>
  toRow({ what, unit, digits }, pairs, `<= ${goal}`, ratioOf(pairs) <= goal);

const toRow = ({ what, unit, digits }: Required<Goal>, pairs: Pairs, goal: string, met: boolean | undefined): Row => ({
  what,
  ours: `${median(pairs.ours).toFixed(digits)} ${unit}`,
  floor: `${median(pairs.floor).toFixed(digits)} ${unit}`,
  ratio: `${ratioOf(pairs).toFixed(2)}x`,
  goal,
  met,
});

/** A row whose goal is on the difference: what ours adds to the floor. */
export const addsAtMost = (what: string, pairs: Pairs, goalMs: number): Row => {
  const added = median(pairs.ours.map((value, i) => value - (pairs.floor[i] ?? Number.NaN)));
  return {
    what,
    ours: `${median(pairs.ours).toFixed(2)} ms`,
    floor: `${median(pairs.floor).toFixed(2)} ms`,
    ratio: `+${added.toFixed(2)} ms`,
    goal: `<= +${goalMs} ms`,
    met: added <= goalMs,
  };
};
