import type { HeartbeatSettings } from './settings.ts';

type Hours = NonNullable<HeartbeatSettings['activeHours']>;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `08:05`, by the clock on the wall there. */
const timeIn = (timezone: string, moment: number): string => {
  const clock = clocks.get(timezone) ?? new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  clocks.set(timezone, clock);
  return clock.format(moment);
};

/** Whether a moment lies in these hours of its day. They may go over midnight; from one time to the same is the whole day. */
export const isActive = (hours: Hours | undefined, timezone: string, moment: number): boolean => {
  if (!hours) return true;
  const { start, end } = hours;
  const time = timeIn(hours.timezone ?? timezone, moment);
  if (start === end) return true;
  return start < end ? time >= start && time < end : time >= start || time < end;
};
