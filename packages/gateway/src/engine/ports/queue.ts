/** The right to run one turn: handed out to one worker at a time, numbered so that a worker that lost it cannot write. */
export interface Lease {
  readonly jobId: string;
  readonly turnId: string;
  /** Whose turn it is, where the queue was told. */
  readonly agent?: string | undefined;
}

/**
 * Turns waiting to run. Jobs of one session come out one at a time, in the order they were stored.
 *
 * - Putting a turn in, taking it out for good and giving it back happen inside the store's own transactions (`acceptTurn`, `endTurn`,
 *   `suspendTurn`), so they are not here: a queue driver hands the store a `QueueInTransaction`.
 * - `take` marks what it returns as held by this node until `renew` stops.
 * - A node that dies loses what it held: at once when it restarts, within 15 s for the others.
 * - Nothing a job does can block its session for good.
 */
export interface TurnQueue {
  /** What this node is called as a holder of jobs; undefined where a turn cannot be handed over as it is accepted. */
  readonly owner: string | undefined;
  /** Turns of the agents in `without` stay where they are, and hold up nobody else's. */
  take(limit: number, without?: readonly string[]): Promise<readonly Lease[]>;
  renew(leases: readonly Lease[]): Promise<void>;
  /** Gives back what this node holds and does not know of: a transaction that took it held, and its answer was lost. */
  reclaim(knownTurns: readonly string[]): Promise<void>;
  depth(): Promise<{ readonly queued: number; readonly running: number }>;
  close(): Promise<void>;
}
