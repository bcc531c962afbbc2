import type { EventBus } from '../engine/ports/event-bus.ts';
import type { TurnQueue } from '../engine/ports/queue.ts';
import type { SharedRateLimiter } from '../engine/ports/rate-limiter.ts';
import type { Store } from '../engine/ports/store.ts';

/** A store, the queue that shares its transactions, and the bus that reaches everyone on that store. */
export interface OpenedStore {
  readonly name: string;
  readonly store: Store;
  readonly queue: TurnQueue;
  readonly bus: EventBus;
  /** Where several nodes must count together. */
  readonly rates?: SharedRateLimiter;
}
