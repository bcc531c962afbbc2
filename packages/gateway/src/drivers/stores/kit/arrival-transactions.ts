import type { Arrival } from '../../../engine/ports/arrival.ts';
import type { ArrivalQuestion, ArrivalWeight, Pairing, PairingWish } from '../../../engine/ports/channel-store.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { ReplyAddress } from '../../../engine/ports/turn-records.ts';
import { isOneOf } from './session-transactions.ts';

/** In the transaction that lets a message in, or that refuses it. */
export const insertArrival = async (sql: Sql, { channel, conversation, messageId, sender }: Arrival, refused: string | null, now: number): Promise<void> => {
  await sql.run(
    `INSERT INTO arrivals (channel, conversation, message_id, sender, at, refused) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (channel, conversation, message_id) DO NOTHING`,
    channel, conversation, messageId, sender ?? null, now, refused,
  );
};

const weighArrival = async (sql: Sql, { channel, conversation, messageId, sender, since }: ArrivalQuestion): Promise<ArrivalWeight> => {
  const seen = await sql.one('SELECT 1 FROM arrivals WHERE channel = ? AND conversation = ? AND message_id = ?', channel, conversation, messageId);
  const hour = await sql.one<{ total: number }>('SELECT COUNT(*) AS total FROM arrivals WHERE channel = ? AND at > ? AND refused IS NULL', channel, since);
  const last = await sql.one<{ at: number }>('SELECT at FROM arrivals WHERE channel = ? AND sender = ? AND refused IS NULL ORDER BY at DESC LIMIT 1', channel, sender ?? '');
  const refused = await sql.one<{ total: number }>('SELECT COUNT(*) AS total FROM arrivals WHERE channel = ? AND conversation = ? AND at > ? AND refused IS NOT NULL', channel, conversation, since);
  return { seen: seen !== undefined, letIn: hour?.total ?? 0, lastOfSender: last?.at, refusedHere: refused?.total ?? 0 };
};

const refuseArrival = (sql: Sql, { arrival, reason, now }: { arrival: Arrival; reason: string; now: number }): Promise<void> => insertArrival(sql, arrival, reason, now);

const refusals = async (sql: Sql, { channel, since }: { channel: string; since: number }): Promise<{ reason: string; count: number; lastAt: number }[]> =>
  [...(await sql.all<{ reason: string; count: number; lastAt: number }>(
    `SELECT refused AS reason, COUNT(*) AS count, MAX(at) AS "lastAt" FROM arrivals WHERE channel = ? AND at > ? AND refused IS NOT NULL GROUP BY refused ORDER BY COUNT(*) DESC, refused`,
    channel, since,
  ))];

interface PairingRow {
  channel: string;
  sender: string;
  code: string;
  name: string | null;
  address: string;
  workspace: string;
  created_at: number;
  expires_at: number;
}

const toPairing = (row: PairingRow): Pairing => ({
  channel: row.channel, sender: row.sender, code: row.code, name: row.name ?? undefined, workspace: row.workspace,
  // Written by `askToPair`.
  address: JSON.parse(row.address) as ReplyAddress,
  createdAt: row.created_at, expiresAt: row.expires_at,
});

const askToPair = async (sql: Sql, wish: PairingWish): Promise<{ code: string; isNew: boolean } | undefined> => {
  await sql.run('DELETE FROM pairings WHERE channel = ? AND expires_at <= ?', wish.channel, wish.now);
  const known = await sql.one<{ code: string }>('SELECT code FROM pairings WHERE channel = ? AND sender = ?', wish.channel, wish.sender);
  if (known) return { code: known.code, isNew: false };
  const made = await sql.run(
    `INSERT INTO pairings (channel, sender, code, name, address, workspace, created_at, expires_at)
     SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT COUNT(*) FROM pairings WHERE channel = ?) < ?`,
    wish.channel, wish.sender, wish.code, wish.name ?? null, JSON.stringify(wish.address), wish.workspace, wish.now, wish.expiresAt, wish.channel, wish.most,
  );
  return made === 0 ? undefined : { code: wish.code, isNew: true };
};

const listPairings = async (sql: Sql, { workspaces, now }: { workspaces: readonly string[] | undefined; now: number }): Promise<Pairing[]> =>
  (await sql.all<PairingRow>(
    `SELECT * FROM pairings WHERE expires_at > ? AND ${isOneOf('workspace', workspaces)} ORDER BY created_at, code`, now, ...(workspaces ?? []),
  )).map(toPairing);

const takePairing = async (sql: Sql, { code, workspaces, now }: { code: string; workspaces: readonly string[] | undefined; now: number }): Promise<Pairing | undefined> => {
  const row = await sql.one<PairingRow>(
    `DELETE FROM pairings WHERE code = ? AND expires_at > ? AND ${isOneOf('workspace', workspaces)} RETURNING *`, code, now, ...(workspaces ?? []),
  );
  return row && toPairing(row);
};

export const arrivalTransactions = { weighArrival, refuseArrival, refusals, askToPair, listPairings, takePairing };
