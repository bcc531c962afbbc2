/** Databases as an older version left them, and as this one opens them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Migration, STORE_MIGRATIONS } from '../../packages/gateway/src/drivers/stores/kit/schema.ts';
import { EVENT_ORDER_MIGRATIONS } from '../../packages/gateway/src/drivers/stores/postgres/event-order.ts';
import { connectPostgres } from '../../packages/gateway/src/drivers/stores/postgres/index.ts';
import { migrate as migratePostgres } from '../../packages/gateway/src/drivers/stores/postgres/migrate.ts';
import { migrate as migrateSqlite } from '../../packages/gateway/src/drivers/stores/sqlite/migrate.ts';
import { openWriter } from '../../packages/gateway/src/drivers/stores/sqlite/open-connection.ts';
import type { OpenPair } from '../conformance/turn-fixture.ts';
import type { TestPostgres } from './postgres.ts';
import { openPostgresPair, openSqlitePair } from './store-pairs.ts';

export interface Left {
  /** The step that the version did not know yet. */
  readonly before: string;
  /** Statements that write what it held. */
  readonly rows: readonly string[];
}

export interface OlderStore extends AsyncDisposable {
  /** As this version opens it, which migrates it; closed with it. */
  open(node?: string): Promise<OpenPair>;
}

export const olderSqlite = async ({ before, rows }: Left): Promise<OlderStore> => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-migration-'));
  const connection = openWriter(join(folder, 'openclaw.db'));
  migrateSqlite(connection, stepsTo(before));
  for (const statement of rows) connection.exec(statement);
  connection.close();
  return opening(() => openSqlitePair(folder), () => rm(folder, { recursive: true, force: true }));
};

export const olderPostgres = async (server: TestPostgres | undefined, { before, rows }: Left): Promise<OlderStore> => {
  const url = (await server?.createDatabase()) ?? '';
  const connections = await connectPostgres({ url });
  const client = await connections.pool.connect();
  await migratePostgres(client, [...stepsTo(before), ...EVENT_ORDER_MIGRATIONS]);
  for (const statement of rows) await client.query(statement);
  client.release();
  await connections.close();
  return opening((node) => openPostgresPair(url, node));
};

const stepsTo = (before: string): readonly Migration[] => {
  const known = STORE_MIGRATIONS.findIndex(({ id }) => id === before);
  if (known === -1) throw new Error(`there is no step ${before}`);
  return STORE_MIGRATIONS.slice(0, known);
};

const opening = (open: (node?: string) => Promise<OpenPair>, remove: () => Promise<void> = async () => {}): OlderStore => {
  const pairs: OpenPair[] = [];
  return {
    open: async (node) => {
      const pair = await open(node);
      pairs.push(pair);
      return pair;
    },
    [Symbol.asyncDispose]: async () => {
      for (const { close } of pairs) await close();
      await remove();
    },
  };
};
