/** When clocks on walls show something, worked out from nothing but what `Intl` says a clock shows: the measure for what a schedule says. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A stretch of time in which a clock is ahead of UTC by the same. */
interface Stretch {
  readonly from: number;
  readonly before: number;
  readonly aheadMs: number;
}

/** All stretches of a zone between two moments. */
export const stretchesOf = (timezone: string, from: number, before: number): readonly Stretch[] => {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  const ahead = (moment: number): number => {
    const part = Object.fromEntries(clock.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part['year'] ?? 0, (part['month'] ?? 1) - 1, part['day'], part['hour'], part['minute'], part['second']) - Math.floor(moment / 1_000) * 1_000;
  };
  const found: Stretch[] = [];
  let start = from;
  let aheadMs = ahead(from);
  for (let at = from + HOUR; at < before + HOUR; at += HOUR) {
    if (at < before && ahead(at) === aheadMs) continue;
    const end = at >= before ? before : changeBetween(at - HOUR, at, (moment) => ahead(moment) === aheadMs);
    found.push({ from: start, before: end, aheadMs });
    start = end;
    aheadMs = ahead(end);
  }
  return found;
};

/** The first second at which it does not hold any more. */
const changeBetween = (holds: number, not: number, still: (moment: number) => boolean): number => {
  let [low, high] = [holds, not];
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2_000) * 1_000;
    if (still(middle)) low = middle;
    else high = middle;
  }
  return high;
};

/** The times of a day, and on which days. */
export interface WallTimes {
  readonly times: readonly (readonly [hour: number, minute: number])[];
  /** All of them are named: due once a day, whatever the clock does. Otherwise whenever it shows one. */
  readonly fixed: boolean;
  readonly on: (day: Date) => boolean;
}

/** When it is so, from one moment on and before another, as its stretches cover them. */
export const momentsOf = ({ times, fixed, on }: WallTimes, stretches: readonly Stretch[]): readonly number[] => {
  const [first, last] = [stretches[0], stretches.at(-1)];
  if (!first || !last) return [];
  const found = new Set<number>();
  for (let day = Math.floor((first.from + first.aheadMs) / DAY) * DAY - DAY; day <= last.before + last.aheadMs + DAY; day += DAY) {
    if (!on(new Date(day))) continue;
    for (const [hour, minute] of times) {
      const shown = day + hour * HOUR + minute * 60_000;
      const moments = stretches.flatMap(({ from, before, aheadMs }) => (shown - aheadMs >= from && shown - aheadMs < before ? [shown - aheadMs] : []));
      if (fixed) {
        const [once = skippedAt(shown, stretches)] = moments;
        if (once !== undefined) found.add(once);
      } else for (const moment of moments) found.add(moment);
    }
  }
  return [...found].toSorted((a, b) => a - b);
};

/** Where the clock went past a time without showing it: the moment at which it did. */
const skippedAt = (shown: number, stretches: readonly Stretch[]): number | undefined => {
  const past = stretches.find((stretch, i) => i > 0 && shown >= stretch.from + (stretches[i - 1]?.aheadMs ?? 0) && shown < stretch.from + stretch.aheadMs);
  return past?.from;
};
