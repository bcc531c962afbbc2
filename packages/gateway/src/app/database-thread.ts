import { JOB_MIGRATIONS, RELAXED_JOBS } from '../drivers/queues/sqlite/jobs.ts';
import { STORE_MIGRATIONS } from '../drivers/stores/kit/schema.ts';
import { ADMITTING, RELAXED } from '../drivers/stores/kit/sql-store.ts';
import { serveDatabase } from '../drivers/stores/sqlite/serve-database.ts';
import { EMBEDDED_TRANSACTIONS } from './embedded-transactions.ts';

// The module the database's thread starts from: what the embedded store and its queue can do, side by side.
serveDatabase({
  transactions: EMBEDDED_TRANSACTIONS,
  migrations: [...STORE_MIGRATIONS, ...JOB_MIGRATIONS],
  admitting: ADMITTING,
  relaxed: new Set([...RELAXED, ...RELAXED_JOBS]),
});
