import type { TurnEnd, TurnEvent } from '@openclaw/contract';
import { BoundedQueue } from '../../kernel/bounded-queue.ts';
import type { EventBus } from '../ports/event-bus.ts';

/** Events a slow reader may fall behind before it is told of a gap. */
const BEHIND = 2_048;

export type LiveEvent = TurnEvent | TurnEnd;

export interface TurnReader {
  readonly turnId: string;
  readonly queue: BoundedQueue<LiveEvent>;
  /** It cannot have begun before this reader listened. */
  readonly fromTheStart: boolean;
  /** Wants to know the end only. */
  readonly quiet: boolean;
  leave(): void;
}

/** Who listens to which turn. One subscription to the bus serves them all. */
export class LiveTurns {
  readonly #readers = new Map<string, Set<TurnReader>>();
  readonly #cancelled = new Set<(turnId: string) => void>();
  readonly #woken = new Set<() => void>();
  readonly #unsubscribe: () => void;

  constructor(bus: EventBus) {
    this.#unsubscribe = bus.subscribe((signal) => {
      if (signal.kind === 'wake') for (const listener of this.#woken) listener();
      else if (signal.kind === 'cancel') for (const listener of this.#cancelled) listener(signal.turnId);
      else this.#tell(signal.turnId, signal.event);
    });
  }

  /** Listens to a turn from now on. `leave` must be called. */
  follow(turnId: string, { fromTheStart, quiet }: Pick<TurnReader, 'fromTheStart' | 'quiet'>): TurnReader {
    const queue = new BoundedQueue<LiveEvent>(BEHIND);
    const readers = this.#readers.get(turnId) ?? new Set();
    const leave = (): void => {
      readers.delete(reader);
      if (readers.size === 0) this.#readers.delete(turnId);
    };
    const reader = { turnId, queue, fromTheStart, quiet, leave };
    this.#readers.set(turnId, readers.add(reader));
    return reader;
  }

  #tell(turnId: string, event: LiveEvent): void {
    for (const { queue, quiet } of this.#readers.get(turnId) ?? []) if (!quiet || isEnd(event)) queue.push(event);
  }

  onCancel(listener: (turnId: string) => void): void {
    this.#cancelled.add(listener);
  }

  onWake(listener: () => void): void {
    this.#woken.add(listener);
  }

  close(): void {
    this.#unsubscribe();
    for (const readers of this.#readers.values()) for (const { queue } of readers) queue.close();
  }
}

const isEnd = ({ type }: LiveEvent): boolean => type === 'done' || type === 'failed' || type === 'ended';
