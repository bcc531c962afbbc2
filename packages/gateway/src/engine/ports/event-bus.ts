import type { TurnEnd } from '@openclaw/contract';

/**
 * A piece of what a turn shows. It says where it stands: in which model step, in which message, after how many characters or calls. So a
 * reader knows what it has seen and what it missed, whenever it began to listen and whoever runs the turn by then.
 */
export type LivePiece =
  | { readonly type: 'text'; readonly step: number; readonly message: string; readonly offset: number; readonly delta: string; readonly again?: true }
  | ({ readonly type: 'tool_call'; readonly input: unknown; readonly after: number } & LiveCall)
  | ({ readonly type: 'tool_result'; readonly output: string; readonly isError: boolean } & LiveCall)
  /** `message` is void; its step is being asked again. */
  | { readonly type: 'retry'; readonly step: number; readonly message: string; readonly reason: string };

interface LiveCall {
  readonly step: number;
  readonly message: string;
  /** The place of the call among the `of` calls of its step; the step has `after` characters of text before them. */
  readonly index: number;
  readonly of: number;
  readonly id: string;
  readonly tool: string;
}

/** News that nobody needs to take up again. */
export type LiveNews =
  | { readonly type: 'started' }
  | { readonly type: 'compacted'; readonly messages: number }
  /** Some of it was lost on the way. */
  | { readonly type: 'missed' };

/** The end; `ended` where how it ended is too long to be told and stands in the store. */
export type LiveEnd = TurnEnd | { readonly type: 'ended' };

export type LiveEvent = LivePiece | LiveNews | LiveEnd;

/** As much of a session as decides who may hear of it. */
export interface SessionPlace {
  readonly id: string;
  readonly key: string;
  readonly workspace: string;
}

/** What is told live, never stored: the stream of one turn, and nudges between nodes. */
export type Signal =
  | { readonly kind: 'turn'; readonly turnId: string; readonly session: SessionPlace; readonly event: LiveEvent }
  | { readonly kind: 'cancel'; readonly turnId: string }
  /** Somebody joined late: whoever runs the turn tells once more what its unfinished step has said so far. */
  | { readonly kind: 'catch_up'; readonly turnId: string }
  /** The connection to the other nodes was broken: what they told meanwhile was not heard. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'wake' }
  /** Credentials or workspaces were changed: whoever holds some in memory reads them again. */
  | { readonly kind: 'access' }
  /** So were webhooks: these, or any where none is named. */
  | { readonly kind: 'webhooks'; readonly ids?: readonly string[] }
  /** A wrong credential came from this address: whoever hears it counts that address's tries with the others. */
  | { readonly kind: 'guess'; readonly address: string };

/**
 * Carries signals to everyone who listens, on this node and, with a shared store, on the others.
 *
 * - Signals of one publisher reach each listener in order.
 * - `publish` never waits and never throws; a lost connection loses signals, never the publisher. What it knows to be lost of a turn
 *   it tells that turn's listeners as `missed`.
 * - A listener that throws harms no other listener.
 */
export interface EventBus {
  publish(signal: Signal): void;
  /** The returned function ends the subscription. */
  subscribe(listener: (signal: Signal) => void): () => void;
  close(): Promise<void>;
}
