import type { CronSchedule } from '@openclaw/contract';
import { expect, test } from 'vitest';
import { openCalendar } from '../../drivers/calendars/croner/index.ts';
import { type CatchUpRules, dueSlots } from './due-slots.ts';
import { Timetable } from './timetable.ts';

const NOON = Date.UTC(2026, 0, 5, 12);
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
const timetable = new Timetable({ calendar: openCalendar(), timezone: () => 'UTC', now: () => NOON });
const RULES: CatchUpRules = { graceMs: HOUR, skipMissed: false };

const minutely: CronSchedule = { kind: 'cron', expr: '* * * * *', tz: 'UTC' };
const daily: CronSchedule = { kind: 'cron', expr: '0 8 * * *', tz: 'UTC' };
const secondly: CronSchedule = { kind: 'every', everyMs: SECOND, anchorMs: 0 };
const once: CronSchedule = { kind: 'at', at: new Date(NOON).toISOString() };

const due = (schedule: CronSchedule, nextAt: number, now: number, rules = RULES) => dueSlots({ schedule, nextAt, lastRun: undefined }, timetable.times(schedule), now, rules);

test('what is due now runs, and the next time is the one after', () => {
  expect(due(minutely, NOON, NOON + 20)).toEqual({ run: { slot: NOON, via: 'schedule', reason: undefined }, missed: undefined, next: NOON + MINUTE });
  expect(due(secondly, NOON, NOON + 3)).toMatchObject({ run: { slot: NOON }, next: NOON + SECOND });
  expect(due(once, NOON, NOON)).toEqual({ run: { slot: NOON, via: 'schedule', reason: undefined }, missed: undefined, next: undefined });
});

test('what begins a little late began in time: slots that are due by then follow one after the other', () => {
  expect(due(secondly, NOON, NOON + 9 * SECOND)).toMatchObject({ run: { slot: NOON, via: 'schedule' }, missed: undefined, next: NOON + SECOND });
});

test('after a while the newest is caught up, and those before it are one record', () => {
  const { run, missed, next } = due(minutely, NOON, NOON + 30 * MINUTE + 30 * SECOND);
  expect(run).toEqual({ slot: NOON + 30 * MINUTE, via: 'catch_up', reason: '30 s late: nothing ran it: the gateway was down, or its clock jumped' });
  expect(missed).toEqual({ from: NOON, to: NOON + 29 * MINUTE, count: 30, more: false, reason: 'nothing ran it: the gateway was down, or its clock jumped' });
  expect(next).toBe(NOON + 31 * MINUTE);
});

test('where the newest is due just now it runs in time', () => {
  expect(due(minutely, NOON, NOON + 30 * MINUTE + SECOND)).toMatchObject({ run: { slot: NOON + 30 * MINUTE, via: 'schedule' }, missed: { count: 30 } });
});

test('a single missed time within the grace is caught up; past it, it is skipped with the reason', () => {
  const eight = Date.UTC(2026, 0, 5, 8);
  expect(due(daily, eight, eight + 50 * MINUTE)).toEqual({ run: { slot: eight, via: 'catch_up', reason: expect.stringMatching(/^50 min late: /) }, missed: undefined, next: eight + 24 * HOUR });
  expect(due(daily, eight, eight + 2 * HOUR)).toEqual({
    run: undefined, missed: { from: eight, to: eight, count: 1, more: false, reason: expect.stringMatching(/it is 2 h late, more than the grace of 1 h$/) }, next: eight + 24 * HOUR,
  });
});

test('a job for one moment is caught up within a day', () => {
  expect(due(once, NOON, NOON + 23 * HOUR)).toMatchObject({ run: { slot: NOON, via: 'catch_up' }, next: undefined });
  expect(due(once, NOON, NOON + 25 * HOUR)).toMatchObject({ run: undefined, missed: { from: NOON, count: 1 }, next: undefined });
});

test('who wants nothing caught up gets all of it in the records', () => {
  expect(due(minutely, NOON, NOON + 3 * MINUTE + 30 * SECOND, { ...RULES, skipMissed: true })).toEqual({
    run: undefined, missed: { from: NOON, to: NOON + 3 * MINUTE, count: 4, more: false, reason: expect.stringContaining('cron.skipMissedJobs') }, next: NOON + 4 * MINUTE,
  });
});

test('a year of seconds is no storm, and is not counted through', () => {
  const startedAt = performance.now();
  const cron: CronSchedule = { kind: 'cron', expr: '* * * * * *', tz: 'Europe/Berlin' };
  const { run, missed } = due(cron, NOON, NOON + 365 * 24 * HOUR + 300);
  expect(run).toMatchObject({ slot: NOON + 365 * 24 * HOUR, via: 'schedule' });
  expect(missed).toMatchObject({ from: NOON, to: NOON + 365 * 24 * HOUR - SECOND, count: 100, more: true });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});

test('where a run went on for too long, that is the reason', () => {
  const lastRun = { jobId: 'cron_1', jobName: 'x', workspace: 'main', scheduledFor: NOON, state: 'ran', via: 'schedule', reason: undefined, error: undefined, turnId: undefined, sessionKey: undefined, startedAt: NOON, endedAt: NOON + 5 * MINUTE, missed: undefined } as const;
  const slots = dueSlots({ schedule: minutely, nextAt: NOON + MINUTE, lastRun }, timetable.times(minutely), NOON + 5 * MINUTE + 30 * SECOND, RULES);
  expect(slots).toMatchObject({ run: { slot: NOON + 5 * MINUTE, reason: '30 s late: the run before went on too long' }, missed: { count: 4, reason: 'the run before went on too long' } });
});
