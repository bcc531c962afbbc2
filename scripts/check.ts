/** The whole check: lint, types, floors, dead code, generated files, tests. Ends with the plain count line. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const bin = (name: string): string => join(ROOT, 'node_modules', ...name.split('/'));
const scratch = mkdtempSync(join(tmpdir(), 'openclaw-check-'));

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const STATIC: readonly Step[] = [
  { name: 'lint', args: [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'types', args: [bin('typescript-7/bin/tsc'), '-p', 'tsconfig.json'] },
  { name: 'floors', args: [bin('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', 'packages', '--output-type', 'err'] },
  { name: 'dead code', args: [bin('knip/bin/knip.js'), '--no-progress'] },
  { name: 'generated files', args: ['scripts/index-plugins.ts', '--check'] },
  { name: 'published documents', args: ['scripts/write-openapi.ts', '--check'] },
  { name: 'types of clients', args: ['scripts/write-client-types.ts', '--check'] },
];

const run = ({ args }: Step, inherit: boolean): Promise<{ ok: boolean; output: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'], env: { ...process.env, FORCE_COLOR: '0' } });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += String(chunk)));
    child.stderr?.on('data', (chunk) => (output += String(chunk)));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('exit', (code) => resolve({ ok: code === 0, output }));
  });

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const readCounts = (report: string): Counts => {
  // Written by vitest's own JSON reporter.
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0, skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0) };
};

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const step of STATIC) {
  const started = performance.now();
  const { ok, output } = await run(step, false);
  process.stdout.write(`${ok ? 'ok' : 'FAILED'}  ${step.name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  if (!ok) process.stdout.write(`${output}\n`);
  counts[ok ? 'passed' : 'failed']++;
}

/** Tests that hold a clock against other processes: they run after the others, one file at a time, so that nothing but they keeps them busy. */
const TIMED = ['test/accept', 'test/cluster'];

const runTests = async (name: string, args: readonly string[]): Promise<void> => {
  const report = join(scratch, `${name}.json`);
  const { ok } = await run({ name, args: [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args] }, true);
  const before = counts.failed;
  try {
    const { passed, failed, skipped } = readCounts(report);
    counts.passed += passed;
    counts.failed += failed;
    counts.skipped += skipped;
  } catch {
    process.stdout.write(`FAILED  ${name}: the runner left no report\n`);
  }
  // A runner that fails without a failed test (an error outside any test) is a failure too.
  if (!ok && counts.failed === before) counts.failed++;
};

const asked = process.argv.slice(2);
if (asked.length > 0) {
  await runTests('tests', asked);
} else {
  await runTests('tests', TIMED.flatMap((folder) => ['--exclude', `${folder}/**`]));
  await runTests('timed-tests', [...TIMED, '--no-file-parallelism']);
}
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;
