import type { CronSchedule } from '@openclaw/contract';
import { sayDuration } from '../../kernel/duration.ts';

/** A schedule as a person says it: `At 08:00, Asia/Hong_Kong`. */
export const describeSchedule = async (schedule: CronSchedule): Promise<string> => {
  if (schedule.kind === 'every') return `Every ${sayDuration(schedule.everyMs)}`;
  if (schedule.kind === 'at') return `Once, at ${schedule.at}`;
  return `${await inWords(schedule.expr)}, ${schedule.tz}`;
};

const worded = new Map<string, string>();
const MOST_WORDED = 5_000;

const inWords = async (expr: string): Promise<string> => {
  const known = worded.get(expr);
  if (known !== undefined) return known;
  // Only who asks for words needs what makes them.
  const { toString } = (await import('cronstrue')).default;
  const words = wordsOr(expr, () => toString(expr, { use24HourTimeFormat: true, verbose: false }));
  if (worded.size >= MOST_WORDED) worded.clear();
  worded.set(expr, words);
  return words;
};

/** Not all that can be scheduled has words. */
const wordsOr = (expr: string, make: () => string): string => {
  try {
    return make();
  } catch {
    return expr;
  }
};
