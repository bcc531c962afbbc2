import { GatewayError } from '@openclaw/contract/errors';
import type { QueueInTransaction, Sql } from '../../../engine/ports/sql.ts';
import {
  type AcceptedTurn, type Fence, type NewTurn, StaleFence, type StartedTurn, type StepRecord, type SummaryRecord,
  type ToolResultRecord, type TurnEnding, type TurnRecord,
} from '../../../engine/ports/store.ts';
import type { Lease } from '../../../engine/ports/queue.ts';
import { advanceSession, insertEvent, insertMessage } from './append.ts';
import { keepOnce } from './once.ts';
import { type SessionRow, type TurnRow, toSession, toTurn } from './rows.ts';
import { insertSession } from './session-transactions.ts';

const INTERRUPTED = 'Interrupted before it finished; whether it took effect is unknown.';

const sessionGone = (): GatewayError => new GatewayError('session_not_found', 'The session was deleted');

const turnRow = (sql: Sql, turnId: string): Promise<TurnRow | undefined> => sql.one<TurnRow>('SELECT * FROM turns WHERE id = ?', turnId);

/** Locks the turn's row for this transaction and proves that the fence is the newest one. */
const guard = async (sql: Sql, fence: Fence): Promise<TurnRow> => {
  const row = await sql.one<TurnRow>(
    `UPDATE turns SET attempts = attempts WHERE id = ? AND attempts = ? AND state = 'running' RETURNING *`,
    fence.turnId, fence.number,
  );
  if (!row) throw new StaleFence(`turn ${fence.turnId} is no longer at ${fence.number}`);
  return row;
};

/** Whether this row is there already: the commit went through and its answer was lost. */
const isRecorded = async (sql: Sql, turn: TurnRow, messageId: string): Promise<boolean> =>
  (await sql.one('SELECT 1 FROM messages WHERE session_id = ? AND turn_seq = ? AND id = ?', turn.session_id, turn.seq, messageId)) !== undefined;

const sessionOf = async (sql: Sql, turn: NewTurn): Promise<{ id: string; key: string; seq: number; workspace: string; userId: string | null }> => {
  const reserve = async (column: 'id' | 'key', value: string) =>
    sql.one<{ id: string; key: string; last_seq: number; workspace: string; user_id: string | null }>(
      `UPDATE sessions SET last_seq = last_seq + 1, message_count = message_count + 1, last_active_at = ?
       WHERE ${column} = ? RETURNING id, key, last_seq, workspace, user_id`,
      turn.now, value,
    );
  const { session } = turn;
  let row = 'key' in session ? await reserve('key', session.key) : await reserve('id', session.id);
  if (!row && 'key' in session) {
    await insertSession(sql, session);
    row = await reserve('key', session.key);
  }
  if (!row) throw sessionGone();
  return { id: row.id, key: row.key, seq: row.last_seq, workspace: row.workspace, userId: row.user_id };
};

export const turnTransactions = (queue: QueueInTransaction) => ({
  acceptTurn: async (sql: Sql, turn: NewTurn): Promise<AcceptedTurn> => {
    const earlier = turn.once && (await keepOnce(sql, turn.once, turn.id, turn.now));
    if (earlier) {
      const row = await turnRow(sql, earlier);
      if (!row) throw new GatewayError('session_not_found', 'The session this request wrote to was deleted since');
      return { turnId: row.id, sessionId: row.session_id, sessionKey: row.session_key, replayed: true };
    }
    const session = await sessionOf(sql, turn);
    const place = { sessionId: session.id, turnSeq: session.seq, seq: session.seq };
    await insertMessage(sql, place, turn.now, { id: turn.messageId, turnId: turn.id, role: 'user', text: turn.text });
    await sql.run(
      `INSERT INTO turns (id, session_id, session_key, seq, state, context, options, caller, created_at) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?)`,
      turn.id, session.id, session.key, session.seq, JSON.stringify(turn.context), JSON.stringify(turn.options), JSON.stringify(turn.caller), turn.now,
    );
    await queue.enqueue(sql, { turnId: turn.id, sessionId: session.id, now: turn.now });
    await insertEvent(sql, {
      id: `evt_${turn.messageId}`,
      type: 'message.received',
      at: turn.now,
      sessionKey: session.key,
      data: {
        messageId: turn.messageId, turnId: turn.id, sessionId: session.id, workspace: session.workspace,
        userId: session.userId, channel: turn.context.channel ?? null, text: turn.text.slice(0, 4_000),
      },
    });
    return { turnId: turn.id, sessionId: session.id, sessionKey: session.key, replayed: false };
  },

  startTurn: async (sql: Sql, { lease, execution, now }: { lease: Lease; execution: string; now: number }): Promise<StartedTurn | undefined> => {
    const { turnId } = lease;
    const row = await sql.one<TurnRow>(
      `UPDATE turns SET attempts = attempts + CASE WHEN execution = ? THEN 0 ELSE 1 END, execution = ?, state = 'running',
         started_at = COALESCE(started_at, ?)
       WHERE id = ? AND state IN ('queued', 'running') RETURNING *`,
      execution, execution, now, turnId,
    );
    const session = row && (await sql.one<SessionRow>('SELECT * FROM sessions WHERE id = ?', row.session_id));
    if (!row || !session) {
      // Over, or its session was deleted: nothing is left to do but to free the queue.
      await sql.run(
        `UPDATE turns SET state = 'cancelled', ended_at = ?, error_code = 'session_not_found', error_message = 'The session was deleted'
         WHERE id = ? AND state IN ('queued', 'running')`,
        now, turnId,
      );
      await queue.finish(sql, { jobId: lease.jobId, turnId });
      return undefined;
    }
    return {
      fence: { turnId, number: row.attempts, jobId: lease.jobId },
      turn: toTurn(row),
      session: toSession(session),
      crashes: row.attempts - 1 - row.suspensions,
    };
  },

  findTurn: async (sql: Sql, turnId: string): Promise<TurnRecord | undefined> => {
    const row = await turnRow(sql, turnId);
    return row && toTurn(row);
  },

  recordStep: async (sql: Sql, { fence, step }: { fence: Fence; step: StepRecord }): Promise<void> => {
    const turn = await guard(sql, fence);
    if (await isRecorded(sql, turn, step.messageId)) return;
    const rows = 1 + step.toolCalls.length;
    const last = await advanceSession(sql, turn.session_id, { rows, messages: step.text === '' ? 0 : 1, usage: step.usage, now: step.now });
    if (last === undefined) throw sessionGone();
    const at = (row: number) => ({ sessionId: turn.session_id, turnSeq: turn.seq, seq: last - rows + 1 + row });
    await insertMessage(sql, at(0), step.now, {
      id: step.messageId,
      turnId: turn.id,
      role: 'assistant',
      text: step.text,
      toolCalls: JSON.stringify(step.toolCalls.map(({ id, tool, input }) => ({ id, tool, input }))),
      ...(step.opaque && { opaque: JSON.stringify(step.opaque) }),
      usage: step.usage,
    });
    for (const [i, call] of step.toolCalls.entries()) {
      await insertMessage(sql, at(1 + i), step.now, {
        id: `${step.messageId}_${i}`,
        turnId: turn.id,
        role: 'tool',
        text: '',
        call: { id: call.id, tool: call.tool, input: JSON.stringify(call.input ?? null), effect: call.effect },
      });
    }
  },

  recordToolResult: async (sql: Sql, { fence, result }: { fence: Fence; result: ToolResultRecord }): Promise<void> => {
    const turn = await guard(sql, fence);
    const changed = await sql.run(
      `UPDATE messages SET state = ?, text = ? WHERE turn_id = ? AND call_id = ? AND state = 'started'`,
      result.state, result.output, turn.id, result.callId,
    );
    if (changed === 1) return;
    const same = await sql.one(
      'SELECT 1 FROM messages WHERE session_id = ? AND turn_seq = ? AND call_id = ? AND state = ? AND text = ?',
      turn.session_id, turn.seq, result.callId, result.state, result.output,
    );
    if (!same) throw new StaleFence(`tool call ${result.callId} is not open`);
  },

  recordSummary: async (sql: Sql, { fence, summary }: { fence: Fence; summary: SummaryRecord }): Promise<void> => {
    const turn = await guard(sql, fence);
    if (await isRecorded(sql, turn, summary.messageId)) return;
    const seq = await advanceSession(sql, turn.session_id, { rows: 1, messages: 0, usage: summary.usage, now: summary.now });
    if (seq === undefined) throw sessionGone();
    await insertMessage(sql, { sessionId: turn.session_id, turnSeq: turn.seq, seq }, summary.now, {
      id: summary.messageId,
      turnId: turn.id,
      role: 'summary',
      text: summary.text,
      coversUpTo: summary.coversUpTo,
      ...(summary.usage && { usage: summary.usage }),
    });
  },

  endTurn: async (sql: Sql, { fence, end }: { fence: Fence; end: TurnEnding }): Promise<void> => {
    const turn = await sql.one<TurnRow>(
      `UPDATE turns SET state = ?, ended_at = ?, reply = ?, error_code = ?, error_message = ?
       WHERE id = ? AND attempts = ? AND state = 'running' RETURNING *`,
      end.state, end.now, end.reply ? JSON.stringify(end.reply) : null, end.error?.code ?? null, end.error?.message ?? null,
      fence.turnId, fence.number,
    );
    if (!turn) throw new StaleFence(`turn ${fence.turnId} is no longer at ${fence.number}`);
    await sql.run(`UPDATE messages SET state = 'interrupted', text = ? WHERE turn_id = ? AND state = 'started'`, INTERRUPTED, turn.id);
    const { message } = end;
    if (message) {
      const seq = await advanceSession(sql, turn.session_id, { rows: 1, messages: 1, usage: message.usage, now: end.now });
      // A session deleted meanwhile takes its last answer with it.
      if (seq !== undefined) {
        await insertMessage(sql, { sessionId: turn.session_id, turnSeq: turn.seq, seq }, end.now, {
          id: message.id,
          turnId: turn.id,
          role: 'assistant',
          text: message.text,
          ...(message.opaque && { opaque: JSON.stringify(message.opaque) }),
          ...(message.usage && { usage: message.usage }),
        });
      }
    }
    await insertEvent(sql, ending(turn, end));
    await queue.finish(sql, { jobId: fence.jobId, turnId: turn.id });
  },

  suspendTurn: async (sql: Sql, { fence }: { fence: Fence }): Promise<void> => {
    const turn = await guard(sql, fence);
    await sql.run(`UPDATE turns SET state = 'queued', suspensions = suspensions + 1 WHERE id = ?`, turn.id);
    await queue.giveBack(sql, { jobId: fence.jobId, turnId: turn.id });
  },

  requestCancel: async (sql: Sql, { turnId, now }: { turnId: string; now: number }): Promise<'cancelled' | 'running' | 'over' | 'unknown'> => {
    const queued = await sql.one<TurnRow>(
      `UPDATE turns SET state = 'cancelled', cancel_requested = 1, ended_at = ?, error_code = 'turn_cancelled', error_message = 'Cancelled before it began'
       WHERE id = ? AND state = 'queued' RETURNING *`,
      now, turnId,
    );
    if (queued) {
      await queue.finish(sql, { jobId: undefined, turnId });
      await insertEvent(sql, cancelled(queued, now));
      return 'cancelled';
    }
    const running = await sql.run(`UPDATE turns SET cancel_requested = 1 WHERE id = ? AND state = 'running'`, turnId);
    if (running > 0) return 'running';
    return (await turnRow(sql, turnId)) ? 'over' : 'unknown';
  },
});

const cancelled = (turn: TurnRow, at: number) => ({
  id: `evt_${turn.id}_end`,
  type: 'turn.cancelled' as const,
  at,
  sessionKey: turn.session_key,
  data: { turnId: turn.id, sessionId: turn.session_id },
});

const ending = (turn: TurnRow, end: TurnEnding) => {
  if (end.state === 'cancelled') return cancelled(turn, end.now);
  const base = { id: `evt_${turn.id}_end`, at: end.now, sessionKey: turn.session_key };
  const data = { turnId: turn.id, sessionId: turn.session_id };
  if (end.state === 'failed') return { ...base, type: 'turn.failed' as const, data: { ...data, error: end.error } };
  const { reply } = end;
  return {
    ...base,
    type: 'message.sent' as const,
    data: {
      ...data,
      messageId: reply?.messageId,
      response: reply?.text.slice(0, 4_000),
      usage: reply?.usage,
      latencyMs: reply?.latencyMs,
      durationMs: end.now - (turn.started_at ?? end.now),
    },
  };
};
