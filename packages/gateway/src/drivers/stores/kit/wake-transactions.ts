import { createHash } from 'node:crypto';
import { GatewayError } from '@openclaw/contract/errors';
import type { Once } from '../../../engine/ports/once.ts';
import type { AgentPlace, NewWake, Wake } from '../../../engine/ports/schedule-records.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { MessageSource } from '../../../engine/ports/turn-records.ts';
import { keepOnce } from './once.ts';

/** Texts that may wait for one heartbeat: more is nobody's reading. */
const MOST_WAKES = 100;

export const addWake = async (sql: Sql, { wake, once }: { wake: NewWake; once: Once | undefined }): Promise<'queued' | 'coalesced'> => {
  const { id, workspace, agent, text, source, now } = wake;
  if (once && (await keepOnce(sql, once, id, now)) !== undefined) return 'queued';
  const waiting = await sql.one<{ wakes: number }>('SELECT COUNT(*) AS wakes FROM wakes WHERE workspace = ? AND agent = ?', workspace, agent);
  const hash = createHash('sha256').update(JSON.stringify([text, source?.name ?? null])).digest('base64url');
  const same = await sql.one('SELECT 1 AS found FROM wakes WHERE workspace = ? AND agent = ? AND hash = ?', workspace, agent, hash);
  if (!same && (waiting?.wakes ?? 0) >= MOST_WAKES) {
    throw new GatewayError('conflict', `${MOST_WAKES} texts wait for the next heartbeat of ${agent} already: wake it now, or wait until it has beaten`, { limit: MOST_WAKES });
  }
  const added = await sql.run(
    `INSERT INTO wakes (id, workspace, agent, hash, text, source, at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace, agent, hash) DO NOTHING`,
    id, workspace, agent, hash, text, source ? JSON.stringify(source) : null, now,
  );
  return added > 0 ? 'queued' : 'coalesced';
};

/** They are told in the turn that is made in this transaction. */
export const takeWakes = async (sql: Sql, ids: readonly string[]): Promise<void> => {
  if (ids.length > 0) await sql.run(`DELETE FROM wakes WHERE id IN (${ids.map(() => '?').join(', ')})`, ...ids);
};

const pendingWakes = async (sql: Sql, { workspace, agent, most }: AgentPlace & { most: number }): Promise<Wake[]> => {
  const rows = await sql.all<{ id: string; text: string; source: string | null }>(
    'SELECT id, text, source FROM wakes WHERE workspace = ? AND agent = ? ORDER BY seq LIMIT ?', workspace, agent, most,
  );
  // Written by `addWake` from a source.
  return rows.map(({ id, text, source }) => ({ id, text, ...(source !== null && { source: JSON.parse(source) as MessageSource }) }));
};

const placesWithWakes = (sql: Sql): Promise<readonly AgentPlace[]> => sql.all<AgentPlace>('SELECT DISTINCT workspace, agent FROM wakes');

export const wakeTransactions = { addWake, pendingWakes, placesWithWakes };
