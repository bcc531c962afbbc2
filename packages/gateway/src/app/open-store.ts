import { openMemoryBus } from '../drivers/buses/memory/index.ts';
import { openSqliteQueue } from '../drivers/queues/sqlite/index.ts';
import { sqlStore } from '../drivers/stores/kit/sql-store.ts';
import { openSqlite } from '../drivers/stores/sqlite/index.ts';
import type { EventBus } from '../engine/ports/event-bus.ts';
import type { TurnQueue } from '../engine/ports/queue.ts';
import type { Store } from '../engine/ports/store.ts';
import { newId } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import { EMBEDDED_TRANSACTIONS } from './embedded-transactions.ts';

/** A store, the queue that shares its transactions, and the bus that reaches everyone on that store. */
export interface OpenStore {
  readonly name: string;
  readonly store: Store;
  readonly queue: TurnQueue;
  readonly bus: EventBus;
}

/** The embedded store in a file, or the shared one behind a URL. */
export const openStore = async (postgresUrl: string | undefined, file: string, log: Log): Promise<OpenStore> => {
  if (postgresUrl === undefined) return openEmbedded(file, log);
  throw new Error('not yet');
};

const openEmbedded = async (file: string, log: Log): Promise<OpenStore> => {
  const thread = new URL('./database-thread.ts', import.meta.url);
  const database = await openSqlite({ file, thread, transactions: EMBEDDED_TRANSACTIONS });
  const queue = await openSqliteQueue(database, newId('node', Date.now()));
  return { name: 'sqlite', store: sqlStore(database), queue, bus: openMemoryBus(log) };
};
