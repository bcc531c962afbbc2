import { type CronSchedule, GatewayError, type WantedSchedule } from '@openclaw/contract';
import { Cron } from 'croner';
import { parseDuration } from '../../kernel/duration.ts';
import { readExpression } from './times.ts';

/** A moment that has just passed was meant as now. */
const JUST_PASSED_MS = 60_000;
/** What is further away than this is a slip of the pen. */
const FURTHEST_MS = 100 * 365 * 86_400_000;

const invalid = (path: string, message: string): GatewayError => new GatewayError('invalid_request', `${path}: ${message}`, { path });

/** A schedule as it is kept: every zone named, every moment absolute. Throws where it would never be due. */
export const readSchedule = (wanted: WantedSchedule, { now, timezone }: { readonly now: number; readonly timezone: string }): CronSchedule => {
  if (wanted.kind === 'every') return { kind: 'every', everyMs: wanted.everyMs, anchorMs: wanted.anchorMs ?? now };
  const tz = zoneOf(wanted.tz ?? timezone);
  if (wanted.kind === 'cron') return { kind: 'cron', expr: expressionOf(wanted.expr, tz, now), tz };
  const at = momentOf(wanted.at.trim(), tz, now);
  if (at === undefined) throw invalid('schedule.at', 'a moment such as 2026-03-02T09:00:00+01:00, a local time such as 2026-03-02T09:00 with its tz, or how long from now, such as 20m');
  if (at < now - JUST_PASSED_MS) throw invalid('schedule.at', `${new Date(at).toISOString()} is over`);
  if (at > now + FURTHEST_MS) throw invalid('schedule.at', 'further away than a hundred years');
  return { kind: 'at', at: new Date(at).toISOString() };
};

const zoneOf = (name: string): string => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw invalid('schedule.tz', `there is no time zone ${JSON.stringify(name)}; one is called Europe/Berlin, say`);
  }
};

/** What fields are written with: digits, names, `*`, `?`, `L`, `W`, lists, ranges, steps, `#` and `+`. */
const FIELDS = /^[\d*?a-z,/#+\- \t]+$/i;
const WORD = /^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;

const expressionOf = (sent: string, tz: string, now: number): string => {
  const expr = sent.trim().replace(/\s+/g, ' ');
  if (/^@reboot$/i.test(expr)) throw invalid('schedule.expr', '@reboot is no time: a job is due at moments, not at starts');
  const parts = expr.split(' ').length;
  if (!WORD.test(expr) && (!FIELDS.test(expr) || parts < 5 || parts > 6)) {
    throw invalid('schedule.expr', 'five fields (minute, hour, day, month, weekday), six with seconds before them, or one of @hourly, @daily, @weekly, @monthly, @yearly');
  }
  const cron = tryTo(() => readExpression(expr, tz));
  if (!cron.nextRun(new Date(now))) throw invalid('schedule.expr', `${expr} is never due: there is no such date`);
  return expr;
};

const tryTo = (read: () => Cron): Cron => {
  try {
    return read();
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message.replace(/^Cron\w*: /, '') : 'not an expression';
    throw invalid('schedule.expr', words.slice(0, 300));
  }
};

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** In milliseconds since the epoch; a local time that comes twice is the first, one that does not come is the moment after. */
const momentOf = (text: string, tz: string, now: number): number | undefined => {
  const length = parseDuration(text.replace(/^(?:in\s+|\+)/i, ''));
  if (length !== undefined) return now + length;
  const zone = ISO.exec(text);
  if (!zone) return undefined;
  const iso = text.replace(' ', 'T');
  if (zone[1] !== undefined) return whole(Date.parse(iso));
  const [date = '', time = '00:00'] = iso.split('T');
  // Whether there is such a day at all, and such a time.
  if (!isDay(date) || whole(Date.parse(`1970-01-01T${time}Z`)) === undefined) return undefined;
  const seconds = time.split(':').length === 2 ? `${time}:00` : time.replace(/\.\d+$/, '');
  return new Cron(`${date}T${seconds}`, { paused: true, timezone: tz, allowPast: true }).getOnce()?.getTime();
};

const isDay = (date: string): boolean => whole(Date.parse(`${date}T00:00:00Z`)) !== undefined && new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);

const whole = (ms: number): number | undefined => (Number.isNaN(ms) ? undefined : ms);
