import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    // Processes, and without V8's protection keys: with many threads, and on processors that have such keys, V8 loses track of its own
    // pages and ends the process (`Check failed: jit_page.has_value()`, nodejs/node#64500).
    pool: 'forks',
    execArgv: ['--no-memory-protection-keys'],
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    unstubEnvs: true,
  },
});
