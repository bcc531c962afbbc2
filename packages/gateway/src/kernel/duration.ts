const UNITS: readonly (readonly [names: RegExp, ms: number])[] = [
  [/^(?:ms|millis(?:econd)?s?)$/, 1],
  [/^(?:s|secs?|seconds?)$/, 1_000],
  [/^(?:m|mins?|minutes?)$/, 60_000],
  [/^(?:h|hrs?|hours?)$/, 3_600_000],
  [/^(?:d|days?)$/, 86_400_000],
  [/^(?:w|weeks?)$/, 604_800_000],
];

const LONGEST_TEXT = 40;

/** `20m`, `1h30m`, `2 days`: in milliseconds. Undefined where it is no length of time. */
export const parseDuration = (text: string): number | undefined => {
  const words = text.trim().toLowerCase();
  if (words.length > LONGEST_TEXT || !/^(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+$/.test(words)) return undefined;
  let total = 0;
  for (const [, amount = '', unit = ''] of words.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const ms = UNITS.find(([names]) => names.test(unit))?.[1];
    if (ms === undefined) return undefined;
    total += Number(amount) * ms;
  }
  return Math.round(total);
};

const SHORT: readonly (readonly [letter: string, ms: number])[] = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1_000]];

/** As a person says it: `3 h`, `1 d 4 h`, `45 s`. Two parts at most. */
export const sayDuration = (ms: number): string => {
  if (ms < 1_000) return 'less than a second';
  const first = SHORT.findIndex(([, size]) => ms >= size);
  const parts: string[] = [];
  let left = ms;
  for (const [letter, size] of SHORT.slice(first, first + 2)) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount > 0) parts.push(`${amount} ${letter}`);
  }
  return parts.join(' ');
};
