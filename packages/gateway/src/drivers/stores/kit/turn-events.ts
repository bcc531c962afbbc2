import type { TurnContext } from '@openclaw/contract';
import type { NewTurn, TurnEnding } from '../../../engine/ports/turn-records.ts';
import type { EndedTurn, SessionRow } from './rows.ts';
import type { ToldEvent } from './webhook-rows.ts';

const LONGEST_TEXT = 4_000;

/** What is told of a message that was taken in, and of the turn and message that it became or went into. */
export const received = (turn: NewTurn, session: SessionRow, { turnId, messageId }: { readonly turnId: string; readonly messageId: string }): ToldEvent => ({
  id: `evt_${turn.messageId}`,
  type: 'message.received',
  at: turn.now,
  sessionKey: session.key,
  data: {
    messageId, turnId, sessionId: session.id, workspace: session.workspace,
    userId: turn.userId ?? session.user_id, sender: turn.context.user ?? null, channel: turn.context.channel ?? null, text: turn.text.slice(0, LONGEST_TEXT),
  },
});

/** What is told of a turn that was cancelled. */
export const cancelled = (turn: EndedTurn, at: number) => ({
  id: `evt_${turn.id}_end`,
  type: 'turn.cancelled' as const,
  at,
  sessionKey: turn.session_key,
  data: whoseTurn(turn),
});

/** Whose turn it was, and by which way it came. */
const whoseTurn = (turn: EndedTurn): Readonly<Record<string, unknown>> => ({
  turnId: turn.id, sessionId: turn.session_id, workspace: turn.workspace, userId: turn.user_id,
  // Written by `acceptTurn` from a context that the door has read.
  channel: (JSON.parse(turn.context) as TurnContext).channel ?? null,
  ...(turn.task_id !== null && { taskId: turn.task_id }),
});

/** What is told of a turn's end. */
export const ending = (turn: EndedTurn, end: TurnEnding) => {
  if (end.state === 'cancelled') return cancelled(turn, end.now);
  const base = { id: `evt_${turn.id}_end`, at: end.now, sessionKey: turn.session_key };
  const data = whoseTurn(turn);
  if (end.state === 'failed') return { ...base, type: 'turn.failed' as const, data: { ...data, error: end.error } };
  const { reply } = end;
  return {
    ...base,
    type: 'message.sent' as const,
    data: {
      ...data,
      messageId: reply?.messageId,
      response: reply?.text.slice(0, LONGEST_TEXT),
      usage: reply?.usage,
      latencyMs: reply?.latencyMs,
      durationMs: end.now - (turn.started_at ?? end.now),
    },
  };
};
