import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { openPostgresBus } from '../drivers/buses/postgres/index.ts';
import { openPgBossQueue } from '../drivers/queues/pgboss/index.ts';
import { STORE_MIGRATIONS } from '../drivers/stores/kit/schema.ts';
import { sqlStore, storeTransactions } from '../drivers/stores/kit/sql-store.ts';
import { connectPostgres, openPostgres, sharedWindows, StoreRefused } from '../drivers/stores/postgres/index.ts';
import { holdSqlite } from '../drivers/stores/sqlite/backup.ts';
import type { Log } from '../kernel/log.ts';
import type { OpenedStore } from './opened-store.ts';

/** Whoever starts both at once need not start the database first. */
const PATIENCE_MS = 30_000;

/** The store that several gateways share. Each has a state directory of its own, `state`, from which it is told apart after a restart. */
export const openClusterStore = async (url: string, state: string, log: Log): Promise<OpenedStore> => {
  const letGo = holdSqlite(state);
  if (!letGo) throw new StoreRefused(`another gateway is running on this state directory; give this one its own (OPENCLAW_STATE_DIR)`);
  const undo: (() => unknown)[] = [letGo];
  try {
    const node = createHash('sha256').update(`${hostname()}\n${state}`).digest('hex').slice(0, 16);
    const connections = await connectPostgres({ url, log, patienceMs: PATIENCE_MS });
    undo.unshift(() => connections.close());
    const { queue, inTransaction } = await openPgBossQueue({ pool: connections.pool, node, log });
    undo.unshift(() => queue.close());
    const database = await openPostgres({ connections, transactions: storeTransactions(inTransaction), migrations: STORE_MIGRATIONS, log });
    const bus = await openPostgresBus({ url, log });
    const store = sqlStore(database);
    const close = async (): Promise<void> => {
      await store.close();
      letGo();
    };
    return { name: 'postgres', store: { ...store, close }, queue, bus, rates: sharedWindows(connections.pool) };
  } catch (thrown) {
    for (const step of undo) await step();
    throw thrown;
  }
};
