import { afterAll, describe } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { rewindable } from '../support/rewindable.ts';
import { openPostgresPair } from '../support/store-pairs.ts';
import { storeConformance } from './store.ts';

const { server, reason } = await startPostgres();
// Migrated once: that is what most of a test's time would go to.
const url = (await server?.createDatabase()) ?? '';
if (server) await (await openPostgresPair(url)).close();
const database = server && (await rewindable(url));
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

describe.skipIf(!server)(`postgres store + pg-boss queue${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  storeConformance(async () => {
    await database?.rewind();
    return openPostgresPair(url);
  }, { runs: 20 });
});
