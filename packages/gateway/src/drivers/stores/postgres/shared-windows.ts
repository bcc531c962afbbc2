import type pg from 'pg';
import type { SharedRateLimiter } from '../../../engine/ports/rate-limiter.ts';
import { toStoreError } from './failures.ts';

const WINDOW_MS = 60_000;
const SWEEP_MS = 10 * WINDOW_MS;

/** Nobody misses these counts after a crash, so they cost no disk. */
export const WINDOW_MIGRATIONS = [
  {
    id: '0002-postgres-rate-windows',
    statements: ['CREATE UNLOGGED TABLE rate_windows (id TEXT PRIMARY KEY, begins BIGINT NOT NULL, used BIGINT NOT NULL)'],
  },
];

/** Counts requests where every node counts them. The database's clock says which minute it is: the nodes' own may differ. */
export const sharedWindows = (pool: pg.Pool): SharedRateLimiter => {
  let sweptAt = Date.now();
  /** Addresses come and go: their counts must not stay. */
  const sweep = (): void => {
    if (Date.now() - sweptAt < SWEEP_MS) return;
    sweptAt = Date.now();
    pool.query(`DELETE FROM rate_windows WHERE begins < extract(epoch FROM clock_timestamp()) * 1000 - ${SWEEP_MS}`).catch(() => {});
  };
  return {
    take: async (id, limit) => {
      sweep();
      const { rows } = await pool
        .query<{ begins: number; used: number }>({
          name: 'openclaw_take',
          text: `INSERT INTO rate_windows (id, begins, used) VALUES ($1, floor(extract(epoch FROM clock_timestamp()) * 1000 / ${WINDOW_MS})::bigint * ${WINDOW_MS}, 1)
            ON CONFLICT (id) DO UPDATE SET begins = excluded.begins, used = CASE WHEN rate_windows.begins = excluded.begins THEN rate_windows.used + 1 ELSE 1 END
            RETURNING begins, used`,
          values: [id],
        })
        .catch((thrown: unknown) => {
          throw toStoreError(thrown);
        });
      const { begins = 0, used = 0 } = rows[0] ?? {};
      return { allowed: used <= limit, remaining: Math.max(0, limit - used), resetsAt: begins + WINDOW_MS };
    },
    giveBack: async (id, { resetsAt }) => {
      await pool.query('UPDATE rate_windows SET used = used - 1 WHERE id = $1 AND begins = $2 AND used > 0', [id, resetsAt - WINDOW_MS]).catch((thrown: unknown) => {
        throw toStoreError(thrown);
      });
    },
  };
};
