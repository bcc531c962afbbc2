import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { openSqlitePair } from '../support/store-pairs.ts';
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
