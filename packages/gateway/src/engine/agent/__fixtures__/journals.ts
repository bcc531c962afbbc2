import fc from 'fast-check';
import type { ModelMessage } from '../../ports/model.ts';
import type { TranscriptEntry } from '../../ports/turn-records.ts';

const words = fc.oneof({ weight: 4, arbitrary: fc.lorem({ maxCount: 40 }) }, fc.constantFrom('', ' ', '\n', 'x'.repeat(3_000), 'y'.repeat(70_000)));

const states = fc.constantFrom('started', 'done', 'failed', 'interrupted');

type ToolState = 'started' | 'done' | 'failed' | 'interrupted';

interface SketchedStep {
  readonly text: string;
  /** The recorded results of its calls; undefined where the row is missing. */
  readonly results: readonly ({ readonly state: ToolState; readonly output: string } | undefined)[];
}

const step: fc.Arbitrary<SketchedStep> = fc.record({
  text: words,
  results: fc.array(fc.option(fc.record({ state: states, output: words }), { nil: undefined }), { minLength: 1, maxLength: 3 }),
});

/** A turn: its message, steps that used tools, and its last words where it came to some. */
const turn = fc.record({ asked: words, steps: fc.array(step, { maxLength: 3 }), answer: fc.option(words, { nil: undefined }) });

export interface Journal {
  readonly entries: readonly TranscriptEntry[];
  /** The running turn: the last one. */
  readonly current: string;
}

/** What a crash, a cancel, a refusal or a silent model may leave behind: any journal the store can hold. */
export const journals = (settings: { readonly maxTurns?: number } = {}): fc.Arbitrary<Journal> =>
  fc.record({ summary: fc.option(words, { nil: undefined }), turns: fc.array(turn, { minLength: 1, maxLength: settings.maxTurns ?? 12 }) }).map(({ summary, turns }) => {
    const entries: TranscriptEntry[] = [];
    const seq = (): number => entries.length + 1;
    if (summary !== undefined) entries.push({ role: 'summary', seq: seq(), turnId: 'turn_before', text: summary });
    for (const [t, { asked, steps, answer }] of turns.entries()) {
      const turnId = `turn_${t}`;
      entries.push({ role: 'user', seq: seq(), turnId, text: asked });
      for (const [s, { text, results }] of steps.entries()) {
        const toolCalls = results.map((_, i) => ({ id: `call_${t}_${s}_${i}`, tool: 'note', input: { i } }));
        entries.push({ role: 'assistant', id: 'msg', seq: seq(), turnId, text, toolCalls, opaque: undefined, usage: undefined });
        for (const [i, result] of results.entries()) {
          if (result) entries.push({ role: 'tool', seq: seq(), turnId, callId: `call_${t}_${s}_${i}`, tool: 'note', effect: 'none', ...result });
        }
      }
      const isLast = t === turns.length - 1;
      if (answer !== undefined && !isLast) entries.push({ role: 'assistant', id: 'msg', seq: seq(), turnId, text: answer, toolCalls: [], opaque: undefined, usage: undefined });
    }
    return { entries, current: `turn_${turns.length - 1}` };
  });

/** What every provider asks of a conversation: why this one would be refused, or undefined. */
export const refusedBecause = (messages: readonly ModelMessage[]): string | undefined => {
  if (messages[0]?.role !== 'user') return 'it does not begin with a user';
  let open: string[] = [];
  let last: 'user' | 'assistant' | undefined;
  for (const [i, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (open.shift() !== message.callId) return `${i}: a result of no open call`;
      if (message.output.trim() === '') return `${i}: an empty result`;
      continue;
    }
    if (open.length > 0) return `${i}: a call without a result before it`;
    if (message.role === last) return `${i}: two ${last}s in a row`;
    last = message.role;
    if (message.role === 'user') {
      if (message.text.trim() === '') return `${i}: an empty message`;
      continue;
    }
    if (message.text.trim() === '' && message.toolCalls.length === 0) return `${i}: an empty answer`;
    open = message.toolCalls.map(({ id }) => id);
    // After results the assistant speaks again.
    if (open.length > 0) last = undefined;
  }
  if (open.length > 0) return 'a call without a result at the end';
  return messages.at(-1)?.role === 'assistant' ? 'it ends with the assistant' : undefined;
};
