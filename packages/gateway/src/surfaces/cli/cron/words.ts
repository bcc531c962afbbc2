import type { CronJob, CronRun } from '@openclaw/contract';
import { sayDuration } from '../../../kernel/duration.ts';
import { ago, seconds } from '../kit/figures.ts';

const two = (part: number): string => String(part).padStart(2, '0');

/** `2026-11-21 08:00`, by the clock of this machine; with seconds where there are any. */
export const localTime = (iso: string): string => {
  const at = new Date(iso);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}${at.getSeconds() === 0 ? '' : `:${two(at.getSeconds())}`}`;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
};

/** `in 3 h`, or that it is due. */
export const untilWords = (iso: string, now = Date.now()): string => {
  const left = Date.parse(iso) - now;
  return left <= 0 ? 'now' : `in ${sayDuration(left)}`;
};

/** `At 08:00, Asia/Hong_Kong; next in 3 h`. */
export const whenWords = ({ describes, schedule, nextRunAt, enabled, running }: CronJob): string => {
  const said = schedule.kind === 'at' ? `Once, at ${localTime(schedule.at)}` : describes;
  if (running) return `${said}; runs now`;
  if (!enabled) return `${said}; switched off`;
  return nextRunAt === null ? said : `${said}; next ${untilWords(nextRunAt)}`;
};

const STATES: Readonly<Record<CronRun['state'], string>> = { running: 'runs', ran: 'ran', failed: 'failed', caught_up: 'caught up', skipped: 'skipped' };

export const stateWords = ({ state, missed }: CronRun): string => (missed ? `${STATES[state]} ${missed.count}${missed.more ? ' or more' : ''} times` : STATES[state]);

export const whyWords = ({ error, reason, delivery }: CronRun): string =>
  [error ? `${error.message} [${error.code}]` : reason, delivery && undelivered(delivery)].filter((words) => typeof words === 'string').join('; ');

/** What its webhook did not take; null where it did, or was not tried. */
const undelivered = ({ state, tries, error }: NonNullable<CronRun['delivery']>): string | null => {
  if (state === 'failed') return `not delivered: ${error ?? 'unknown'}`;
  return state === 'pending' && error !== null ? `not delivered yet, ${tries} ${tries === 1 ? 'try' : 'tries'}: ${error}` : null;
};

export const tookWords = ({ durationMs }: CronRun): string => (durationMs === null ? '' : seconds(durationMs));

export const lastWords = (run: CronRun | null): string => (run ? `${stateWords(run)}, ${ago(run.scheduledFor)}${whyWords(run) === '' ? '' : `: ${whyWords(run)}`}` : 'not yet');
