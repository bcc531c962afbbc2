import { GatewayError } from '@openclaw/contract/errors';
import { openMemoryBus } from '../drivers/buses/memory/index.ts';
import { openSqliteQueue } from '../drivers/queues/sqlite/index.ts';
import { sqlStore } from '../drivers/stores/kit/sql-store.ts';
import { openSqlite, StoreRefused } from '../drivers/stores/sqlite/index.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { EMBEDDED_TRANSACTIONS } from './embedded-transactions.ts';
import type { OpenedStore } from './opened-store.ts';

/** The store in one file, for one gateway. */
export const openEmbeddedStore = async (file: string, log: Log): Promise<OpenedStore> => {
  const thread = new URL('./database-thread.ts', import.meta.url);
  const database = await openSqlite({ file, thread, transactions: EMBEDDED_TRANSACTIONS });
  const queue = await openSqliteQueue(database, newId('node', Date.now())).catch((thrown: unknown) => {
    // Left open: closing it would write, and what is damaged is evidence.
    throw thrown instanceof GatewayError && thrown.code === 'store_unavailable' ? takesNoWrites(file, thrown.cause) : thrown;
  });
  return { name: 'sqlite', store: sqlStore(database), queue, bus: openMemoryBus(log) };
};

const takesNoWrites = (file: string, cause: unknown): StoreRefused =>
  new StoreRefused(
    `${file} takes no writes: ${cause instanceof Error ? cause.message : String(cause)}. Keep a copy of ${file}* and restore a backup: openclaw backup restore <folder>`,
  );
