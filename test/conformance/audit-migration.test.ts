import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { STORE_MIGRATIONS } from '../../packages/gateway/src/drivers/stores/kit/schema.ts';
import { connectPostgres, openPostgres } from '../../packages/gateway/src/drivers/stores/postgres/index.ts';
import { migrate } from '../../packages/gateway/src/drivers/stores/sqlite/migrate.ts';
import { verifyChain } from '../../packages/gateway/src/engine/audit/index.ts';
import { startPostgres } from '../support/postgres.ts';
import { openPostgresPair, openSqlitePair } from '../support/store-pairs.ts';
import type { OpenPair } from './turn-fixture.ts';

const BEFORE = STORE_MIGRATIONS.filter(({ id }) => id < '0007');
const OLD = `INSERT INTO audit (at, caller, operation, outcome, resource) VALUES (1, 'key_a', 'sessions.delete', 'ok', NULL), (2, 'key_b', 'messages.send', 'forbidden', 'x'), (3, 'key_a', 'messages.send', 'ok', NULL)`;

/** Rows of a version that knew no chain are its beginning: changing one of them is noticed from the first append on. */
const expectTakenIn = async ({ store, close }: OpenPair): Promise<void> => {
  expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 0 });
  await store.audit([{ at: 4, caller: 'key_c', operation: 'workspaces.create', outcome: 'ok', resource: 'workspace=x' }]);
  expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 4 });
  expect((await store.auditRows(0, 9)).map(({ seq, caller }) => [seq, caller])).toEqual([[1, 'key_a'], [2, 'key_b'], [3, 'key_a'], [4, 'key_c']]);
  const forged = { auditEnds: store.auditEnds, auditRows: async (after: number, limit: number) => (await store.auditRows(after, limit)).map((row) => (row.seq === 2 ? { ...row, outcome: 'ok' } : row)) };
  expect(await verifyChain(forged, undefined)).toMatchObject({ ok: false, broken: { seq: 2 } });
  await close();
};

test('sqlite: rows from before the chain become its beginning', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-audit-'));
  try {
    await (await openSqlitePair(folder)).close();
    const database = new DatabaseSync(join(folder, 'openclaw.db'));
    database.exec(`DROP TABLE audit_ends; DROP TABLE audit; DELETE FROM migrations WHERE id = '0007-audit'`);
    database.exec(`CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at BIGINT NOT NULL, caller TEXT NOT NULL, operation TEXT NOT NULL, outcome TEXT NOT NULL, resource TEXT)`);
    database.exec(OLD);
    database.close();
    await expectTakenIn(await openSqlitePair(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the steps before this one are what they were', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, BEFORE);
  database.exec(OLD);
  migrate(database, STORE_MIGRATIONS);
  expect(database.prepare('SELECT COUNT(*) AS n FROM audit WHERE hash IS NULL').get()).toEqual({ n: 3 });
});

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

describe.skipIf(!server)(`postgres${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  test('rows from before the chain become its beginning, and two nodes append to one chain', async () => {
    const url = (await server?.createDatabase()) ?? '';
    const connections = await connectPostgres({ url });
    const database = await openPostgres({ connections, transactions: {}, migrations: BEFORE });
    await connections.pool.query(OLD);
    await database.close();
    await expectTakenIn(await openPostgresPair(url));
    const nodes = await Promise.all([openPostgresPair(url, 'a'), openPostgresPair(url, 'b')]);
    const appends = nodes.flatMap(({ store }, node) => Array.from({ length: 30 }, (_, i) => store.audit([{ at: 10 + i, caller: `node-${node}`, operation: 'x', outcome: 'ok', resource: undefined }])));
    await Promise.all(appends);
    for (const { store } of nodes) expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 64 });
    for (const node of nodes) await node.close();
  });
});
