import { Cron } from 'croner';
import type { Calendar, Times } from '../../../engine/ports/calendar.ts';

/** Reading an expression costs ten times what asking it does; a gateway has a few that it asks again and again. */
const MOST_KNOWN = 5_000;

export const openCalendar = (): Calendar => {
  const read = new Map<string, Times>();
  const worded = new Map<string, string>();
  return {
    read: (expression, timezone) => keptIn(read, `${timezone}\n${expression}`, () => toTimes(readExpression(expression, timezone))),
    momentOf: (local, timezone) => new Cron(local, { paused: true, timezone, allowPast: true }).getOnce()?.getTime(),
    describe: async (expression) => {
      // Only who asks for words needs what makes them.
      const { toString } = (await import('cronstrue')).default;
      return keptIn(worded, expression, () => wordsOr(expression, () => toString(expression, { use24HourTimeFormat: true })));
    },
  };
};

const keptIn = <Value>(known: Map<string, Value>, key: string, make: () => Value): Value => {
  const found = known.get(key) ?? make();
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, found);
  return found;
};

const readExpression = (expression: string, timezone: string): Cron => {
  try {
    return new Cron(expression, { paused: true, timezone, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });
  } catch (thrown) {
    throw new Error(thrown instanceof Error ? thrown.message.replace(/^Cron\w*: /, '').slice(0, 300) : 'no expression', { cause: thrown });
  }
};

const toTimes = (cron: Cron): Times => ({
  after: (moment) => cron.nextRun(new Date(moment))?.getTime(),
  upTo: (moment, since) => {
    // What is asked for is what came before a second, so the moment's own second is within by asking for the one after.
    const last = cron.previousRuns(1, new Date(Math.floor(moment / 1_000) * 1_000 + 1_000))[0]?.getTime();
    return last !== undefined && last >= since && last <= moment ? last : undefined;
  },
});

/** Not all that can be scheduled has words. */
const wordsOr = (expression: string, make: () => string): string => {
  try {
    return make();
  } catch {
    return expression;
  }
};
