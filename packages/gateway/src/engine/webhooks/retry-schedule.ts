import type { DeliveryOrder } from '../ports/webhook-store.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses before each further try. Standard Webhooks: ten tries in 75 h 35 min. */
const USUAL = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/** Where others wait behind it: eight tries in an hour, and then it is their turn. */
const IN_ORDER = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 25 * MINUTE];

/** An endpoint may ask for a longer pause than the schedule has; not for one that never ends. */
const LONGEST_ASKED = HOUR;
const JITTER = 0.1;

export interface Tried {
  readonly order: DeliveryOrder;
  readonly retries: number | undefined;
  /** How often it has been tried by now. */
  readonly tries: number;
  /** What the endpoint asked for, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** 1, unless time is to run faster. */
  readonly pace: number;
}

/** How long to wait for the next try; undefined where there is none. */
export const pauseBeforeNext = ({ order, retries, tries, retryAfter, pace }: Tried): number | undefined => {
  const schedule = order === 'none' ? USUAL : IN_ORDER;
  if (tries > Math.min(retries ?? schedule.length, order === 'none' ? Number.POSITIVE_INFINITY : schedule.length)) return undefined;
  const usual = schedule[Math.min(tries, schedule.length) - 1] ?? 0;
  const asked = Math.min(retryAfter ?? 0, Math.max(usual, LONGEST_ASKED));
  const jittered = usual * (1 - JITTER + 2 * JITTER * Math.random());
  return Math.round(Math.max(jittered, asked) * pace);
};

/** `Retry-After`: seconds, or a date. */
export const readRetryAfter = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const after = /^\d{1,9}$/.test(header) ? Number(header) * SECOND : Date.parse(header) - now;
  return Number.isFinite(after) && after > 0 ? after : undefined;
};
