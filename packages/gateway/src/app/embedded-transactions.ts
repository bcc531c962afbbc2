import { jobTransactions, sqliteQueueInTransaction } from '../drivers/queues/sqlite/jobs.ts';
import { storeTransactions } from '../drivers/stores/kit/sql-store.ts';

/** All that the embedded database can be asked: the store's work and the queue's, in the same file. */
export const EMBEDDED_TRANSACTIONS = { ...storeTransactions(sqliteQueueInTransaction), ...jobTransactions };
