import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TurnEvent } from '@openclaw/contract';
import type { LivePiece } from '../ports/event-bus.ts';
import type { JournalStep } from '../ports/turn-records.ts';
import { parseCursor } from './cursor.ts';
import { TurnView } from './turn-view.ts';

/** A turn as a plan: steps with words and calls, each step asked once or, after a fault, once more. */
const planOf = fc.array(
  fc.record({
    words: fc.array(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 4 }),
    /** No multiple of three, so that every third is every one of them. */
    calls: fc.constantFrom(1, 2, 4),
    voided: fc.option(fc.array(fc.string({ minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 2 }), { nil: undefined }),
    /** Whether the fault was told, or the worker died of it. */
    told: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);
type Plan = typeof planOf extends fc.Arbitrary<infer Value> ? Value : never;

interface Moment {
  readonly piece: LivePiece;
  /** What the journal holds by the time the piece is told. */
  readonly journal: readonly JournalStep[];
  /** What whoever runs the turn tells who asks, at that time. */
  readonly soFar: LivePiece | undefined;
}

/** Everything that is told of a turn, in order. */
const tell = (plan: Plan): Moment[] => {
  const moments: Moment[] = [];
  const finished: JournalStep[] = [];
  const add = (piece: LivePiece, soFar: LivePiece | undefined): void => void moments.push({ piece, journal: structuredClone(finished), soFar });
  const say = (step: number, message: string, words: readonly string[]): string => {
    let text = '';
    for (const delta of words) {
      const piece: LivePiece = { type: 'text', step, message, offset: text.length, delta };
      text += delta;
      add(piece, { type: 'text', step, message, offset: 0, delta: text, again: true });
    }
    return text;
  };
  for (const [step, { words, calls, voided, told }] of plan.entries()) {
    const isLast = step === plan.length - 1;
    if (voided) {
      say(step, `void${step}`, voided);
      if (told) add({ type: 'retry', step, message: `void${step}`, reason: 'again' }, undefined);
    }
    const message = `msg${step}`;
    const text = say(step, message, isLast && words.length === 0 ? ['end'] : words);
    const list: { id: string; tool: string; input: unknown; output: string | undefined; isError: boolean }[] = [];
    finished.push({ message, text, calls: list });
    if (isLast) continue;
    const place = { step, message, of: calls, tool: 't' };
    for (let i = 0; i < calls; i++) list.push({ id: `${step}.${i}`, tool: 't', input: i, output: undefined, isError: false });
    for (let index = 0; index < calls; index++) add({ type: 'tool_call', ...place, index, id: `${step}.${index}`, input: index, after: text.length }, undefined);
    // Results come in the order in which the tools end.
    for (let i = calls; i > 0; i--) {
      const index = (i * 3 + step) % calls;
      const call = list[index];
      if (call) call.output = `r${index}`;
      add({ type: 'tool_result', ...place, index, id: `${step}.${index}`, output: `r${index}`, isError: false }, undefined);
    }
  }
  return moments;
};

/** What a reader holds in the end: the words and calls of each step, without what was declared void. */
const heldOf = (events: readonly TurnEvent[]): unknown => {
  const steps: { text: string; calls: string[]; results: string[] }[] = [];
  let now = { text: '', calls: new Array<string>(), results: new Array<string>() };
  for (const event of events) {
    if (event.type !== 'tool_result' && now.results.length > 0 && now.results.length === now.calls.length) {
      steps.push(now);
      now = { text: '', calls: [], results: [] };
    }
    if (event.type === 'retry') now = { text: '', calls: [], results: [] };
    else if (event.type === 'tool_call') now.calls.push(event.id);
    else if (event.type === 'tool_result') now.results.push(event.id);
    else if (event.type === 'text') now.text += event.delta;
  }
  return [...steps, now].map(({ results, ...rest }) => ({ ...rest, results: results.toSorted() }));
};

const wholeOf = (plan: Plan): unknown =>
  plan.map(({ words, calls }, step) => {
    const isLast = step === plan.length - 1;
    const ids = isLast ? [] : Array.from({ length: calls }, (_, i) => `${step}.${i}`);
    return { text: words.join('') || (isLast ? 'end' : ''), calls: ids, results: ids };
  });

/** Feeds a view as a follower does, losing what `lost` says; at the end it reads the journal. */
const follow = (view: TurnView, moments: readonly Moment[], lost: (i: number) => boolean): TurnEvent[] => {
  const shown: TurnEvent[] = [];
  const asked: LivePiece[] = [];
  for (const [i, { piece, journal, soFar }] of moments.entries()) {
    if (lost(i)) view.behind = true;
    else shown.push(...view.take(piece));
    for (const again of asked.splice(0)) shown.push(...view.take(again));
    if (view.behind) {
      shown.push(...view.read(journal));
      view.waiting = true;
      if (soFar) asked.push(soFar);
    }
  }
  const whole = moments.at(-1)?.journal ?? [];
  shown.push(...view.read(whole));
  return shown;
};

describe('a reader of a turn', () => {
  test('who loses anything anywhere still holds all of it, once and in order', () => {
    fc.assert(
      fc.property(planOf, fc.array(fc.boolean(), { maxLength: 60 }), (plan, losses) => {
        const moments = withEnd(tell(plan), plan);
        expect(heldOf(follow(new TurnView('turn_1'), moments, (i) => losses[i] ?? false))).toEqual(wholeOf(plan));
      }),
      { numRuns: 500 },
    );
  });

  test('who leaves anywhere and comes back with the last cursor gets the rest, once and in order', () => {
    fc.assert(
      fc.property(planOf, fc.nat(60), fc.nat(20), fc.array(fc.boolean(), { maxLength: 60 }), (plan, cut, gone, losses) => {
        const moments = withEnd(tell(plan), plan);
        const before = follow(new TurnView('turn_1'), moments.slice(0, cut % moments.length), () => false).slice(0, cut);
        const cursor = before.map((event) => ('cursor' in event ? event.cursor : undefined)).findLast((one) => one !== undefined);
        const view = new TurnView('turn_1', cursor === undefined ? undefined : parseCursor(cursor).position);
        view.behind = true;
        const after = follow(view, moments.slice((cut % moments.length) + Math.min(gone, moments.length)), (i) => losses[i] ?? false);
        // Who was away to the very end finds it in the journal.
        const rest = after.length > 0 ? after : [...view.read(moments.at(-1)?.journal ?? [])];
        expect(heldOf([...before, ...rest])).toEqual(wholeOf(plan));
      }),
      { numRuns: 500 },
    );
  });

  test('words that were shown of a step nobody finished are declared void', () => {
    const view = new TurnView('turn_1');
    const first = [...view.take({ type: 'text', step: 0, message: 'a', offset: 0, delta: 'Hel' })];
    const second = [...view.take({ type: 'text', step: 0, message: 'b', offset: 0, delta: 'Good' })];
    expect(first).toEqual([{ type: 'text', delta: 'Hel', cursor: 'turn_1:0.a.3.0.0' }]);
    expect(second).toMatchObject([{ type: 'retry' }, { type: 'text', delta: 'Good', cursor: 'turn_1:0.b.4.0.0' }]);
  });
});

/** The last message is in the journal once the turn is over. */
const withEnd = (moments: readonly Moment[], plan: Plan): Moment[] => {
  const last = moments.at(-1);
  if (!last || last.piece.type !== 'text') return [...moments];
  const text = plan.at(-1)?.words.join('') || 'end';
  return [...moments.slice(0, -1), { ...last, journal: [...last.journal, { message: last.piece.message, text, calls: [] }] }];
};

test.each(['', '-1', '1e99', 'turn_1', 'turn_1:0.a.3.0', 'turn_1:0.a.-3.0.0', 'turn_1:0.a.3.0.zz', '../x:0.a.3.0.0', `turn_1:0.a.${'9'.repeat(40)}.0.0`])('%j is no cursor', (text) => {
  expect(() => parseCursor(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});
