import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import { openCalendar } from '../../packages/gateway/src/drivers/calendars/croner/index.ts';
import type { Calendar } from '../../packages/gateway/src/engine/ports/calendar.ts';
import { Scheduler, Timetable } from '../../packages/gateway/src/engine/schedule/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { openSqlitePair } from '../support/store-pairs.ts';
import { momentsOf, stretchesOf, type WallTimes } from '../support/wall-clock.ts';

/** An hour, half an hour, no change at all, quarters, and summer the other way round. */
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Chatham'] as const;
const FROM = Date.UTC(2026, 0, 1, 12);
const BEFORE = Date.UTC(2028, 0, 1, 12);

const daily = (): boolean => true;
const lastOfMonth = (day: Date): boolean => new Date(day.getTime() + 86_400_000).getUTCDate() === 1;
const hourly = (minutes: readonly number[]): WallTimes['times'] => Array.from({ length: 24 }, (_, hour) => minutes.map((minute) => [hour, minute] as const)).flat();

/** Each with what it means, said in another way. */
const DAILY: Readonly<Record<string, WallTimes>> = {
  '30 2 * * *': { times: [[2, 30]], fixed: true, on: daily },
  '0 2,3 * * *': { times: [[2, 0], [3, 0]], fixed: true, on: daily },
  '45 1 * * *': { times: [[1, 45]], fixed: true, on: daily },
  '0 0 * * *': { times: [[0, 0]], fixed: true, on: daily },
  '15 3 * * SUN': { times: [[3, 15]], fixed: true, on: (day) => day.getUTCDay() === 0 },
  '59 23 L * *': { times: [[23, 59]], fixed: true, on: lastOfMonth },
  '30 2 8-14 3 *': { times: [[2, 30]], fixed: true, on: (day) => day.getUTCMonth() === 2 && day.getUTCDate() >= 8 && day.getUTCDate() <= 14 },
  '0 9 * * MON#2': { times: [[9, 0]], fixed: true, on: (day) => day.getUTCDay() === 1 && day.getUTCDate() >= 8 && day.getUTCDate() <= 14 },
};
const HOURLY: Readonly<Record<string, WallTimes>> = {
  '30 * * * *': { times: hourly([30]), fixed: false, on: daily },
  '*/20 * * * *': { times: hourly([0, 20, 40]), fixed: false, on: daily },
};

interface Scale {
  readonly zones: readonly string[];
  /** Beside what the calendar says: what a schedule really begins, over a store. */
  readonly scheduled: readonly string[];
  readonly hourly: boolean;
  readonly calendar?: Calendar;
  readonly loses?: boolean;
}

const iso = (at: number | undefined): string => (at === undefined ? 'nothing' : new Date(at).toISOString());

const compare = (what: string, said: readonly number[], meant: readonly number[], problems: Problems): void => {
  const at = meant.findIndex((moment, i) => said[i] !== moment);
  problems.expect(at === -1, `${what}: ${iso(said[at])} where ${iso(meant[at])} is meant`);
  problems.expect(at !== -1 || said.length === meant.length, `${what}: ${said.length} times where ${meant.length} are meant`);
};

/** Two years of several zones: what a schedule says, and what it begins, against what clocks on walls show. */
const twoYears = async ({ zones, scheduled, hourly: withHours, calendar = openCalendar(), loses = false }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const meant = new Map<string, readonly number[]>();
  let moments = 0;
  for (const tz of zones) {
    const stretches = stretchesOf(tz, FROM, BEFORE);
    for (const [expr, wall] of Object.entries(withHours ? { ...DAILY, ...HOURLY } : DAILY)) {
      const all = momentsOf(wall, stretches).filter((at) => at > FROM);
      const times = calendar.read(expr, tz);
      const said: number[] = [];
      for (let at = times.after(FROM); at !== undefined && at < BEFORE; at = times.after(at)) said.push(at);
      compare(`${expr} in ${tz}`, said, all, problems);
      meant.set(`${expr}|${tz}`, all);
      moments += all.length;
    }
  }
  const jobs = zones.flatMap((tz) => scheduled.map((expr) => ({ expr, tz })));
  const slots = await play(jobs, calendar, loses);
  for (const [job, begun] of slots) compare(`what ${job.replace('|', ' in ')} begins`, begun, meant.get(job) ?? [], problems);
  const begun = [...slots.values()].reduce((sum, all) => sum + all.length, 0);
  return { figures: `${zones.length} zones, ${moments} moments as clocks show them${begun > 0 ? `, ${begun} slots begun over a store` : ''}`, problems: problems.all };
};

/** Lets a schedule run over the years by a clock that goes from one due moment to the next. Events that wait for a heartbeat begin no turn. */
const play = async (jobs: readonly { readonly expr: string; readonly tz: string }[], calendar: Calendar, loses: boolean): Promise<ReadonlyMap<string, number[]>> => {
  const begun = new Map<string, number[]>();
  if (jobs.length === 0) return begun;
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-calendar-'));
  const pair = await openSqlitePair(folder);
  let now = FROM;
  const timetable = new Timetable({ calendar, timezone: () => 'UTC', now: () => now });
  try {
    for (const { expr, tz } of jobs) {
      const schedule = { kind: 'cron', expr, tz } as const;
      const id = `cron_${begun.size}`;
      begun.set(`${expr}|${tz}`, []);
      await pair.store.addCronJob({
        id, name: `${expr}|${tz}`, description: undefined, workspace: 'main', agent: 'main', enabled: true, schedule, payload: { kind: 'systemEvent', text: 'Time' }, target: 'main',
        wakeMode: 'next-heartbeat', delivery: { mode: 'none' }, deleteAfterRun: false, caller: { id: 'tester', permissions: ['*'], workspaces: ['*'] }, createdAt: now, updatedAt: now,
        nextAt: timetable.first(schedule),
      }, 1_000);
    }
    let settled = 0;
    const scheduler = new Scheduler({
      timetable,
      store: {
        ...pair.store,
        settleSlot: async (slot) => {
          if (loses && ++settled % 500 === 0) return pair.store.settleSlot({ ...slot, next: timetable.times({ kind: 'every', everyMs: 7 * 86_400_000, anchorMs: 0 }).after(now) });
          return pair.store.settleSlot(slot);
        },
      },
      call: () => Promise.reject(new Error('nothing is called')),
      standing: () => ({ caller: { id: 'tester', label: '', permissions: new Set(), workspaces: new Set(), limits: { requestsPerMinute: undefined }, budget: undefined, revoked: new AbortController().signal } }),
      channelsOf: () => [],
      workspaceOf: () => undefined,
      isStillNamed: () => true,
      rules: () => ({ enabled: true, skipMissed: false, graceMs: 3_600_000 }),
      log: () => {},
      now: () => now,
      steady: () => now,
    });
    scheduler.start();
    for (;;) {
      const { at, waiting } = await pair.store.nextCronDue(now);
      if (waiting) {
        scheduler.nudge();
        await soon();
        continue;
      }
      if (at === undefined || at >= BEFORE) break;
      now = at;
    }
    await scheduler.stop();
    for (let offset = 0; ; offset += 200) {
      const { runs } = await pair.store.listCronRuns({ job: undefined, workspaces: undefined, states: undefined, limit: 200, offset });
      for (const { jobName, scheduledFor } of runs) begun.get(jobName)?.unshift(scheduledFor);
      if (runs.length < 200) break;
    }
    return begun;
  } finally {
    await pair.close();
    await rm(folder, { recursive: true, force: true });
  }
};

const SUMMERS = ['Europe/Berlin', 'Australia/Lord_Howe'];

export const calendar: Scenario = {
  id: 'calendar',
  title: 'T4 two years of clocks on walls',
  quick: () => twoYears({ zones: ZONES, scheduled: [], hourly: false }),
  full: () => twoYears({ zones: ZONES, scheduled: Object.keys(DAILY), hourly: true }),
  red: {
    'the zone is not looked at': () => twoYears({ zones: SUMMERS, scheduled: [], hourly: false, calendar: { ...openCalendar(), read: (expr) => openCalendar().read(expr, 'UTC') } }),
    'a moment that clocks skip is left out': () =>
      twoYears({
        zones: SUMMERS, scheduled: [], hourly: false,
        calendar: { ...openCalendar(), read: (expr, tz) => openCalendar().read(expr === '30 2 * * *' ? '*/60 30 2 * * *' : expr, tz) },
      }),
    'a slot is left out now and then': () => twoYears({ zones: ['Europe/Berlin'], scheduled: ['30 2 * * *', '0 2,3 * * *'], hourly: false, loses: true }),
  },
};
