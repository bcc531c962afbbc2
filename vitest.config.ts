import { defineConfig } from 'vitest/config';
import { LongestFirst, someFilesEach } from './test/support/runner.ts';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    // A process for each few files: V8 loses track of its own pages, now and then, in one that has begun and ended very many threads, as tests do, and
    // ends it (`Check failed: jit_page.has_value()`, nodejs/node#64500).
    pool: someFilesEach,
    isolate: false,
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
  },
});
