import { GatewayError, type TurnEvent } from '@openclaw/contract';
import type { HandlerContext } from '../gateway.ts';
import type { TurnRecord } from '../ports/turn-records.ts';
import { parseCursor, type Position } from './cursor.ts';
import { type FollowDeps, followTurn, type Outcome } from './follow-turn.ts';
import type { LiveTurns } from './live-turns.ts';

export interface ShowDeps extends FollowDeps {
  readonly live: LiveTurns;
}

interface ShowOptions extends Pick<HandlerContext, 'signal' | 'quiet'> {
  readonly after: string | undefined;
  readonly timeoutSeconds: number;
}

/** Shows a turn from its beginning, or after a place on its stream, to its end. */
export async function* showTurn(
  deps: ShowDeps,
  { id, sessionKey }: Pick<TurnRecord, 'id' | 'sessionKey'>,
  { after, timeoutSeconds, signal, quiet }: ShowOptions,
): AsyncGenerator<TurnEvent, Outcome> {
  const position = after === undefined ? undefined : positionIn(id, after);
  if (!quiet && !position) yield { type: 'started', turnId: id, sessionKey };
  return yield* followTurn(deps.live.follow(id, { fromTheStart: false, quiet }), deps, { timeoutSeconds, signal, after: position });
}

/** A place on one turn's stream says nothing of another's. */
const positionIn = (id: string, after: string): Position => {
  const { turnId, position } = parseCursor(after);
  if (turnId !== id) throw new GatewayError('invalid_request', 'after: a place on the stream of another turn', { path: 'after' });
  return position;
};
