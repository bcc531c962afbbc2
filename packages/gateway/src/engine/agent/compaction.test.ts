import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { journals, refusedBecause } from './__fixtures__/journals.ts';
import { newestThatFit, roomFor, turnsToCompact } from './compaction.ts';
import { byTurn, estimateTokens, summaryOf, toConversation } from './conversation.ts';

const settings = { enabled: true, reserveTokens: 20_000, keepRecentTokens: 2_000 };
const rooms = fc.integer({ min: 200, max: 60_000 });

describe('compaction', () => {
  test('leaves a valid conversation, and never sums up the running turn', () => {
    fc.assert(
      fc.property(journals({ maxTurns: 30 }), rooms, ({ entries, current }, room) => {
        const turns = byTurn(entries);
        const compact = turnsToCompact(summaryOf(entries), turns, current, room, settings);
        expect(compact).toEqual(turns.slice(0, compact.length));
        expect(compact.map(({ turnId }) => turnId)).not.toContain(current);
        const rest = turns.slice(compact.length);
        expect(rest.at(-1)?.turnId).toBe(current);
        // What the summary says it covers ends before the running turn begins.
        expect(compact.at(-1)?.seq ?? 0).toBeLessThan(rest.at(-1)?.seq ?? 0);
        expect(refusedBecause(toConversation('What was said.', rest, current))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });

  test('does nothing while all fits, and nothing where it is switched off', () => {
    fc.assert(
      fc.property(journals(), rooms, ({ entries, current }, room) => {
        const turns = byTurn(entries);
        const fits = estimateTokens(toConversation(summaryOf(entries), turns, current)) <= room;
        if (fits) expect(turnsToCompact(summaryOf(entries), turns, current, room, settings)).toEqual([]);
        expect(turnsToCompact(summaryOf(entries), turns, current, room, { ...settings, enabled: false })).toEqual([]);
      }),
    );
  });

  test('sums up a great many short turns too', () => {
    const turns = byTurn(Array.from({ length: 130 }, (_, i) => ({ role: 'user' as const, seq: i + 1, turnId: `turn_${i}`, text: 'Hi' })));
    expect(turnsToCompact(undefined, turns, 'turn_129', 1e6, settings)).toHaveLength(99);
  });
});

describe('the newest turns that fit', () => {
  test('respect the room, end with the running turn, and are as many as fit', () => {
    fc.assert(
      fc.property(journals({ maxTurns: 30 }), rooms, ({ entries, current }, room) => {
        const turns = byTurn(entries);
        const summary = summaryOf(entries);
        const kept = newestThatFit(summary, turns, current, room);
        const weigh = (some: typeof turns) => estimateTokens(toConversation(summary, some, current));
        expect(kept).toEqual(turns.slice(turns.length - kept.length));
        expect(kept.at(-1)?.turnId).toBe(current);
        if (kept.length > 1) expect(weigh(kept)).toBeLessThanOrEqual(room);
        if (kept.length < turns.length) expect(weigh(turns.slice(turns.length - kept.length - 1))).toBeGreaterThan(room);
        expect(refusedBecause(toConversation(summary, kept, current))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

test('a small context is not given away to the reserve', () => {
  expect(roomFor(200_000, 10_000, settings)).toBe(170_000);
  expect(roomFor(8_000, 2_000, settings)).toBe(4_000);
  expect(roomFor(4_000, 8_000, settings)).toBe(1_000);
});
