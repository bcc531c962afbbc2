import { BoundedQueue } from '../../kernel/bounded-queue.ts';
import type { EventBus, LiveEvent, Signal } from '../ports/event-bus.ts';

/** Events a slow reader may fall behind; past that it catches up from the journal. */
export const MOST_BEHIND = 2_048;

export type TurnSignal = Extract<Signal, { kind: 'turn' }>;

export interface TurnReader {
  readonly turnId: string;
  readonly queue: BoundedQueue<LiveEvent>;
  /** It cannot have begun before this reader listened. */
  readonly fromTheStart: boolean;
  /** Wants to know the end only. */
  readonly quiet: boolean;
  leave(): void;
}

export interface Watcher {
  see(signal: TurnSignal): void;
  /** Nothing more will be seen. */
  end(): void;
}

/** Who listens to which turn. One subscription to the bus serves them all. */
export class LiveTurns {
  readonly #readers = new Map<string, Set<TurnReader>>();
  readonly #watchers = new Set<Watcher>();
  readonly #cancelled = new Set<(turnId: string) => void>();
  readonly #caughtUp = new Set<(turnId: string) => void>();
  readonly #woken = new Set<() => void>();
  readonly #unsubscribe: () => void;

  constructor(bus: EventBus) {
    this.#unsubscribe = bus.subscribe((signal) => {
      if (signal.kind === 'wake') for (const listener of this.#woken) listener();
      else if (signal.kind === 'lost') this.#lose();
      else if (signal.kind === 'cancel') for (const listener of this.#cancelled) listener(signal.turnId);
      else if (signal.kind === 'catch_up') for (const listener of this.#caughtUp) listener(signal.turnId);
      else if (signal.kind === 'turn') this.#tell(signal);
    });
  }

  /** Listens to a turn from now on. `leave` must be called. */
  follow(turnId: string, { fromTheStart, quiet }: Pick<TurnReader, 'fromTheStart' | 'quiet'>): TurnReader {
    const queue = new BoundedQueue<LiveEvent>(MOST_BEHIND);
    const readers = this.#readers.get(turnId) ?? new Set();
    const leave = (): void => {
      readers.delete(reader);
      if (readers.size === 0) this.#readers.delete(turnId);
    };
    const reader = { turnId, queue, fromTheStart, quiet, leave };
    this.#readers.set(turnId, readers.add(reader));
    return reader;
  }

  /** Every turn there is. The returned function ends it. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #lose(): void {
    for (const readers of this.#readers.values()) for (const { queue } of readers) queue.push({ type: 'missed' });
  }

  #tell(signal: TurnSignal): void {
    const { turnId, event } = signal;
    for (const { see } of this.#watchers) see(signal);
    for (const { queue, quiet } of this.#readers.get(turnId) ?? []) if (!quiet || isEnd(event)) queue.push(event);
  }

  onCancel(listener: (turnId: string) => void): void {
    this.#cancelled.add(listener);
  }

  onCatchUp(listener: (turnId: string) => void): void {
    this.#caughtUp.add(listener);
  }

  onWake(listener: () => void): void {
    this.#woken.add(listener);
  }

  close(): void {
    this.#unsubscribe();
    for (const readers of this.#readers.values()) for (const { queue } of readers) queue.close();
    for (const { end } of this.#watchers) end();
  }
}

const isEnd = ({ type }: LiveEvent): boolean => type === 'done' || type === 'failed' || type === 'ended';
