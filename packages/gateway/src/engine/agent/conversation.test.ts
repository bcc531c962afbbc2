import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { journals, refusedBecause } from './__fixtures__/journals.ts';
import { byTurn, estimateTokens, summaryOf, toConversation, withinContext } from './conversation.ts';

describe('the conversation a model sees', () => {
  test('is valid for every provider, whatever the journal holds', () => {
    fc.assert(
      fc.property(journals(), ({ entries, current }) => {
        const turns = byTurn(entries);
        expect(refusedBecause(toConversation(summaryOf(entries), turns, current))).toBeUndefined();
        // Without memory.
        const own = turns.filter(({ turnId }) => turnId === current);
        expect(refusedBecause(toConversation(undefined, own, current))).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('stays valid and gets no longer where tool outputs are left out', () => {
    fc.assert(
      fc.property(journals(), fc.integer({ min: 0, max: 50_000 }), ({ entries, current }, tokens) => {
        const whole = toConversation(summaryOf(entries), byTurn(entries), current);
        const short = withinContext(whole, tokens);
        expect(refusedBecause(short)).toBeUndefined();
        expect(estimateTokens(short)).toBeLessThanOrEqual(estimateTokens(whole));
        if (estimateTokens(whole) <= tokens) expect(short).toBe(whole);
      }),
    );
  });

  test('holds each turn of the journal once, in order', () => {
    fc.assert(
      fc.property(journals(), ({ entries }) => {
        const turns = byTurn(entries);
        expect(turns.flatMap(({ rows }) => rows)).toEqual(entries.filter(({ role }) => role !== 'summary'));
        expect(new Set(turns.map(({ turnId }) => turnId)).size).toBe(turns.length);
      }),
    );
  });

  test('shows an interrupted tool as that, and cuts what one tool said too much', () => {
    const turnId = 'turn_1';
    const messages = toConversation(undefined, byTurn([
      { role: 'user', seq: 1, turnId, text: 'Go' },
      { role: 'assistant', id: 'msg_1', seq: 2, turnId, text: '', toolCalls: [{ id: 'a', tool: 'pay', input: {} }, { id: 'b', tool: 'read', input: {} }], opaque: undefined, usage: undefined },
      { role: 'tool', seq: 3, turnId, callId: 'a', tool: 'pay', effect: 'once', state: 'started', output: '' },
      { role: 'tool', seq: 4, turnId, callId: 'b', tool: 'read', effect: 'none', state: 'done', output: 'z'.repeat(60_001) },
    ]), turnId);
    expect(messages[2]).toMatchObject({ callId: 'a', isError: true, output: expect.stringContaining('Interrupted') });
    expect(messages[3]).toMatchObject({ callId: 'b', isError: false, output: expect.stringMatching(/z\n\[cut: 1 characters more\]$/) });
  });
});
