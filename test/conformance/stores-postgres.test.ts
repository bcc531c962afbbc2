import { afterAll, describe } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { openPostgresPair } from '../support/store-pairs.ts';
import { storeConformance } from './store.ts';

const { server, reason } = await startPostgres();
// Migrated once, and copied: that is what most of a test's time would go to.
const migrated = server && (await server.createDatabase());
if (migrated !== undefined) await (await openPostgresPair(migrated)).close();
afterAll(async () => server?.[Symbol.asyncDispose]());

describe.skipIf(!server)(`postgres store + pg-boss queue${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  storeConformance(async () => openPostgresPair((await server?.createDatabase(migrated)) ?? ''), { runs: 20 });
});
