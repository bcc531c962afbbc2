import { startOfDay, wallClock } from './start-of-day.ts';

const DAY = 86_400_000;

/** The date that the calendar on the wall shows: `2026-04-01`. */
export const dateAt = (at: number, timezone: string): string => toDate(wallClock(at, timezone));

export const dateAfter = (date: string, days: number): string => toDate(Date.parse(date) + days * DAY);

/** When each of these days began in a time zone, and when the last one was over. */
export const boundsOfDays = (from: string, days: number, timezone: string): readonly number[] => {
  const bounds = [startOfDate(from, timezone)];
  for (let day = 1; day <= days; day++) {
    const next = (bounds.at(-1) ?? 0) + DAY;
    // Most days are 24 hours long, and looking at the clock once is enough to know.
    bounds.push(wallClock(next, timezone) === Date.parse(from) + day * DAY ? next : startOfDate(dateAfter(from, day), timezone));
  }
  return bounds;
};

const startOfDate = (date: string, timezone: string): number => {
  const noon = Date.parse(date) + DAY / 2;
  // At noon a day is what it is called, however the clocks were changed.
  return startOfDay(noon - (wallClock(noon, timezone) - noon), timezone);
};

const toDate = (at: number): string => new Date(at).toISOString().slice(0, 10);
