import { type ChannelHold, type Delivery, type NewSend, type PartFailure, type SendFilter, type SendPart, type SendRecord } from '../../../engine/ports/channel-store.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import { guardHold } from './hold-transactions.ts';
import { dropFiles, filesOf, idsOf, insertSend, type SendRow, toSend } from './send-rows.ts';
import { isOneOf } from './session-transactions.ts';

const OPEN = `state IN ('queued', 'sending')`;

const addSend = (sql: Sql, send: NewSend): Promise<void> => insertSend(sql, send);

const listSends = async (sql: Sql, filter: SendFilter): Promise<{ sends: SendRecord[]; total: number }> => {
  const { channel, states, doubtful, workspaces } = filter;
  const channels = channel === undefined ? undefined : [channel];
  const condition = `WHERE ${isOneOf('channel', channels)} AND ${isOneOf('state', states)} AND ${isOneOf('workspace', workspaces)} AND ${doubtful ? 'doubts > 0' : 'TRUE'}`;
  const values = [...(channels ?? []), ...(states ?? []), ...(workspaces ?? [])];
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM sends ${condition}`, ...values);
  const rows = await sql.all<SendRow>(`SELECT * FROM sends ${condition} ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?`, ...values, filter.limit, filter.offset);
  return { sends: rows.map(toSend), total: count?.total ?? 0 };
};

const findSend = async (sql: Sql, id: string): Promise<SendRecord | undefined> => {
  const row = await sql.one<SendRow>('SELECT * FROM sends WHERE id = ?', id);
  return row && toSend(row);
};

const contentOf = async (sql: Sql, { id, file }: { id: string; file: number }): Promise<string | undefined> =>
  (await sql.one<{ content: string }>('SELECT content FROM send_files WHERE send_id = ? AND number = ?', id, file))?.content;

const openSends = async (sql: Sql, { channel, limit }: { channel: string; limit: number }): Promise<SendRecord[]> => {
  const rows = await sql.all<SendRow>(
    `SELECT * FROM sends WHERE channel = ? AND ${OPEN} AND NOT EXISTS (
       SELECT 1 FROM sends earlier WHERE earlier.channel = sends.channel AND earlier.conversation = sends.conversation
         AND earlier.state IN ('queued', 'sending') AND earlier.seq < sends.seq)
     ORDER BY next_at, seq LIMIT ?`,
    channel, limit,
  );
  return rows.map(toSend);
};

const countOpenSends = async (sql: Sql, channel: string): Promise<number> =>
  (await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM sends WHERE channel = ? AND ${OPEN}`, channel))?.total ?? 0;

const channelsAwaited = async (sql: Sql): Promise<string[]> =>
  (await sql.all<{ channel: string }>(`SELECT DISTINCT channel FROM sends WHERE ${OPEN}`)).map(({ channel }) => channel);

const beginPart = async (sql: Sql, { hold, part }: { hold: ChannelHold; part: SendPart }): Promise<void> => {
  await guardHold(sql, hold);
  const begun = await sql.run(
    `UPDATE sends SET state = 'sending', sending_to = ?, hold = ?, attempts = attempts + 1, updated_at = ? WHERE id = ? AND state = 'queued'`,
    part.to, hold.number, part.now, part.id,
  );
  if (begun === 0) throw new Error(`send ${part.id} does not wait`);
};

const endPart = async (sql: Sql, { hold, part }: { hold: ChannelHold; part: SendPart & { externalId: string; over: boolean } }): Promise<void> => {
  await guardHold(sql, hold);
  const row = await sql.one<SendRow>(`SELECT * FROM sends WHERE id = ? AND state = 'sending' AND hold = ?`, part.id, hold.number);
  // Recorded before: the commit went through and its answer was lost.
  if (!row) return;
  await sql.run(
    `UPDATE sends SET state = ?, sent_to = ?, sending_to = NULL, draft_id = NULL, external_ids = ?, error = NULL, updated_at = ? WHERE id = ?`,
    part.over ? (row.skipped > 0 ? 'ambiguous' : 'sent') : 'queued', part.to, JSON.stringify([...idsOf(row), part.externalId]), part.now, part.id,
  );
  if (part.over && row.files !== null) await dropFiles(sql, row.id);
};

const failPart = async (sql: Sql, { hold, failure }: { hold: ChannelHold; failure: PartFailure }): Promise<void> => {
  await guardHold(sql, hold);
  const { id, retryAt, doubt, error, forgetDraft = false, now } = failure;
  const row = doubt && (await sql.one<SendRow>(`SELECT * FROM sends WHERE id = ? AND state = 'sending'`, id));
  if (row && doubt === 'at-most-once') return skipPart(sql, row, now);
  const state = retryAt !== undefined ? 'queued' : doubt ? 'ambiguous' : 'failed';
  await sql.run(
    `UPDATE sends SET state = ?, sending_to = NULL, next_at = ?, doubts = doubts + ?, draft_id = CASE WHEN ? = 1 THEN NULL ELSE draft_id END, error = ?, updated_at = ? WHERE id = ? AND ${OPEN}`,
    state, retryAt ?? now, doubt ? 1 : 0, forgetDraft ? 1 : 0, error, now, id,
  );
  if (state !== 'queued') await dropFiles(sql, id);
};

const recoverSends = async (sql: Sql, { hold, delivery, now }: { hold: ChannelHold; delivery: Delivery | 'idempotent'; now: number }): Promise<number> => {
  await guardHold(sql, hold);
  const rows = await sql.all<SendRow>(`SELECT * FROM sends WHERE channel = ? AND state = 'sending' AND hold < ?`, hold.channel, hold.number);
  // What takes the place of a draft, or is known again by whoever takes it, says the same however often it is said: that is no doubt.
  const harmless = rows.filter((row) => delivery === 'idempotent' || (row.draft_id !== null && row.sent_to === 0));
  for (const row of rows) {
    if (harmless.includes(row)) await sql.run(`UPDATE sends SET state = 'queued', sending_to = NULL WHERE id = ?`, row.id);
    else if (delivery === 'at-most-once') await skipPart(sql, row, now);
    else await sql.run(`UPDATE sends SET state = 'queued', sending_to = NULL, doubts = doubts + 1, next_at = ?, updated_at = ? WHERE id = ?`, now, now, row.id);
  }
  const drafts = await sql.run(
    `UPDATE sends SET doubts = doubts + 1, sending_to = NULL, updated_at = ? WHERE channel = ? AND hold < ? AND sending_to = 0 AND draft_id IS NULL`,
    now, hold.channel, hold.number,
  );
  return rows.length - harmless.length + drafts;
};

/** Not a second time, come what may; what follows it has not been sent and is no part of the doubt. */
const skipPart = async (sql: Sql, row: SendRow, now: number): Promise<void> => {
  const to = row.sending_to ?? row.sent_to;
  const over = row.text.slice(to).trim() === '' && Math.max(0, to - row.text.length) >= filesOf(row).length;
  await sql.run(
    'UPDATE sends SET state = ?, sent_to = ?, sending_to = NULL, doubts = doubts + 1, skipped = skipped + 1, next_at = ?, updated_at = ? WHERE id = ?',
    over ? 'ambiguous' : 'queued', to, now, now, row.id,
  );
  if (over) await dropFiles(sql, row.id);
};

const failSends = async (sql: Sql, { channel, error, now }: { channel: string; error: string; now: number }): Promise<number> => {
  await sql.run(`DELETE FROM send_files WHERE send_id IN (SELECT id FROM sends WHERE channel = ? AND ${OPEN})`, channel);
  return sql.run(
    `UPDATE sends SET doubts = doubts + CASE WHEN state = 'sending' THEN 1 ELSE 0 END, state = CASE WHEN state = 'sending' THEN 'ambiguous' ELSE 'failed' END,
       sending_to = NULL, error = ?, updated_at = ? WHERE channel = ? AND ${OPEN}`,
    error, now, channel,
  );
};

const beginDraft = async (sql: Sql, { hold, draft }: { hold: ChannelHold; draft: NewSend }): Promise<void> => {
  await guardHold(sql, hold);
  await sql.run(
    `INSERT INTO sends (id, channel, conversation, address, text, state, next_at, hold, sending_to, turn_id, session_key, workspace, created_at, updated_at)
     VALUES (?, ?, ?, ?, '', 'draft', ?, ?, 0, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    draft.id, draft.address.channel, draft.address.to, JSON.stringify(draft.address), draft.now, hold.number,
    draft.turnId ?? null, draft.sessionKey ?? null, draft.workspace, draft.now, draft.now,
  );
};

const nameDraft = async (sql: Sql, { hold, draft }: { hold: ChannelHold; draft: { id: string; externalId: string; now: number } }): Promise<void> => {
  await guardHold(sql, hold);
  await sql.run('UPDATE sends SET draft_id = ?, sending_to = NULL, updated_at = ? WHERE id = ? AND draft_id IS NULL AND sent_to = 0', draft.externalId, draft.now, draft.id);
};

/** It was not shown after all, or nobody knows. The answer then comes as a message of its own. */
const failDraft = async (sql: Sql, { hold, draft }: { hold: ChannelHold; draft: { id: string; doubt: boolean; now: number } }): Promise<void> => {
  await guardHold(sql, hold);
  await sql.run('UPDATE sends SET doubts = doubts + ?, sending_to = NULL, updated_at = ? WHERE id = ? AND draft_id IS NULL AND sending_to = 0', draft.doubt ? 1 : 0, draft.now, draft.id);
};

export const sendTransactions = {
  addSend, findSend, contentOf, listSends, openSends, countOpenSends, channelsAwaited, beginPart, endPart, failPart, recoverSends, failSends, beginDraft, nameDraft, failDraft,
};
