import { GatewayError } from '@openclaw/contract/errors';
import type { Sql } from '../../../engine/ports/sql.ts';
import { type Fence, StaleFence } from '../../../engine/ports/turn-records.ts';
import type { TurnRow } from './rows.ts';

export const sessionGone = (): GatewayError => new GatewayError('session_not_found', 'The session was deleted');

export const turnRow = (sql: Sql, turnId: string): Promise<TurnRow | undefined> => sql.one<TurnRow>('SELECT * FROM turns WHERE id = ?', turnId);

/** Locks the turn's row for this transaction and proves that the fence is the newest one. */
export const guard = async (sql: Sql, fence: Fence): Promise<TurnRow> => {
  const row = await sql.one<TurnRow>(
    `UPDATE turns SET attempts = attempts WHERE id = ? AND attempts = ? AND state = 'running' RETURNING *`,
    fence.turnId, fence.number,
  );
  if (!row) throw new StaleFence(`turn ${fence.turnId} is no longer at ${fence.number}`);
  return row;
};
