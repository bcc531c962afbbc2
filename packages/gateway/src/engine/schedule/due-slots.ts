import type { CronRunVia } from '@openclaw/contract';
import { sayDuration } from '../../kernel/duration.ts';
import type { Times } from '../ports/calendar.ts';
import type { CronJobRecord } from '../ports/schedule-records.ts';
import type { MissedSlots } from '../ports/slot-records.ts';

/** What begins this much late began in time: the machine was busy, or started again. */
const IN_TIME_MS = 5_000;
/** A job for one moment is still worth doing after this long. */
const ONE_TIME_GRACE_MS = 86_400_000;
/** Missed times are counted up to here: who was away for a year need not know the seconds. */
const MOST_COUNTED = 100;

export interface CatchUpRules {
  /** How late the newest missed time may be caught up. */
  readonly graceMs: number;
  /** Nothing that was missed is caught up. */
  readonly skipMissed: boolean;
}

/** What is to be done about the times of a job that have come. */
export interface DueSlots {
  /** The one to run. */
  readonly run: { readonly slot: number; readonly via: CronRunVia; readonly reason: string | undefined } | undefined;
  /** Those before it that nobody will run. */
  readonly missed: MissedSlots | undefined;
  readonly next: number | undefined;
}

type DueJob = Pick<CronJobRecord, 'schedule' | 'lastRun'> & { readonly nextAt: number };

/**
 * Everything that came is accounted for, and at most one of it is run: what is due now, or the newest that was missed, where that is not too
 * long ago. So a gateway that was away for a year begins with one run a job, and not with a storm.
 */
export const dueSlots = ({ schedule, nextAt, lastRun }: DueJob, times: Times, now: number, rules: CatchUpRules): DueSlots => {
  if (now - nextAt <= IN_TIME_MS) return { run: { slot: nextAt, via: 'schedule', reason: undefined }, missed: undefined, next: times.after(nextAt) };
  const newest = Math.max(times.upTo(now, nextAt) ?? nextAt, nextAt);
  const next = times.after(now);
  const why = (lastRun?.endedAt ?? 0) > nextAt ? 'the run before went on too long' : 'nothing ran it: the gateway was down, or its clock jumped';
  const late = now - newest;
  if (late <= IN_TIME_MS) return { run: { slot: newest, via: 'schedule', reason: undefined }, missed: missedBetween(times, nextAt, newest, why), next };
  const graceMs = schedule.kind === 'at' ? ONE_TIME_GRACE_MS : rules.graceMs;
  if (rules.skipMissed || late > graceMs) {
    const said = rules.skipMissed ? `${why}, and missed times are not caught up (cron.skipMissedJobs)` : `${why}, and it is ${sayDuration(late)} late, more than the grace of ${sayDuration(graceMs)}`;
    return { run: undefined, missed: missedBetween(times, nextAt, newest + 1, said), next };
  }
  return { run: { slot: newest, via: 'catch_up', reason: `${sayDuration(late)} late: ${why}` }, missed: missedBetween(times, nextAt, newest, why), next };
};

/** The times from one on and before another. */
const missedBetween = (times: Times, from: number, before: number, reason: string): MissedSlots | undefined => {
  if (from >= before) return undefined;
  const to = times.upTo(before - 1, from) ?? from;
  let count = 1;
  for (let slot = times.after(from); slot !== undefined && slot < before; slot = times.after(slot)) {
    if (++count > MOST_COUNTED) return { from, to, count: MOST_COUNTED, more: true, reason };
  }
  return { from, to, count, more: false, reason };
};
