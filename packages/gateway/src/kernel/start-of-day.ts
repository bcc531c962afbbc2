/** When the day that holds `at` began in a time zone, in epoch milliseconds. */
export const startOfDay = (at: number, timezone: string): number => {
  const now = wallClock(at, timezone);
  const day = now - (now % DAY);
  const about = day - offset(at, timezone);
  // The clocks may be changed at midnight: what they showed before and what they show after are both looked at.
  const [before, after] = [day - offset(about - DAY / 2, timezone), day - offset(about + DAY / 2, timezone)];
  const midnights = [before, after].filter((moment) => wallClock(moment, timezone) === day);
  // Where it comes twice, the day begins with the first; where it is skipped, the clocks are changed when it would have been.
  return midnights.length > 0 ? Math.min(...midnights) : before;
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
