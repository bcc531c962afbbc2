import type { LiveEvent, SessionPlace, Signal } from '../../../engine/ports/event-bus.ts';

type TurnSignal = Extract<Signal, { kind: 'turn' }>;

interface Entry {
  signal: Signal;
  /** Characters of text in it. */
  size: number;
}

const MOST_ENTRIES = 20_000;
const MOST_CHARACTERS = 4_000_000;

/**
 * Signals on their way to the other nodes. Text that goes on where other text of its message ends joins that; the order within a turn is
 * kept. Past its bound it drops the oldest, and tells each turn's readers that they missed some.
 */
export class Outbox {
  #entries: Entry[] = [];
  /** The newest waiting entry of each turn: what more text may join. */
  readonly #newest = new Map<string, Entry>();
  readonly #missed = new Map<string, SessionPlace>();
  #characters = 0;

  get empty(): boolean {
    return this.#entries.length === 0 && this.#missed.size === 0;
  }

  push(signal: Signal): void {
    if (signal.kind !== 'turn') return this.#append({ signal, size: 0 });
    const { event } = signal;
    if (event.type !== 'text') return this.#append({ signal, size: 0 });
    this.#characters += event.delta.length;
    const newest = this.#newest.get(signal.turnId);
    const before = newest?.signal.kind === 'turn' ? newest.signal.event : undefined;
    if (newest && before?.type === 'text' && goesOn(before, event)) {
      newest.signal = { ...signal, event: { ...before, delta: before.delta + event.delta } };
      newest.size += event.delta.length;
      this.#keepBound();
    } else this.#append({ signal, size: event.delta.length });
  }

  /** Everything that waits, oldest first. */
  takeAll(): Signal[] {
    const gaps = [...this.#missed].map(([turnId, session]): TurnSignal => ({ kind: 'turn', turnId, session, event: { type: 'missed' } }));
    const signals = this.#entries.map(({ signal }) => signal);
    this.#entries = [];
    this.#newest.clear();
    this.#missed.clear();
    this.#characters = 0;
    return [...gaps, ...signals];
  }

  /** These were taken and may not have arrived. Readers of a turn are told; a nudge is small and may come twice, so it is kept. */
  lose(signals: readonly Signal[]): void {
    for (const signal of signals) {
      if (signal.kind === 'turn') this.#missed.set(signal.turnId, signal.session);
      else this.#entries.push({ signal, size: 0 });
    }
  }

  #append(entry: Entry): void {
    this.#entries.push(entry);
    if (entry.signal.kind === 'turn') this.#newest.set(entry.signal.turnId, entry);
    this.#keepBound();
  }

  #keepBound(): void {
    if (this.#entries.length <= MOST_ENTRIES && this.#characters <= MOST_CHARACTERS) return;
    // A tenth at once, so that a full outbox is not shifted with every signal.
    const dropped = this.#entries.splice(0, Math.max(1, Math.floor(this.#entries.length / 10)));
    for (const entry of dropped) {
      this.#characters -= entry.size;
      if (entry.signal.kind === 'turn' && this.#newest.get(entry.signal.turnId) === entry) this.#newest.delete(entry.signal.turnId);
    }
    this.lose(dropped.map(({ signal }) => signal));
  }
}

type Text = Extract<LiveEvent, { type: 'text' }>;

const goesOn = (before: Text, next: Text): boolean =>
  before.message === next.message && before.offset + before.delta.length === next.offset && !before.again && !next.again;
