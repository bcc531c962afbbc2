import { afterAll, expect, test } from 'vitest';
import { verifyChain } from '../../packages/gateway/src/engine/audit/index.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { olderPostgres, olderSqlite } from '../support/older-store.ts';
import { startPostgres } from '../support/postgres.ts';

const LEFT = {
  before: '0007-audit',
  rows: [`INSERT INTO audit (at, caller, operation, outcome, resource) VALUES (1, 'key_a', 'sessions.delete', 'ok', NULL), (2, 'key_b', 'messages.send', 'forbidden', 'x'), (3, 'key_a', 'messages.send', 'ok', NULL)`],
};

/** Rows of a version that knew no chain are its beginning: changing one of them is noticed from the first append on. */
const expectTakenIn = async (store: Store): Promise<void> => {
  expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 0 });
  await store.audit([{ at: 4, caller: 'key_c', operation: 'workspaces.create', outcome: 'ok', resource: 'workspace=x' }]);
  expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 4 });
  expect((await store.auditRows(0, 9)).map(({ seq, caller }) => [seq, caller])).toEqual([[1, 'key_a'], [2, 'key_b'], [3, 'key_a'], [4, 'key_c']]);
  const forged = { auditEnds: store.auditEnds, auditRows: async (after: number, limit: number) => (await store.auditRows(after, limit)).map((row) => (row.seq === 2 ? { ...row, outcome: 'ok' } : row)) };
  expect(await verifyChain(forged, undefined)).toMatchObject({ ok: false, broken: { seq: 2 } });
};

test('rows of an embedded database from before the chain become its beginning', async () => {
  await using older = await olderSqlite(LEFT);
  await expectTakenIn((await older.open()).store);
});

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

test.skipIf(!server)(`those of a Postgres database do, and two nodes append to one chain${reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => {
  await using older = await olderPostgres(server, LEFT);
  await expectTakenIn((await older.open()).store);
  const stores = [(await older.open('a')).store, (await older.open('b')).store];
  const appends = stores.flatMap((store, node) => Array.from({ length: 30 }, (_, i) => store.audit([{ at: 10 + i, caller: `node-${node}`, operation: 'x', outcome: 'ok', resource: undefined }])));
  await Promise.all(appends);
  for (const store of stores) expect(await verifyChain(store, undefined)).toMatchObject({ ok: true, rows: 64 });
});
