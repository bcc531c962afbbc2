import fc from 'fast-check';
import { expect, test } from 'vitest';
import { piecesOf, startOf } from './usage-spans.ts';

const QUARTER = 900_000;
const YEAR = 365.25 * 86_400_000;
const moment = fc.integer({ min: Date.UTC(2024, 0, 1) / QUARTER, max: Date.UTC(2028, 0, 1) / QUARTER }).map((quarter) => quarter * QUARTER);

test('the pieces of a range count what is in it once, and the rest not at all', () => {
  fc.assert(
    fc.property(moment, moment, fc.array(moment, { maxLength: 20 }), fc.constantFrom(['year', 'month', 'quarter'] as const, ['month', 'quarter'] as const, ['quarter'] as const), (a, b, events, spans) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const pieces = piecesOf(from, to, spans);
      for (const at of [...events, from, to, from - QUARTER, to - QUARTER]) {
        // A row of a length that begins in the piece stands for all that happened in that length.
        const counted = pieces.filter((piece) => startOf(piece.span, at) >= piece.from && startOf(piece.span, at) < piece.to).reduce((sum, { sign }) => sum + sign, 0);
        expect(counted, `${new Date(at).toISOString()} in ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`).toBe(at >= from && at < to ? 1 : 0);
      }
    }),
    { numRuns: 500 },
  );
});

test('a year is few rows: whole years and months, and at most half a month of quarters at each end', () => {
  fc.assert(
    fc.property(moment, (from) => {
      const pieces = piecesOf(from, from + YEAR, ['year', 'month', 'quarter']);
      const quarters = pieces.filter(({ span }) => span === 'quarter').reduce((sum, piece) => sum + piece.to - piece.from, 0);
      expect(quarters).toBeLessThanOrEqual(31 * 86_400_000);
      expect(pieces.length).toBeLessThanOrEqual(5);
    }),
  );
});
