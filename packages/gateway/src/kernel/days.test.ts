import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundsOfDays, dateAfter, dateAt } from './days.ts';

const ZONES = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Chatham', 'Africa/Cairo', 'America/Santiago', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Australia/Lord_Howe', 'America/Havana'];
const shown = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);

test('days follow each other from midnight to midnight, whatever the clocks do', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 12 * 365 }), fc.integer({ min: 1, max: 40 }), (zone, first, days) => {
      const from = dateAfter('2020-01-01', first);
      const bounds = boundsOfDays(from, days, zone);
      expect(bounds).toHaveLength(days + 1);
      for (const [day, bound] of bounds.entries()) {
        expect([shown(bound - 1, zone), shown(bound, zone)], `${zone} ${bound}`).toEqual([dateAfter(from, day - 1), dateAfter(from, day)]);
        expect(dateAt(bound, zone)).toBe(dateAfter(from, day));
        // What the sums are kept by.
        expect(bound % 900_000).toBe(0);
      }
    }),
    { numRuns: 300 },
  );
});

test('a day on which the clocks change is an hour shorter or longer', () => {
  const hours = (from: string, zone: string): number[] => boundsOfDays(from, 3, zone).slice(1).map((bound, i) => (bound - (boundsOfDays(from, 3, zone)[i] ?? 0)) / 3_600_000);
  expect(hours('2026-03-28', 'Europe/Berlin')).toEqual([24, 23, 24]);
  expect(hours('2026-10-24', 'Europe/Berlin')).toEqual([24, 25, 24]);
  expect(hours('2026-10-03', 'Australia/Lord_Howe')).toEqual([24, 23.5, 24]);
});
