/**
 * The examples, each checked with a gateway of its own.
 *
 *   npm run examples                  all of them
 *   npm run examples -- standup       this one
 */
import { inspect } from 'node:util';
import { checkExample, findExamples, mannerOf, missingFor } from '../examples/kit/example.ts';

const asked = process.argv.slice(2);
const examples = await findExamples();
const unknown = asked.filter((name) => !examples.some((example) => example.name === name));
if (unknown.length > 0) {
  process.stderr.write(`No example is called ${unknown.join(', ')}; there are ${examples.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

const counts = { ok: 0, FAILED: 0, skipped: 0 };
const tell = (verdict: keyof typeof counts, line: string): void => {
  counts[verdict]++;
  process.stdout.write(`${verdict.padEnd(2)}  ${line}\n`);
};

for (const example of examples) {
  if (asked.length > 0 && !asked.includes(example.name)) continue;
  const missing = await missingFor(example);
  if (missing !== '') {
    tell('skipped', `${example.name}${missing.replace('skipped: ', '')}`);
    continue;
  }
  const startedAt = performance.now();
  const seconds = () => `(${((performance.now() - startedAt) / 1000).toFixed(1)} s)`;
  try {
    await checkExample(example);
    tell('ok', `${example.name}${await mannerOf(example)} ${seconds()}`);
  } catch (thrown) {
    tell('FAILED', `${example.name} ${seconds()}\n${inspect(thrown)}`);
  }
}
process.stdout.write(`\n${counts.ok} passed, ${counts.FAILED} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`);
process.exitCode = counts.FAILED > 0 ? 1 : 0;
