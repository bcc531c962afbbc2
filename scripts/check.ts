/** The whole check: lint, types, floors, dead code, generated files, tests. Ends with the plain count line. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';

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

const readFailedFiles = (report: string): readonly string[] => {
  // As above.
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as { testResults: readonly { name: string; status: string }[] };
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
};

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
const check = async (step: Step): Promise<void> => {
  const started = performance.now();
  const { ok, output } = await run(step, false);
  process.stdout.write(`${ok ? 'ok' : 'FAILED'}  ${step.name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
  if (!ok) process.stdout.write(`${output}\n`);
  counts[ok ? 'passed' : 'failed']++;
};
const left = [...STATIC];
const worker = async (): Promise<void> => {
  for (let step = left.shift(); step; step = left.shift()) await check(step);
};
await Promise.all([worker(), worker()]);

/** Many tests wait more than they work: beside each other they wait at the same time. */
const WORKERS = '--maxWorkers=4';

/** Tests that hold a clock against other processes: they run after the others, and those of several gateways after all, for they are given 15 s by promise. */
const TIMED = ['test/accept', 'test/cluster'];

interface Ran {
  readonly ok: boolean;
  /** Undefined where the runner left no report. */
  readonly counts: Counts | undefined;
  readonly failedFiles: readonly string[];
}

const runVitest = async (name: string, args: readonly string[]): Promise<Ran> => {
  const report = join(scratch, `${name}.json`);
  const { ok } = await run({ name, args: [bin('vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args] }, true);
  try {
    return { ok, counts: readCounts(report), failedFiles: readFailedFiles(report) };
  } catch {
    return { ok, counts: undefined, failedFiles: [] };
  }
};

/** As many files may have failed for want of a quiet machine; more than that is no accident. */
const MOST_UNSTEADY = 2;

/**
 * What failed beside others is run once more, alone: many tests hold a clock, and a machine that is busy with the rest is no fault of the code.
 * A file that passes then is named as unsteady, for somebody to look at.
 */
const runTests = async (name: string, args: readonly string[]): Promise<void> => {
  const first = await runVitest(name, args);
  const { ok, failedFiles } = first;
  const found: Counts = first.counts ?? { passed: 0, failed: 0, skipped: 0 };
  if (!first.counts) process.stdout.write(`FAILED  ${name}: the runner left no report\n`);
  const few = failedFiles.length > 0 && failedFiles.length <= MOST_UNSTEADY;
  if (few && (await runVitest(`${name}-alone`, [...failedFiles, '--no-file-parallelism'])).ok) {
    for (const file of failedFiles) process.stdout.write(`UNSTEADY  ${relative(ROOT, file)}: failed beside others, passed alone\n`);
    found.passed += found.failed;
    found.failed = 0;
  } else if (!ok && found.failed === 0) {
    // A runner that fails without a failed test (an error outside any test) is a failure too.
    found.failed++;
  }
  counts.passed += found.passed;
  counts.failed += found.failed;
  counts.skipped += found.skipped;
};

const asked = process.argv.slice(2);
if (asked.length > 0) {
  await runTests('tests', asked);
} else {
  await runTests('tests', [WORKERS, ...TIMED.flatMap((folder) => ['--exclude', `${folder}/**`])]);
  for (const folder of TIMED) await runTests(basename(folder), [folder, '--maxWorkers=3']);
}
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`);
process.exitCode = counts.failed > 0 ? 1 : 0;
