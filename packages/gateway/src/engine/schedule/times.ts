import type { CronSchedule } from '@openclaw/contract';
import { Cron } from 'croner';

/** The times of a schedule, all in epoch milliseconds. */
export interface Times {
  /** The first one after a moment; undefined where there is none. */
  after(moment: number): number | undefined;
  /** The last one at a moment or before it, and not before `since`. */
  upTo(moment: number, since: number): number | undefined;
}

/** Reading an expression costs ten times what asking it does; a gateway has a few that it asks again and again. */
const known = new Map<string, Times>();
const MOST_KNOWN = 5_000;

/**
 * When a schedule is due. An expression whose times are all named is due once a day at each, also where the clock is put forward over one
 * (then at the first moment after) or back (then at the first of the two); one with a `*` in its time is due whenever the local clock matches.
 */
export const timesOf = (schedule: CronSchedule): Times => {
  if (schedule.kind === 'at') return onceAt(Date.parse(schedule.at));
  if (schedule.kind === 'every') return every(schedule.everyMs, schedule.anchorMs);
  const key = `${schedule.tz}\n${schedule.expr}`;
  const times = known.get(key) ?? byExpression(schedule.expr, schedule.tz);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, times);
  return times;
};

const onceAt = (at: number): Times => ({
  after: (moment) => (at > moment ? at : undefined),
  upTo: (moment, since) => (at <= moment && at >= since ? at : undefined),
});

const every = (ms: number, anchor: number): Times => ({
  after: (moment) => anchor + (Math.floor((moment - anchor) / ms) + 1) * ms,
  upTo: (moment, since) => {
    const last = anchor + Math.floor((moment - anchor) / ms) * ms;
    return last >= since ? last : undefined;
  },
});

/** Throws where it is no expression, or the zone is not known. */
export const readExpression = (expr: string, tz: string): Cron =>
  new Cron(expr, { paused: true, timezone: tz, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' });

const byExpression = (expr: string, tz: string): Times => {
  const cron = readExpression(expr, tz);
  return {
    after: (moment) => cron.nextRun(new Date(moment))?.getTime(),
    upTo: (moment, since) => {
      // What is asked for is what came before a moment, so the moment itself is within by asking a little later.
      const last = cron.previousRuns(1, new Date(Math.floor(moment / 1_000) * 1_000 + 1_000))[0]?.getTime();
      return last !== undefined && last >= since && last <= moment ? last : undefined;
    },
  };
};
