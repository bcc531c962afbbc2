import type { TurnEnd, TurnEvent } from '@openclaw/contract';
import { BoundedQueue } from '../../kernel/bounded-queue.ts';
import type { EventBus } from '../ports/event-bus.ts';

/** Events a slow reader may fall behind before it is told of a gap. */
const BEHIND = 2_048;

export type LiveEvent = TurnEvent | TurnEnd;

export interface TurnReader {
  readonly turnId: string;
  readonly queue: BoundedQueue<LiveEvent>;
  readonly fromTheStart: boolean;
  leave(): void;
}

/** Who listens to which turn. One subscription to the bus serves them all. */
export class LiveTurns {
  readonly #readers = new Map<string, Set<BoundedQueue<LiveEvent>>>();
  readonly #cancelled = new Set<(turnId: string) => void>();
  readonly #woken = new Set<() => void>();
  readonly #unsubscribe: () => void;

  constructor(bus: EventBus) {
    this.#unsubscribe = bus.subscribe((signal) => {
      if (signal.kind === 'wake') for (const listener of this.#woken) listener();
      else if (signal.kind === 'cancel') for (const listener of this.#cancelled) listener(signal.turnId);
      else for (const reader of this.#readers.get(signal.turnId) ?? []) reader.push(signal.event);
    });
  }

  /** Listens to a turn from now on; `fromTheStart` says that it cannot have begun yet. `leave` must be called. */
  follow(turnId: string, fromTheStart: boolean): TurnReader {
    const queue = new BoundedQueue<LiveEvent>(BEHIND);
    const readers = this.#readers.get(turnId) ?? new Set();
    this.#readers.set(turnId, readers.add(queue));
    const leave = (): void => {
      readers.delete(queue);
      if (readers.size === 0) this.#readers.delete(turnId);
    };
    return { turnId, queue, fromTheStart, leave };
  }

  onCancel(listener: (turnId: string) => void): void {
    this.#cancelled.add(listener);
  }

  onWake(listener: () => void): void {
    this.#woken.add(listener);
  }

  close(): void {
    this.#unsubscribe();
    for (const readers of this.#readers.values()) for (const reader of readers) reader.close();
  }
}
