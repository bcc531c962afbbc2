import { openMemoryBus } from '../drivers/buses/memory/index.ts';
import { openSqliteQueue } from '../drivers/queues/sqlite/index.ts';
import { sqlStore } from '../drivers/stores/kit/sql-store.ts';
import { openSqlite } from '../drivers/stores/sqlite/index.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { EMBEDDED_TRANSACTIONS } from './embedded-transactions.ts';
import type { OpenedStore } from './opened-store.ts';

/** The store in one file, for one gateway. */
export const openEmbeddedStore = async (file: string, log: Log): Promise<OpenedStore> => {
  const thread = new URL('./database-thread.ts', import.meta.url);
  const database = await openSqlite({ file, thread, transactions: EMBEDDED_TRANSACTIONS });
  const queue = await openSqliteQueue(database, newId('node', Date.now()));
  return { name: 'sqlite', store: sqlStore(database), queue, bus: openMemoryBus(log) };
};
