import type { Db, PgBoss } from 'pg-boss';
import type { Log } from '../../../kernel/log.ts';

/** pg-boss' tables: a schema of our own, so that another program's pg-boss in the same database is left alone. */
export const SCHEMA = 'openclaw_jobs';
export const QUEUE = 'turns';

const DAY = 86_400;
const NO_JOB = '00000000-0000-0000-0000-000000000000';

/** What is needed of a connection pool: one statement on any connection. */
export interface Pool {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Starts pg-boss on our connections. Loaded here and not before: an embedded gateway never needs it. */
export const startBoss = async (pool: Pool, log: Log): Promise<PgBoss> => {
  const { PgBoss } = await import('pg-boss');
  const db: Db = { executeSql: (text, values) => pool.query(text, values) };
  const boss = new PgBoss({ db, schema: SCHEMA, schedule: false, flowIntervalSeconds: 3_600 });
  boss.on('error', (error) => log('warn', 'pg-boss failed at its upkeep', { reason: error.message }));
  boss.on('warning', ({ message }) => log('info', 'pg-boss warns', { reason: message }));
  await boss.start();
  await boss.createQueue(QUEUE, {
    policy: 'key_strict_fifo',
    // A job that runs out of retries would block its session: how often a turn may crash is the engine's to say.
    retryLimit: 2_000_000_000,
    retryDelay: 0,
    // The longest pg-boss allows, and the longest a turn may take.
    expireInSeconds: DAY,
    retentionSeconds: 3_650 * DAY,
  });
  // Makes pg-boss remember the queue's settings now. It would else look them up with a second connection inside the first transactions,
  // and as many of those at once as there are connections would wait for each other.
  await boss.touch(QUEUE, NO_JOB);
  return boss;
};
