import { type CronSchedule, GatewayError, type WantedSchedule } from '@openclaw/contract';
import { parseDuration, sayDuration } from '../../kernel/duration.ts';
import type { Calendar, Times } from '../ports/calendar.ts';

/** A moment that has just passed was meant as now. */
const JUST_PASSED_MS = 60_000;
/** What is further away than this is a slip of the pen. */
const FURTHEST_MS = 100 * 365 * 86_400_000;

const invalid = (path: string, message: string): GatewayError => new GatewayError('invalid_request', `${path}: ${message}`, { path });

interface Deps {
  readonly calendar: Calendar;
  /** Where no zone is named. */
  readonly timezone: () => string;
  readonly now: () => number;
}

/** What schedules mean: read as they are asked for, kept with every zone named and every moment absolute. */
export class Timetable {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  times(schedule: CronSchedule): Times {
    if (schedule.kind === 'at') return onceAt(Date.parse(schedule.at));
    if (schedule.kind === 'every') return every(schedule.everyMs, schedule.anchorMs);
    return this.#deps.calendar.read(schedule.expr, schedule.tz);
  }

  /** When a job is due that was just made or changed. */
  first(schedule: CronSchedule): number | undefined {
    // One for a moment that has just passed is due now.
    return schedule.kind === 'at' ? Date.parse(schedule.at) : this.times(schedule).after(this.#deps.now());
  }

  /** As a person says it: `At 08:00, Asia/Hong_Kong`. */
  async describe(schedule: CronSchedule): Promise<string> {
    if (schedule.kind === 'every') return `Every ${sayDuration(schedule.everyMs)}`;
    if (schedule.kind === 'at') return `Once, at ${schedule.at}`;
    return `${await this.#deps.calendar.describe(schedule.expr)}, ${schedule.tz}`;
  }

  /** Throws where it would never be due. */
  read(wanted: WantedSchedule): CronSchedule {
    const { now, timezone } = this.#deps;
    if (wanted.kind === 'every') return { kind: 'every', everyMs: wanted.everyMs, anchorMs: wanted.anchorMs ?? now() };
    const tz = zoneOf(wanted.tz ?? timezone());
    if (wanted.kind === 'cron') return { kind: 'cron', expr: this.#expression(wanted.expr, tz), tz };
    const at = this.#moment(wanted.at.trim(), tz);
    if (at === undefined) throw invalid('schedule.at', 'a moment such as 2026-03-02T09:00:00+01:00, a local time such as 2026-03-02T09:00 with its tz, or how long from now, such as 20m');
    refuseOver(at, now());
    if (at > now() + FURTHEST_MS) throw invalid('schedule.at', 'further away than a hundred years');
    return { kind: 'at', at: new Date(at).toISOString() };
  }

  /** Throws where nothing of it is to come. */
  refuseOver(schedule: CronSchedule): void {
    if (schedule.kind === 'at') refuseOver(Date.parse(schedule.at), this.#deps.now());
  }

  #expression(sent: string, tz: string): string {
    const expr = sent.trim().replace(/\s+/g, ' ');
    if (/^@reboot$/i.test(expr)) throw invalid('schedule.expr', '@reboot is no time: a job is due at moments, not at starts');
    const fields = expr.split(' ').length;
    if (!WORD.test(expr) && (!FIELDS.test(expr) || fields < 5 || fields > 6)) {
      throw invalid('schedule.expr', 'five fields (minute, hour, day, month, weekday), six with seconds before them, or one of @hourly, @daily, @weekly, @monthly, @yearly');
    }
    const times = tryTo(() => this.#deps.calendar.read(expr, tz));
    if (times.after(this.#deps.now()) === undefined) throw invalid('schedule.expr', `${expr} is never due: there is no such date`);
    return expr;
  }

  #moment(text: string, tz: string): number | undefined {
    const length = parseDuration(text.replace(/^(?:in\s+|\+)/i, ''));
    if (length !== undefined) return this.#deps.now() + length;
    const written = ISO.exec(text);
    if (!written) return undefined;
    const [, date = '', time = '00:00', zone] = written;
    const seconds = time.length === 5 ? `${time}:00` : time;
    // Whether there is such a day, and such a time.
    const plain = Date.parse(`${date}T${seconds}${zone ?? 'Z'}`);
    if (Number.isNaN(plain) || !isDay(date)) return undefined;
    return zone === undefined ? this.#deps.calendar.momentOf(`${date}T${seconds.slice(0, 8)}`, tz) : plain;
  }
}

const refuseOver = (at: number, now: number): void => {
  if (at < now - JUST_PASSED_MS) throw invalid('schedule.at', `${new Date(at).toISOString()} is over`);
};

/** What fields are written with: digits, names, `*`, `?`, `L`, `W`, lists, ranges, steps, `#` and `+`. */
const FIELDS = /^[\d*?a-z,/#+\- ]+$/i;
const WORD = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?))?(Z|[+-]\d\d:?\d\d)?$/i;

/** The end of February is where mistakes are made. */
const isDay = (date: string): boolean => new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);

const zoneOf = (name: string): string => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw invalid('schedule.tz', `there is no time zone ${JSON.stringify(name)}; one is called Europe/Berlin, say`);
  }
};

const tryTo = (read: () => Times): Times => {
  try {
    return read();
  } catch (thrown) {
    throw invalid('schedule.expr', thrown instanceof Error ? thrown.message : 'no expression');
  }
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
