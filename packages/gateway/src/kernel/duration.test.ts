import { expect, test } from 'vitest';
import { parseDuration, sayDuration } from './duration.ts';

test.each([
  ['20m', 1_200_000], ['1h30m', 5_400_000], ['2 days', 172_800_000], ['90s', 90_000], ['1.5h', 5_400_000], ['1w', 604_800_000], [' 5 Minutes ', 300_000], ['0m', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '20', 'm', '20 fortnights', '-5m', '20m later', `${'1s'.repeat(30)}`, '1e3s'])('"%s" is no length of time', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([[500, 'less than a second'], [1_000, '1 s'], [61_000, '1 min 1 s'], [10_800_000, '3 h'], [93_600_000, '1 d 2 h'], [86_400_000 + 60_000, '1 d']])('%d ms is said as %s', (ms, words) => {
  expect(sayDuration(ms)).toBe(words);
});
