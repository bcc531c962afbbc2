import type { TurnEvent } from '@openclaw/contract';
import type { LivePiece } from '../ports/event-bus.ts';
import type { JournalStep } from '../ports/turn-records.ts';
import { BEGINNING, formatCursor, type Position } from './cursor.ts';

const ASKED_AGAIN = 'The gateway was interrupted; the model is asked again';

/**
 * One reader's view of a turn: shows each piece once and in order, whatever mixture of live pieces and journal it is fed.
 * What does not join on to what was seen is not shown; `behind` then asks for the journal.
 */
export class TurnView {
  readonly #turnId: string;
  #at: Position;
  /** Pieces are missing: the journal has them, or whoever runs the turn. */
  behind = false;
  /** The unfinished step was asked for and is on its way: what comes before it does not join on yet. */
  waiting = false;

  constructor(turnId: string, after: Position = BEGINNING) {
    this.#turnId = turnId;
    this.#at = after;
  }

  /** Whether a message was seen to its end. */
  hasSeen(message: string, characters: number): boolean {
    return this.#at.message === message && this.#at.characters >= characters;
  }

  /** What of a live piece is new. */
  *take(piece: LivePiece): Generator<TurnEvent> {
    const at = this.#at;
    if (piece.step < at.step) return;
    if (piece.step > at.step) return this.#fallBehind();
    if (piece.type === 'retry') {
      if (at.message === '' || at.message === piece.message) yield this.#void(piece.reason);
      return;
    }
    if (at.message !== piece.message) {
      if (!isFirst(piece)) return piece.type === 'text' ? this.#miss() : this.#fallBehind();
      if (at.message !== '') yield this.#void(ASKED_AGAIN);
    }
    if (piece.type === 'text') yield* this.#text(piece.message, piece.offset, piece.delta);
    else if (piece.type === 'tool_call') yield* this.#call(piece);
    else yield* this.#result(piece);
  }

  /** What of the journal is new: the steps of the turn that are finished, in order. */
  *read(journal: readonly JournalStep[]): Generator<TurnEvent> {
    this.behind = false;
    for (const [step, { message, text, calls }] of journal.entries()) {
      if (step !== this.#at.step) continue;
      if (this.#at.message !== '' && this.#at.message !== message) yield this.#void(ASKED_AGAIN);
      yield* this.#text(message, 0, text);
      const place = { step, message, of: calls.length, after: text.length };
      for (const [index, { id, tool, input }] of calls.entries()) yield* this.#call({ ...place, index, id, tool, input });
      for (const [index, { id, tool, output, isError }] of calls.entries()) {
        if (output !== undefined && this.#at.step === step) yield* this.#result({ ...place, index, id, tool, output, isError });
      }
    }
  }

  *#text(message: string, offset: number, delta: string): Generator<TurnEvent> {
    const { characters } = this.#at;
    if (offset > characters) return this.#miss();
    this.waiting = false;
    const unseen = delta.slice(characters - offset);
    if (unseen !== '') yield { type: 'text', delta: unseen, cursor: this.#move({ message, characters: characters + unseen.length }) };
    else this.#at = { ...this.#at, message };
  }

  *#call({ message, index, id, tool, input, after }: Pick<Call, 'message' | 'index' | 'id' | 'tool' | 'input' | 'after'>): Generator<TurnEvent> {
    const { calls, characters } = this.#at;
    if (index < calls) return;
    if (index > calls || characters < after) return this.#fallBehind();
    yield { type: 'tool_call', id, tool, input, cursor: this.#move({ message, calls: calls + 1 }) };
  }

  *#result({ index, of, id, tool, output, isError }: Pick<Result, 'index' | 'of' | 'id' | 'tool' | 'output' | 'isError'>): Generator<TurnEvent> {
    const { step, calls, results } = this.#at;
    const bit = 1n << BigInt(index);
    if ((results & bit) !== 0n) return;
    if (calls < of) return this.#fallBehind();
    const seen = results | bit;
    const isWhole = seen === (1n << BigInt(of)) - 1n;
    yield { type: 'tool_result', id, tool, output, isError, cursor: this.#move(isWhole ? { ...BEGINNING, step: step + 1 } : { results: seen }) };
  }

  /** Nothing of the step counts as seen from now on. */
  #void(reason: string): TurnEvent {
    return { type: 'retry', reason, cursor: this.#move({ message: '', characters: 0, calls: 0, results: 0n }) };
  }

  /** Words of the unfinished step are missing. */
  #miss(): void {
    if (!this.waiting) this.#fallBehind();
  }

  /** A step was finished unseen: it stands in the journal by now. */
  #fallBehind(): void {
    this.behind = true;
  }

  #move(change: Partial<Position>): string {
    this.#at = { ...this.#at, ...change };
    return formatCursor(this.#turnId, this.#at);
  }
}

type Call = Extract<LivePiece, { type: 'tool_call' }>;
type Result = Extract<LivePiece, { type: 'tool_result' }>;

const isFirst = (piece: Exclude<LivePiece, { type: 'retry' }>): boolean =>
  piece.type === 'text' ? piece.offset === 0 : piece.type === 'tool_call' && piece.index === 0 && piece.after === 0;
