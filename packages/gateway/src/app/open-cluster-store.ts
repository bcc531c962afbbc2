import { openPostgresBus } from '../drivers/buses/postgres/index.ts';
import { openPgBossQueue } from '../drivers/queues/pgboss/index.ts';
import { STORE_MIGRATIONS } from '../drivers/stores/kit/schema.ts';
import { sqlStore, storeTransactions } from '../drivers/stores/kit/sql-store.ts';
import { connectPostgres, openPostgres } from '../drivers/stores/postgres/index.ts';
import type { Log } from '../kernel/log.ts';
import type { OpenedStore } from './opened-store.ts';

/** The store that several gateways share. */
export const openClusterStore = async (url: string, log: Log): Promise<OpenedStore> => {
  const connections = await connectPostgres({ url });
  try {
    const { queue, inTransaction } = await openPgBossQueue({ pool: connections.pool, log });
    const database = await openPostgres({ connections, transactions: storeTransactions(inTransaction), migrations: STORE_MIGRATIONS, log });
    const bus = await openPostgresBus({ url, log });
    return { name: 'postgres', store: sqlStore(database), queue, bus };
  } catch (thrown) {
    await connections.close();
    throw thrown;
  }
};
