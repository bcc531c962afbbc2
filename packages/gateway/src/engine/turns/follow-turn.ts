import { onAbort } from '../../kernel/on-abort.ts';
import { GatewayError, isErrorCode, type TurnEvent } from '@openclaw/contract';
import type { EventBus, LiveEnd, LiveEvent } from '../ports/event-bus.ts';
import type { Store } from '../ports/store.ts';
import type { TurnRecord } from '../ports/turn-records.ts';
import type { Position } from './cursor.ts';
import type { TurnReader } from './live-turns.ts';
import { TurnView } from './turn-view.ts';

/** How often a reader asks the store, in case the end of its turn was told on a connection that broke. */
const ASK_STORE_MS = 2_000;

export interface FollowDeps {
  readonly store: Pick<Store, 'findTurn' | 'journal'>;
  readonly bus: Pick<EventBus, 'publish'>;
}

export interface FollowOptions {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** What was seen of the turn before. */
  readonly after?: Position | undefined;
}

/** How a turn ended, as much as its followers need. */
export type Outcome = Pick<TurnRecord, 'id' | 'reply' | 'error' | 'retryAt'>;

/**
 * Shows a turn's events until it is over, each once and in order; resolves to how it ended. The turn does not depend on its readers:
 * what one of them missed stands in the journal, or is asked of whoever runs the turn.
 */
export async function* followTurn(reader: TurnReader, { store, bus }: FollowDeps, options: FollowOptions): AsyncGenerator<TurnEvent, Outcome> {
  const { turnId, queue, quiet } = reader;
  const { timeoutSeconds, signal } = options;
  const view = new TurnView(turnId, options.after);
  view.behind = !reader.fromTheStart && !quiet;
  const deadline = performance.now() + timeoutSeconds * 1000;
  const deaf = onAbort(signal, () => queue.close());
  let askAt = performance.now() + (reader.fromTheStart ? ASK_STORE_MS : 0);

  const asked = async (): Promise<TurnRecord> => {
    const turn = await store.findTurn(turnId);
    if (!turn) throw new GatewayError('turn_not_found', `There is no turn ${turnId}`, { turnId });
    return turn;
  };

  try {
    for (;;) {
      if (signal.aborted) throw new GatewayError('timeout', 'The caller left; the turn goes on', { turnId });
      if (queue.takeMissed() > 0) view.behind = true;
      const event = queue.shift();
      const end = event && isEnd(event) ? event : undefined;
      // What is known of a failure beyond its words, the store knows.
      if (end?.type === 'done' && (quiet || isWhole(view, end))) return { id: turnId, reply: end.reply, error: undefined, retryAt: undefined };
      if (event && !isEnd(event)) yield* shown(view, event);
      // What was told is shown before the store is asked: a slow reader has most of it waiting.
      if (end || (!event && performance.now() >= askAt) || (view.behind && !quiet)) {
        const turn = await asked();
        const misses = !quiet && (view.behind || view.waiting || isOver(turn));
        if (misses) yield* view.read(await store.journal(turn));
        if (isOver(turn)) return turn;
        view.waiting = misses;
        if (misses) bus.publish({ kind: 'catch_up', turnId });
        askAt = performance.now() + ASK_STORE_MS;
      }
      if (event) continue;
      if (queue.closed) throw stopping(turnId);
      const left = deadline - performance.now();
      if (left <= 0) throw stillRunning(turnId, timeoutSeconds);
      await queue.wait(Math.min(left, Math.max(1, askAt - performance.now())));
    }
  } finally {
    deaf();
    reader.leave();
  }
}

/** What of a live event is new to this reader. */
function* shown(view: TurnView, event: Exclude<LiveEvent, LiveEnd>): Generator<TurnEvent> {
  if (event.type === 'missed') view.behind = true;
  else if (event.type === 'compacted') yield event;
  // Every follower has been told of the start already.
  else if (event.type !== 'started') yield* view.take(event);
}

const isEnd = (event: LiveEvent): event is LiveEnd => event.type === 'done' || event.type === 'failed' || event.type === 'ended';

/** Whether nothing is missing before this end. */
const isWhole = (view: TurnView, { reply }: Extract<LiveEnd, { type: 'done' }>): boolean => !view.behind && view.hasSeen(reply.messageId, reply.text.length);

export const isOver = (turn: TurnRecord): boolean => turn.state !== 'queued' && turn.state !== 'running';

/** What a caller who waited for the reply is told of a turn that ended without one. */
export const failureOf = ({ id: turnId, error, retryAt = 0 }: Outcome, now: number): GatewayError => {
  const { code, message } = error ?? NO_REPLY;
  const wait = Math.ceil((retryAt - now) / 1000);
  return new GatewayError(isErrorCode(code) ? code : 'internal', message, { turnId, ...(wait > 0 && { retryAfterSeconds: wait }) });
};

export const NO_REPLY = { code: 'internal', message: 'The turn ended without a reply' } as const;

const stillRunning = (turnId: string, seconds: number): GatewayError =>
  new GatewayError('timeout', `No reply within ${seconds} s; the turn goes on, and its answer will stand in the session's history. Its id is ${turnId}.`, { turnId });

const stopping = (turnId: string): GatewayError =>
  new GatewayError('draining', 'The gateway is stopping; the turn goes on when it is back', { turnId, retryAfterSeconds: 5 });
