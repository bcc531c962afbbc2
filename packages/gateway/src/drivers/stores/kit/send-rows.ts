import type { NewSend, SendFile, SendRecord, SendState } from '../../../engine/ports/channel-store.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';

export interface SendRow {
  seq: number;
  id: string;
  channel: string;
  conversation: string;
  address: string;
  text: string;
  state: SendState;
  attempts: number;
  next_at: number;
  hold: number | null;
  sent_to: number;
  sending_to: number | null;
  draft_id: string | null;
  external_ids: string;
  doubts: number;
  skipped: number;
  error: string | null;
  turn_id: string | null;
  session_key: string | null;
  workspace: string;
  created_at: number;
  updated_at: number;
  files: string | null;
}

/** The answer to what was shown while it was made takes that row; else the same id a second time is the same send. */
export const insertSend = async (sql: Sql, send: NewSend): Promise<void> => {
  const { files = [] } = send;
  const isNew = await sql.run(
    `INSERT INTO sends (id, channel, conversation, address, text, state, next_at, turn_id, session_key, workspace, created_at, updated_at, files)
     VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET text = excluded.text, state = 'queued', next_at = excluded.next_at, updated_at = excluded.updated_at WHERE sends.state = 'draft'`,
    send.id, send.address.channel, send.address.to, JSON.stringify(send.address), send.text, send.now,
    send.turnId ?? null, send.sessionKey ?? null, send.workspace, send.now, send.now,
    files.length > 0 ? JSON.stringify(files.map(({ name, type, bytes }) => ({ name, type, bytes }))) : null,
  );
  // One that is over keeps no files: the same send once more must not bring them back.
  if (isNew === 0) return;
  for (const [number, { content }] of files.entries()) await sql.run('INSERT INTO send_files (send_id, number, content) VALUES (?, ?, ?)', send.id, number, content);
};

/** Nobody sends them any more. */
export const dropFiles = async (sql: Sql, id: string): Promise<void> => {
  await sql.run('DELETE FROM send_files WHERE send_id = ?', id);
};

/** What was shown of an answer that does not come stays as it is. */
export const dropDraft = async (sql: Sql, id: string, reason: string, now: number): Promise<void> => {
  await sql.run(`UPDATE sends SET state = 'failed', error = ?, updated_at = ? WHERE id = ? AND state = 'draft'`, reason, now, id);
};

export const toSend = (row: SendRow): SendRecord => ({
  id: row.id,
  // Written by `insertSend`, and the ids by what records parts.
  address: JSON.parse(row.address) as ReplyAddress,
  text: row.text,
  files: filesOf(row),
  state: row.state,
  attempts: row.attempts,
  nextAt: row.next_at,
  hold: row.hold ?? undefined,
  sentTo: row.sent_to,
  draftId: row.draft_id ?? undefined,
  externalIds: idsOf(row),
  doubts: row.doubts,
  error: row.error ?? undefined,
  turnId: row.turn_id ?? undefined,
  sessionKey: row.session_key ?? undefined,
  workspace: row.workspace,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Written by `insertSend`. */
export const filesOf = (row: Pick<SendRow, 'files'>): SendFile[] => (row.files === null ? [] : (JSON.parse(row.files) as SendFile[]));

/** Written as a list of texts by what records parts. */
export const idsOf = (row: Pick<SendRow, 'external_ids'>): string[] => JSON.parse(row.external_ids) as string[];
