import { JOB_MIGRATIONS } from '../drivers/queues/sqlite/jobs.ts';
import { STORE_MIGRATIONS } from '../drivers/stores/kit/schema.ts';
import { ADMITTING } from '../drivers/stores/kit/sql-store.ts';
import { serveDatabase } from '../drivers/stores/sqlite/serve-database.ts';
import { EMBEDDED_TRANSACTIONS } from './embedded-transactions.ts';

// The module the database's thread starts from: what the embedded store and its queue can do, side by side.
serveDatabase(EMBEDDED_TRANSACTIONS, [...STORE_MIGRATIONS, ...JOB_MIGRATIONS], ADMITTING);
