import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { openPostgresPair, openSqlitePair } from '../support/store-pairs.ts';
import { storeConformance } from './store.ts';

describe('sqlite store + sqlite queue', () => {
  storeConformance(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-store-'));
    const pair = await openSqlitePair(folder);
    return {
      ...pair,
      close: async () => {
        await pair.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  }, { runs: 40 });
});

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

describe.skipIf(!server)(`postgres store + pg-boss queue${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  storeConformance(async () => openPostgresPair((await server?.createDatabase()) ?? ''), { runs: 20 });
});
