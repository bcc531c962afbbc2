import type { DurableEvent, EventType } from '@openclaw/contract';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { Once } from '../../../engine/ports/once.ts';
import type { NewEvent } from '../../../engine/ports/store.ts';
import { insertEvent } from './append.ts';
import { sweepDeliveries } from './delivery-transactions.ts';
import { keepOnce } from './once.ts';

interface EventRow {
  seq: number;
  id: string;
  type: EventType;
  at: number;
  session_key: string | null;
  data: string;
}

const DAY = 86_400_000;

const listEvents = async (sql: Sql, { after, limit }: { after: number; limit: number }): Promise<DurableEvent[]> => {
  const rows = await sql.all<EventRow>('SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?', after, limit);
  return rows.map((row) => ({
    seq: row.seq,
    id: row.id,
    type: row.type,
    at: new Date(row.at).toISOString(),
    sessionKey: row.session_key,
    // Written by `insertEvent` from an object.
    data: JSON.parse(row.data) as Record<string, unknown>,
  }));
};

const appendEvents = async (sql: Sql, { events, once }: { events: readonly NewEvent[]; once: Once | undefined }): Promise<void> => {
  const [first] = events;
  if (!first || (once && (await keepOnce(sql, once, first.id, first.at)) !== undefined)) return;
  for (const event of events) await insertEvent(sql, { ...event, sessionKey: null });
};

const sweep = async (sql: Sql, now: number): Promise<void> => {
  await sql.run('DELETE FROM answers WHERE expires_at <= ?', now);
  await sql.run('DELETE FROM events WHERE at < ?', now - 7 * DAY);
  await sql.run(`DELETE FROM sends WHERE created_at < ? AND state NOT IN ('queued', 'sending')`, now - 30 * DAY);
  await sql.run('DELETE FROM arrivals WHERE at < ?', now - 31 * DAY);
  await sql.run('DELETE FROM pairings WHERE expires_at <= ?', now);
  // A day more for those whose session is still to be cleared: nobody else knows of it.
  await sql.run(`DELETE FROM cron_runs WHERE scheduled_for < ? AND state <> 'running' AND (own_session = 0 OR scheduled_for < ?)`, now - 30 * DAY, now - 31 * DAY);
  await sql.run('DELETE FROM budget_warnings WHERE at < ?', now - 7 * DAY);
  await sweepDeliveries(sql, now);
};

/** Writes a row and takes it away again: the shortest proof that the store takes writes. */
const ping = async (sql: Sql): Promise<void> => {
  await sql.run(`INSERT INTO answers (scope, key, hash, ref, expires_at) VALUES ('ping', 'ping', '', '', 0) ON CONFLICT (scope, key) DO NOTHING`);
  await sql.run(`DELETE FROM answers WHERE scope = 'ping' AND key = 'ping'`);
};

export const logTransactions = { listEvents, appendEvents, sweep, ping };
