/** When the day that holds `at` began in a time zone, in epoch milliseconds. */
export const startOfDay = (at: number, timezone: string): number => {
  const day = wallClock(at, timezone) - (wallClock(at, timezone) % DAY);
  // The offset at midnight may be another than now: guess with this one's, then correct by that one's.
  let midnight = day - offset(at, timezone);
  midnight = day - offset(midnight, timezone);
  // Where midnight is skipped, the day begins at the first moment that is of it.
  return wallClock(midnight, timezone) < day ? midnight + (day - wallClock(midnight, timezone)) : midnight;
};

const DAY = 86_400_000;

/** What the clock on the wall shows, as if it were UTC. */
export const wallClock = (at: number, timezone: string): number => {
  const shown = Object.fromEntries(clockOf(timezone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second);
};

const offset = (at: number, timezone: string): number => wallClock(at, timezone) - Math.floor(at / 1000) * 1000;

const clocks = new Map<string, Intl.DateTimeFormat>();

const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  });
  clocks.set(timeZone, clock);
  return clock;
};
