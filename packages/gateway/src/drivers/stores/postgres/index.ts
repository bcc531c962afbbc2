import type pg from 'pg';
import type { Database, Transaction, Transactions } from '../../../engine/ports/sql.ts';
import { type Log, silent } from '../../../kernel/log.ts';
import type { Migration } from '../kit/schema.ts';
import { READ_SEVERAL } from '../kit/sql-store.ts';
import { StoreRefused } from '../kit/store-refused.ts';
import { type ConnectionOptions, describeUrl, openPool } from './connections.ts';
import { EVENT_ORDER_MIGRATIONS, hasUnplacedEvents, placeEvents } from './event-order.ts';
import { reasonOf } from './failures.ts';
import { firstConnection } from './first-connection.ts';
import { migrate } from './migrate.ts';
import { WINDOW_MIGRATIONS } from './shared-windows.ts';
import { Transactor } from './transactor.ts';

export { StoreRefused } from '../kit/store-refused.ts';
export { sharedWindows } from './shared-windows.ts';

/** Connections to one database, before anything is done with it. */
export interface PostgresConnections {
  readonly pool: pg.Pool;
  /** The database's place, fit to be shown. */
  readonly name: string;
  close(): Promise<void>;
}

/** Connects; rejects with a StoreRefused that says what to do where the database cannot be reached, also not within `patienceMs`. */
export const connectPostgres = async ({ patienceMs = 0, ...options }: ConnectionOptions & { readonly patienceMs?: number }): Promise<PostgresConnections> => {
  const name = describeUrl(options.url);
  const pool = openPool(options);
  try {
    await firstConnection(pool, { name, patienceMs, log: options.log });
  } catch (thrown) {
    await pool.end();
    throw new StoreRefused(`the database at ${name} cannot be reached: ${reasonOf(thrown)}`);
  }
  return { pool, name, close: () => pool.end() };
};

/** The store's database for several nodes. Closing it closes the connections. */
export const openPostgres = async <Table extends Transactions>(options: {
  readonly connections: PostgresConnections;
  readonly transactions: Table;
  readonly migrations: readonly Migration[];
  readonly log?: Log;
}): Promise<Database<Table>> => {
  const { connections, transactions, migrations, log = silent } = options;
  await prepare(connections, [...migrations, ...EVENT_ORDER_MIGRATIONS, ...WINDOW_MIGRATIONS]);
  const transactor = new Transactor(connections.pool, log);

  const transactionNamed = (name: string): Transaction => {
    const transaction = transactions[name];
    if (!transaction) throw new Error(`no transaction is called ${name}`);
    return transaction;
  };
  const read = async (name: string, input: unknown): Promise<unknown> => {
    const transaction = transactionNamed(name);
    // The facade below typed the input; here it is only carried.
    if (READ_SEVERAL.has(name)) return transactor.readConsistently((sql) => transaction(sql, input as never));
    if (name === 'listEvents' && (await transactor.read(hasUnplacedEvents))) await transactor.write(placeEvents);
    return transactor.read((sql) => transaction(sql, input as never));
  };
  const write = async (name: string, input: unknown): Promise<unknown> => {
    const transaction = transactionNamed(name);
    return transactor.write((sql) => transaction(sql, input as never));
  };
  return {
    // Answers of one name have that transaction's shape.
    write: (name, input) => write(name, input) as never,
    read: (name, input) => read(name, input) as never,
    close: () => connections.close(),
  };
};

const prepare = async ({ pool, name }: PostgresConnections, migrations: readonly Migration[]): Promise<void> => {
  const client = await pool.connect();
  client.on('error', ignore);
  try {
    await migrate(client, migrations);
  } catch (thrown) {
    throw thrown instanceof StoreRefused ? thrown : new StoreRefused(`the database at ${name} cannot be prepared: ${reasonOf(thrown)}`);
  } finally {
    client.off('error', ignore);
    client.release();
  }
};

/** A connection that breaks while it is in use also rejects the statement under way. */
const ignore = (): void => {};
