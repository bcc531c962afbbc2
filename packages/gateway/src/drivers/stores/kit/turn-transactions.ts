import { GatewayError } from '@openclaw/contract/errors';
import type { QueueInTransaction, Sql } from '../../../engine/ports/sql.ts';
import { type AcceptedTurn, type Fence, type NewTurn, StaleFence, type StartedTurn, type StartNow, type TurnRecord } from '../../../engine/ports/turn-records.ts';
import type { Lease } from '../../../engine/ports/queue.ts';
import { advanceSession, insertEvent, insertMessage } from './append.ts';
import { insertArrival } from './arrival-transactions.ts';
import { type BriefEnding, inFull } from './brief-ending.ts';
import { beginRun } from './cron-rows.ts';
import { endDuties } from './duties.ts';
import { isSteered, joinWaiting } from './join-turn.ts';
import { keepOnce } from './once.ts';
import { ENDED, type EndedTurn, type SessionRow, type TurnRow, toSession, toTurn } from './rows.ts';
import { insertSession } from './session-transactions.ts';
import { beginTask, endTask, insertTask, placeOfTask } from './task-rows.ts';
import { cancelled, ending, received } from './turn-events.ts';
import { guard, turnRow } from './turn-guard.ts';
import { noteMessage, noteUsage } from './usage-entries.ts';

const INTERRUPTED = 'Interrupted before it finished; whether it took effect is unknown.';

const noSession = (): GatewayError => new GatewayError('session_not_found', 'There is no such session');

/** Reserves the session's next number, making the session where it is missing and may be made. */
const sessionFor = async (sql: Sql, turn: NewTurn): Promise<SessionRow> => {
  const reserve = async (column: 'id' | 'key', value: string) =>
    sql.one<SessionRow>(
      `UPDATE sessions SET last_seq = last_seq + 1, message_count = message_count + 1, last_active_at = ? WHERE ${column} = ? RETURNING *`,
      turn.now, value,
    );
  const { session } = turn;
  let row = 'key' in session ? await reserve('key', session.key) : await reserve('id', session.id);
  if (!row && 'key' in session && !session.mustExist) {
    await insertSession(sql, session);
    row = await reserve('key', session.key);
  }
  const { workspaces } = turn.caller;
  if (!row || !(workspaces.includes('*') || workspaces.includes(row.workspace))) throw noSession();
  return row;
};

const ownerOf = (execution: string): string => execution.slice(0, Math.max(0, execution.indexOf('/')));

const toStarted = (turn: TurnRow, session: SessionRow, jobId: string, task: StartedTurn['task']): StartedTurn => ({
  fence: { turnId: turn.id, number: turn.attempts, jobId },
  turn: toTurn(turn),
  session: toSession(session),
  crashes: turn.crashes,
  summarised: session.summaries > 0,
  steered: isSteered(turn),
  task,
});

const replay = async (sql: Sql, turnId: string): Promise<AcceptedTurn> => {
  const row = await turnRow(sql, turnId);
  if (!row) throw new GatewayError('session_not_found', 'The session this request wrote to was deleted since');
  return { turnId: row.id, sessionId: row.session_id, sessionKey: row.session_key, replayed: true, started: undefined };
};

/** The life of a turn: it is accepted, begun, given back, and ended once. */
export const turnTransactions = (queue: QueueInTransaction) => ({
  acceptTurn: async (sql: Sql, { turn, startNow }: { turn: NewTurn; startNow: StartNow | undefined }): Promise<AcceptedTurn> => {
    const earlier = turn.once && (await keepOnce(sql, turn.once, turn.id, turn.now));
    if (earlier) return replay(sql, earlier);
    const joined = turn.joins && (await joinWaiting(sql, turn));
    if (joined) return joined;
    const session = await sessionFor(sql, turn);
    await beginRun(sql, turn.duties?.run, { turnId: turn.id, sessionKey: session.key, workspace: session.workspace, now: turn.now });
    const place = { sessionId: session.id, turnSeq: session.last_seq, seq: session.last_seq };
    await insertMessage(sql, place, turn.now, { id: turn.messageId, turnId: turn.id, role: 'user', text: turn.text, source: turn.source, images: turn.images });
    const lease = await queue.enqueue(sql, { turnId: turn.id, sessionId: session.id, agent: session.agent, now: turn.now, takeFor: startNow?.owner });
    const starts = lease && startNow;
    const user = turn.userId ?? session.user_id;
    const row = await sql.one<TurnRow>(
      `INSERT INTO turns (id, session_id, session_key, seq, state, context, options, caller, created_at, started_at, attempts, execution, task_id, workspace, agent, user_id, duties)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
      turn.id, session.id, session.key, session.last_seq, starts ? 'running' : 'queued', JSON.stringify(turn.context),
      JSON.stringify(turn.options), JSON.stringify(turn.caller), turn.now, starts ? turn.now : null, starts ? 1 : 0, starts ? starts.execution : null, turn.task?.id ?? null,
      session.workspace, session.agent, user, turn.duties ? JSON.stringify(turn.duties) : null,
    );
    await noteMessage(sql, { workspace: session.workspace, agent: session.agent, user_id: user, caller: turn.caller }, turn.now);
    await insertEvent(sql, received(turn, session, { turnId: turn.id, messageId: turn.messageId }));
    if (turn.arrival) await insertArrival(sql, turn.arrival, null, turn.now);
    if (row) await insertTask(sql, row, { ...turn, workspace: session.workspace });
    const started = row && starts ? toStarted(row, session, lease.jobId, turn.task) : undefined;
    if (started && row) await beginTask(sql, row);
    return { turnId: turn.id, sessionId: session.id, sessionKey: session.key, replayed: false, started };
  },

  startTurn: async (sql: Sql, { lease, execution, now }: { lease: Lease; execution: string; now: number }): Promise<StartedTurn | undefined> => {
    const { turnId } = lease;
    const before = await turnRow(sql, turnId);
    const again = before?.execution === execution;
    const crashed = before?.state === 'running' && ownerOf(before.execution ?? '') !== ownerOf(execution);
    const row = await sql.one<TurnRow>(
      `UPDATE turns SET attempts = attempts + ?, crashes = crashes + ?, execution = ?, state = 'running', started_at = COALESCE(started_at, ?)
       WHERE id = ? AND state IN ('queued', 'running') RETURNING *`,
      again ? 0 : 1, crashed ? 1 : 0, execution, now, turnId,
    );
    const session = row && (await sql.one<SessionRow>('SELECT * FROM sessions WHERE id = ?', row.session_id));
    if (row && session) {
      if (before?.started_at === null) await beginTask(sql, row);
      return toStarted(row, session, lease.jobId, await placeOfTask(sql, row));
    }
    // Over, or its session was deleted: nothing is left to do but to free the queue.
    const orphan = await sql.one<EndedTurn>(
      `UPDATE turns SET state = 'cancelled', ended_at = ?, error_code = 'session_not_found', error_message = 'The session was deleted'
       WHERE id = ? AND state IN ('queued', 'running') RETURNING ${ENDED}`,
      now, turnId,
    );
    if (orphan) await endDuties(sql, orphan, { state: 'cancelled', now, error: { code: 'session_not_found', message: 'The session was deleted' } });
    await queue.finish(sql, { jobId: lease.jobId, turnId });
    return undefined;
  },

  findTurn: async (sql: Sql, turnId: string): Promise<TurnRecord | undefined> => {
    const row = await turnRow(sql, turnId);
    return row && toTurn(row);
  },

  endTurn: async (sql: Sql, { fence, end: brief }: { fence: Fence; end: BriefEnding }): Promise<void> => {
    const end = inFull(brief);
    const turn = await sql.one<EndedTurn>(
      `UPDATE turns SET state = ?, ended_at = ?, reply = ?, error_code = ?, error_message = ?, retry_at = ?
       WHERE id = ? AND attempts = ? AND state = 'running' RETURNING ${ENDED}`,
      end.state, end.now, end.reply ? JSON.stringify(end.reply) : null, end.error?.code ?? null, end.error?.message ?? null, end.retryAt ?? null,
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
    await noteUsage(sql, turn, { at: end.now, usage: message?.usage, reply: end.reply });
    await insertEvent(sql, ending(turn, end));
    await endTask(sql, turn, end);
    await endDuties(sql, turn, end);
    await queue.finish(sql, { jobId: fence.jobId, turnId: turn.id });
  },

  suspendTurn: async (sql: Sql, { fence }: { fence: Fence }): Promise<void> => {
    const turn = await guard(sql, fence);
    await sql.run(`UPDATE turns SET state = 'queued' WHERE id = ?`, turn.id);
    await queue.giveBack(sql, { jobId: fence.jobId, turnId: turn.id });
  },

  unfinishedTurns: async (sql: Sql, sessionId: string): Promise<string[]> => {
    const rows = await sql.all<{ id: string }>(
      `SELECT t.id FROM turns t WHERE t.state IN ('queued', 'running') AND t.id IN (
         SELECT turn_id FROM messages WHERE session_id = ? AND role = 'user' ORDER BY turn_seq DESC LIMIT 100) ORDER BY t.seq`,
      sessionId,
    );
    return rows.map(({ id }) => id);
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
      await endTask(sql, queued, { state: 'cancelled', now });
      await endDuties(sql, queued, { state: 'cancelled', now });
      return 'cancelled';
    }
    const running = await sql.run(`UPDATE turns SET cancel_requested = 1 WHERE id = ? AND state = 'running'`, turnId);
    if (running > 0) return 'running';
    return (await turnRow(sql, turnId)) ? 'over' : 'unknown';
  },
});
