import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { EMBEDDED_TRANSACTIONS } from '../../packages/gateway/src/app/embedded-transactions.ts';
import { openPgBossQueue } from '../../packages/gateway/src/drivers/queues/pgboss/index.ts';
import { openSqliteQueue } from '../../packages/gateway/src/drivers/queues/sqlite/index.ts';
import { STORE_MIGRATIONS } from '../../packages/gateway/src/drivers/stores/kit/schema.ts';
import { sqlStore, storeTransactions } from '../../packages/gateway/src/drivers/stores/kit/sql-store.ts';
import { connectPostgres, openPostgres } from '../../packages/gateway/src/drivers/stores/postgres/index.ts';
import { openSqlite } from '../../packages/gateway/src/drivers/stores/sqlite/index.ts';
import type { OpenPair } from '../conformance/turn-fixture.ts';

const THREAD = new URL('../../packages/gateway/src/app/database-thread.ts', import.meta.url);

export const openSqlitePair = async (folder: string): Promise<OpenPair> => {
  const database = await openSqlite({ file: join(folder, 'openclaw.db'), thread: THREAD, transactions: EMBEDDED_TRANSACTIONS });
  const queue = await openSqliteQueue(database, randomUUID());
  const store = sqlStore(database);
  return { store, queue, close: closing(async () => queue.close(), () => store.close()) };
};

export const openPostgresPair = async (url: string, node?: string): Promise<OpenPair> => {
  const connections = await connectPostgres({ url });
  const { queue, inTransaction } = await openPgBossQueue({ pool: connections.pool, ...(node !== undefined && { node }) });
  const database = await openPostgres({ connections, transactions: storeTransactions(inTransaction), migrations: STORE_MIGRATIONS });
  const store = sqlStore(database);
  return { store, queue, close: closing(() => queue.close(), () => store.close()) };
};

/** Tests may have closed the store themselves. */
const closing = (queue: () => Promise<void>, store: () => Promise<void>) => async (): Promise<void> => {
  await queue().catch(() => {});
  await store().catch(() => {});
};
