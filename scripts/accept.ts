/**
 * The fault suite in its full form: kills, power cuts, full disks, damaged files.
 *
 *   npm run accept                      everything
 *   npm run accept -- kill power-cut    these scenarios
 *   npm run accept -- --red             the red proofs: each check over something broken on purpose, which it must notice
 *   npm run accept -- --quick           as `npm test` runs them
 *   npm run accept -- --help            what there is
 */
import { parseArgs } from 'node:util';
import { SCENARIOS } from '../test/accept/scenarios.ts';
import type { Outcome, Scenario } from '../test/support/fault-outcome.ts';

/** How many of a run's problems are shown. */
const SHOWN = 8;

interface Result {
  readonly verdict: 'ok' | 'FAILED' | 'skipped';
  readonly line: string;
  readonly problems: readonly string[];
}

const HELP = `npm run accept [-- <scenario>… --quick | --red]

  --quick   in their small form, as npm test runs them
  --red     the red proofs: each check over something broken on purpose, which it must notice
  --help    this

Scenarios, all of them where none is named:

${SCENARIOS.map(({ id, title }) => `  ${id.padEnd(20)} ${title}`).join('\n')}
`;

const asked = () => {
  try {
    return parseArgs({ allowPositionals: true, options: { red: { type: 'boolean' }, quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\nnpm run accept -- --help shows what there is\n`);
    process.exit(2);
  }
};

const { values, positionals } = asked();
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const unknown = positionals.filter((id) => !SCENARIOS.some((scenario) => scenario.id === id));
if (unknown.length > 0) {
  process.stderr.write(`No scenario is called ${unknown.join(', ')}; there are ${SCENARIOS.map(({ id }) => id).join(', ')}\n`);
  process.exit(2);
}

// So that what scenarios undo at exit is undone.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const attempt = async (title: string, run: () => Promise<Outcome>, judge: (outcome: Outcome) => Result): Promise<Result> => {
  const startedAt = performance.now();
  let result: Result;
  try {
    const outcome = await run();
    result = outcome.skipped === undefined ? judge(outcome) : { verdict: 'skipped', line: outcome.skipped, problems: [] };
  } catch (thrown) {
    result = { verdict: 'FAILED', line: 'it broke', problems: [thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)] };
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(`${result.verdict.padEnd(6)}  ${title}: ${result.line} (${seconds} s)\n`);
  for (const problem of result.problems.slice(0, SHOWN)) process.stdout.write(`          ${problem}\n`);
  if (result.problems.length > SHOWN) process.stdout.write(`          and ${result.problems.length - SHOWN} more\n`);
  return result;
};

const asPromised = ({ figures, problems }: Outcome): Result => ({ verdict: problems.length === 0 ? 'ok' : 'FAILED', line: figures, problems });

/** A red proof is good when its check found something. */
const asBroken = ({ figures, problems: [first] }: Outcome): Result =>
  first === undefined
    ? { verdict: 'FAILED', line: `nothing was noticed: ${figures}`, problems: [] }
    : { verdict: 'ok', line: `red as it must be: ${first}`, problems: [] };

const runsOf = ({ title, quick, full, red }: Scenario): (() => Promise<Result>)[] =>
  values.red
    ? Object.entries(red).map(([what, run]) => () => attempt(`${title}, ${what}`, run, asBroken))
    : [() => attempt(title, values.quick ? quick : full, asPromised)];

const counts = { ok: 0, FAILED: 0, skipped: 0 };
for (const scenario of SCENARIOS) {
  if (positionals.length > 0 && !positionals.includes(scenario.id)) continue;
  for (const run of runsOf(scenario)) counts[(await run()).verdict]++;
}
process.stdout.write(`\n${counts.ok} passed, ${counts.FAILED} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`);
// A scenario that broke may have left clients that still try.
process.exit(counts.FAILED > 0 ? 1 : 0);
