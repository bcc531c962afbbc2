import type { NewSend, SendRecord, SendState } from '../../../engine/ports/channel-store.ts';
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
  external_ids: string;
  doubts: number;
  error: string | null;
  turn_id: string | null;
  session_key: string | null;
  workspace: string;
  created_at: number;
  updated_at: number;
}

export const insertSend = async (sql: Sql, send: NewSend): Promise<void> => {
  await sql.run(
    `INSERT INTO sends (id, channel, conversation, address, text, state, next_at, turn_id, session_key, workspace, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    send.id, send.address.channel, send.address.to, JSON.stringify(send.address), send.text, send.now,
    send.turnId ?? null, send.sessionKey ?? null, send.workspace, send.now, send.now,
  );
};

export const toSend = (row: SendRow): SendRecord => ({
  id: row.id,
  // Written by `insertSend`, and the ids by what records parts.
  address: JSON.parse(row.address) as ReplyAddress,
  text: row.text,
  state: row.state,
  attempts: row.attempts,
  nextAt: row.next_at,
  sentTo: row.sent_to,
  externalIds: JSON.parse(row.external_ids) as string[],
  doubts: row.doubts,
  error: row.error ?? undefined,
  turnId: row.turn_id ?? undefined,
  sessionKey: row.session_key ?? undefined,
  workspace: row.workspace,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});
