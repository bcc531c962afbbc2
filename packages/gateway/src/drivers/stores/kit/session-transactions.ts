import { GatewayError } from '@openclaw/contract/errors';
import type { Message, Session } from '@openclaw/contract';
import type { Once } from '../../../engine/ports/once.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { HistoryQuery, NewSession, SessionFilter, SessionSelector } from '../../../engine/ports/session-records.ts';
import type { JournalStep, TranscriptEntry, TranscriptOptions } from '../../../engine/ports/turn-records.ts';
import { insertEvent } from './append.ts';
import { keepOnce } from './once.ts';
import { type MessageRow, type SessionRow, toJournal, toMessage, toSession, toTranscriptEntry } from './rows.ts';

const findRow = (sql: Sql, ref: SessionSelector): Promise<SessionRow | undefined> =>
  'id' in ref
    ? sql.one<SessionRow>('SELECT * FROM sessions WHERE id = ?', ref.id)
    : sql.one<SessionRow>('SELECT * FROM sessions WHERE key = ?', ref.key);

/** Makes the session unless its key is taken; resolves to whether it did. */
export const insertSession = async (sql: Sql, session: NewSession): Promise<boolean> => {
  const made = await sql.run(
    `INSERT INTO sessions (id, key, kind, label, agent, workspace, user_id, channel, created_at, last_active_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    session.id, session.key, session.kind, session.label ?? null, session.agent, session.workspace, session.userId ?? null,
    session.channel, session.now, session.now,
  );
  if (made === 0) return false;
  await sql.run(
    `INSERT INTO workspaces (id, allowlist, created_at, updated_at) VALUES (?, '[]', ?, ?) ON CONFLICT (id) DO NOTHING`,
    session.workspace, session.now, session.now,
  );
  await insertEvent(sql, {
    id: `evt_${session.id}_started`,
    type: 'session.started',
    at: session.now,
    sessionKey: session.key,
    data: { sessionId: session.id, workspace: session.workspace, userId: session.userId ?? null, channel: session.channel },
  });
  return true;
};

const createSession = async (sql: Sql, { session, once }: { session: NewSession; once: Once | undefined }): Promise<Session> => {
  const earlier = once && (await keepOnce(sql, once, session.id, session.now));
  if (!earlier && !(await insertSession(sql, session))) await insertSession(sql, { ...session, key: `${session.key}-${session.id.slice(-6)}` });
  const row = await findRow(sql, { id: earlier ?? session.id });
  if (!row) throw new GatewayError('session_not_found', 'The session this request made was deleted since');
  return toSession(row);
};

const ensureSession = async (sql: Sql, session: NewSession): Promise<Session> => {
  await insertSession(sql, session);
  const row = await findRow(sql, { key: session.key });
  if (!row) throw new GatewayError('session_not_found', 'The session was deleted');
  return toSession(row);
};

const findSession = async (sql: Sql, ref: SessionSelector): Promise<Session | undefined> => {
  const row = await findRow(sql, ref);
  return row && toSession(row);
};

/** No list asks for everything; an empty one for nothing. */
export const isOneOf = (column: string, values: readonly string[] | undefined): string => {
  if (!values) return 'TRUE';
  return values.length === 0 ? 'FALSE' : `${column} IN (${values.map(() => '?').join(', ')})`;
};

const listSessions = async (sql: Sql, filter: SessionFilter): Promise<{ sessions: Session[]; total: number }> => {
  const { kinds, workspaces } = filter;
  const condition = `WHERE ${isOneOf('kind', kinds)} AND ${isOneOf('workspace', workspaces)}`;
  const values = [...(kinds ?? []), ...(workspaces ?? [])];
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM sessions ${condition}`, ...values);
  const rows = await sql.all<SessionRow>(
    `SELECT * FROM sessions ${condition} ORDER BY last_active_at DESC, id DESC LIMIT ? OFFSET ?`,
    ...values, filter.limit, filter.offset,
  );
  return { sessions: rows.map(toSession), total: count?.total ?? 0 };
};

export const deleteSession = async (sql: Sql, { sessionId, now }: { sessionId: string; now: number }): Promise<boolean> => {
  const gone = await sql.one<Pick<SessionRow, 'key' | 'workspace' | 'user_id' | 'channel'>>('DELETE FROM sessions WHERE id = ? RETURNING key, workspace, user_id, channel', sessionId);
  if (!gone) return false;
  // What runs on another node finds this within a second.
  await sql.run(`UPDATE turns SET cancel_requested = 1 WHERE id IN (SELECT turn_id FROM messages WHERE session_id = ?) AND state = 'running'`, sessionId);
  // By way of the messages, which are indexed by session: an index on the turns would cost each turn for this rare moment.
  await sql.run(`DELETE FROM turns WHERE id IN (SELECT turn_id FROM messages WHERE session_id = ?) AND state NOT IN ('queued', 'running')`, sessionId);
  await sql.run('DELETE FROM tasks WHERE session_id = ?', sessionId);
  await sql.run('DELETE FROM messages WHERE session_id = ?', sessionId);
  await insertEvent(sql, {
    id: `evt_${sessionId}_ended`,
    type: 'session.ended',
    at: now,
    sessionKey: gone.key,
    data: { sessionId, workspace: gone.workspace, userId: gone.user_id, channel: gone.channel },
  });
  return true;
};

/** Steps that only ask for tools carry no words; they show where the tools do. */
const SPOKEN = `(role = 'user' OR (role = 'assistant' AND text <> ''))`;

const history = async (sql: Sql, query: HistoryQuery): Promise<{ messages: Message[]; total: number }> => {
  const visible = query.includeTools ? `role <> 'summary'` : SPOKEN;
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM messages WHERE session_id = ? AND ${visible}`, query.sessionId);
  const rows = await sql.all<MessageRow>(
    `SELECT * FROM messages WHERE session_id = ? AND ${visible} ORDER BY turn_seq DESC, seq DESC LIMIT ? OFFSET ?`,
    query.sessionId, query.limit, query.offset,
  );
  return { messages: rows.map(toMessage).toReversed(), total: count?.total ?? 0 };
};

const lastMessages = async (sql: Sql, { sessionIds, limit }: { sessionIds: readonly string[]; limit: number }): Promise<Message[][]> => {
  const lists: Message[][] = [];
  for (const id of sessionIds) {
    const rows = await sql.all<MessageRow>(
      `SELECT * FROM messages WHERE session_id = ? AND ${SPOKEN} ORDER BY turn_seq DESC, seq DESC LIMIT ?`, id, limit,
    );
    lists.push(rows.map(toMessage).toReversed());
  }
  return lists;
};

const newestSummary = (sql: Sql, sessionId: string, upToTurn: number): Promise<(MessageRow & { covers_up_to: number }) | undefined> =>
  sql.one(
    `SELECT * FROM messages WHERE session_id = ? AND turn_seq <= ? AND role = 'summary' ORDER BY turn_seq DESC, seq DESC LIMIT 1`,
    sessionId, upToTurn,
  );

const transcript = async (
  sql: Sql,
  { sessionId, upToTurn, summarised = true }: { sessionId: string; upToTurn: number } & TranscriptOptions,
): Promise<TranscriptEntry[]> => {
  const summary = summarised ? await newestSummary(sql, sessionId, upToTurn) : undefined;
  const rows = await sql.all<MessageRow>(
    `SELECT * FROM messages WHERE session_id = ? AND turn_seq > ? AND turn_seq <= ? AND role <> 'summary' ORDER BY turn_seq, seq`,
    sessionId, summary?.covers_up_to ?? 0, upToTurn,
  );
  return (summary ? [summary, ...rows] : rows).map(toTranscriptEntry);
};

const journal = async (sql: Sql, { sessionId, seq }: { sessionId: string; seq: number }): Promise<JournalStep[]> =>
  toJournal(await sql.all<MessageRow>('SELECT * FROM messages WHERE session_id = ? AND turn_seq = ? ORDER BY seq', sessionId, seq));

const counts = async (sql: Sql): Promise<{ sessions: number }> => {
  const row = await sql.one<{ sessions: number }>('SELECT COUNT(*) AS sessions FROM sessions');
  return { sessions: row?.sessions ?? 0 };
};

export const sessionTransactions = { createSession, ensureSession, findSession, listSessions, deleteSession, history, lastMessages, transcript, journal, counts };
