import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startOfDay } from './start-of-day.ts';

test.each([
  ['2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-28T23:00:00Z'], // the night clocks went forward
  ['2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-24T22:00:00Z'], // and back
  ['2026-11-21T00:30:00Z', 'America/New_York', '2026-11-20T05:00:00Z'],
  ['2026-11-21T12:00:00Z', 'Asia/Kolkata', '2026-11-20T18:30:00Z'],
  ['2026-11-21T12:00:00Z', 'UTC', '2026-11-21T00:00:00Z'],
  ['2018-11-04T12:00:00Z', 'America/Sao_Paulo', '2018-11-04T03:00:00Z'], // midnight itself was skipped
  ['2026-11-01T12:00:00Z', 'America/Havana', '2026-11-01T04:00:00Z'], // midnight came twice
])('the day of %s in %s began at %s', (at, timezone, began) => {
  expect(new Date(startOfDay(Date.parse(at), timezone)).toISOString()).toBe(new Date(began).toISOString());
});

test('a day began before now, is the same day, and nothing of it came earlier', () => {
  const zones = ['Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Chatham', 'Africa/Cairo', 'Asia/Beirut', 'Atlantic/Azores', 'America/Havana', 'America/Sao_Paulo'];
  fc.assert(
    fc.property(fc.integer({ min: 1.2e12, max: 2e12 }), fc.constantFrom(...zones), (at, timeZone) => {
      const dayOf = (moment: number) => new Intl.DateTimeFormat('en', { timeZone, dateStyle: 'short' }).format(moment);
      const began = startOfDay(at, timeZone);
      expect(began).toBeLessThanOrEqual(at);
      expect(dayOf(began)).toBe(dayOf(at));
      expect(dayOf(began - 1)).not.toBe(dayOf(at));
    }),
  );
});
