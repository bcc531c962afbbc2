import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FixedWindow } from './fixed-window.ts';

describe('a fixed window', () => {
  test('lets exactly the limit pass, then nothing until it is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 1e12 }), (limit, at) => {
        const rates = new FixedWindow(60_000);
        const begin = at - (at % 60_000);
        const takes = Array.from({ length: limit + 5 }, (_, i) => rates.take('a', limit, begin + Math.min(i, 59_999)));
        expect(takes.filter(({ allowed }) => allowed)).toHaveLength(limit);
        expect(takes.map(({ remaining }) => remaining)).toEqual(takes.map((_, i) => Math.max(0, limit - i - 1)));
        expect(new Set(takes.map(({ resetsAt }) => resetsAt))).toEqual(new Set([begin + 60_000]));
        expect(rates.take('a', limit, begin + 60_000).allowed).toBe(true);
      }),
    );
  });

  test('counts each key by itself', () => {
    const rates = new FixedWindow(1_000);
    expect(rates.take('a', 1, 0).allowed).toBe(true);
    expect(rates.take('a', 1, 999).allowed).toBe(false);
    expect(rates.take('b', 1, 999).allowed).toBe(true);
  });

  test('forgets old keys, never those of this window', () => {
    const rates = new FixedWindow(1_000);
    rates.take('now', 1, 1_000);
    for (let i = 0; i < 25_000; i++) rates.take(`old-${i}`, 1, i < 12_000 ? 0 : 1_000);
    expect(rates.take('now', 1, 1_001).allowed).toBe(false);
  });
});
