import { GatewayError, isErrorCode, type TurnEvent } from '@openclaw/contract';
import type { Store, TurnRecord } from '../ports/store.ts';
import type { TurnReader } from './live-turns.ts';

/** How often a reader asks the store, in case the end of its turn was told on a connection that broke. */
const ASK_STORE_MS = 2_000;

export interface FollowOptions {
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** How a turn ended, as much as its followers need. */
export type Outcome = Pick<TurnRecord, 'id' | 'reply' | 'error'>;

/** Shows a turn's events until it is over; resolves to how it ended. The turn does not depend on its readers. */
export async function* followTurn(
  reader: TurnReader,
  store: Pick<Store, 'findTurn'>,
  { timeoutSeconds, signal }: FollowOptions,
): AsyncGenerator<TurnEvent, Outcome> {
  const { turnId, queue } = reader;
  const deadline = performance.now() + timeoutSeconds * 1000;
  const leaveEarly = (): void => queue.close();
  signal.addEventListener('abort', leaveEarly, { once: true });
  let askAt = performance.now() + (reader.fromTheStart ? ASK_STORE_MS : 0);
  try {
    for (;;) {
      const missed = queue.takeMissed();
      if (missed > 0) yield { type: 'gap', missed };
      const event = queue.shift();
      if (event?.type === 'done') return { id: turnId, reply: event.reply, error: undefined };
      if (event?.type === 'failed') return { id: turnId, reply: undefined, error: event };
      if (event && event.type !== 'ended') {
        yield event;
        continue;
      }
      if (event || performance.now() >= askAt) {
        const turn = await store.findTurn(turnId);
        if (!turn) throw new GatewayError('turn_not_found', `There is no turn ${turnId}`, { turnId });
        if (isOver(turn)) return turn;
        askAt = performance.now() + ASK_STORE_MS;
      }
      if (signal.aborted) throw new GatewayError('timeout', 'The caller left; the turn goes on', { turnId });
      if (queue.closed) throw stopping(turnId);
      const left = deadline - performance.now();
      if (left <= 0) throw stillRunning(turnId, timeoutSeconds);
      await queue.wait(Math.min(left, Math.max(1, askAt - performance.now())));
    }
  } finally {
    signal.removeEventListener('abort', leaveEarly);
    reader.leave();
  }
}

export const isOver = (turn: TurnRecord): boolean => turn.state !== 'queued' && turn.state !== 'running';

/** What a caller who waited for the reply is told of a turn that ended without one. */
export const failureOf = (turn: Outcome): GatewayError => {
  const code = turn.error?.code ?? 'internal';
  return new GatewayError(isErrorCode(code) ? code : 'internal', turn.error?.message ?? 'The turn ended without a reply', { turnId: turn.id });
};

const stillRunning = (turnId: string, seconds: number): GatewayError =>
  new GatewayError('timeout', `No reply within ${seconds} s; the turn goes on. Ask turns.get or turns.watch for ${turnId}.`, { turnId });

const stopping = (turnId: string): GatewayError =>
  new GatewayError('draining', 'The gateway is stopping; the turn goes on when it is back', { turnId, retryAfterSeconds: 5 });
