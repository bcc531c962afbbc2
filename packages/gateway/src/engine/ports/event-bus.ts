import type { TurnEnd, TurnEvent } from '@openclaw/contract';

/** What is told live, never stored: the stream of one turn, and nudges between nodes. */
export type Signal =
  | { readonly kind: 'turn'; readonly turnId: string; readonly sessionId: string; readonly event: TurnEvent | TurnEnd }
  | { readonly kind: 'cancel'; readonly turnId: string }
  | { readonly kind: 'wake' };

/**
 * Carries signals to everyone who listens, on this node and, with a shared store, on the others.
 *
 * - Signals of one publisher reach each listener in order.
 * - `publish` never waits and never throws; a lost connection loses signals, never the publisher.
 * - A listener that throws harms no other listener.
 */
export interface EventBus {
  publish(signal: Signal): void;
  /** The returned function ends the subscription. */
  subscribe(listener: (signal: Signal) => void): () => void;
  close(): Promise<void>;
}
