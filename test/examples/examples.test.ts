/** Every example, run as its README says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accessOf, checkExample, type Example, findExamples, mannerOf, missingFor } from '../../examples/kit/example.ts';

const examples = await findExamples();

for (const example of examples) {
  const missing = await missingFor(example);
  const manner = missing === '' ? await mannerOf(example) : '';
  test.skipIf(missing)(`${example.name}${manner}${missing}`, { timeout: 60_000 }, () => checkExample(example));
}

test('the table has every example, with what its key may do', () => {
  const table = readFileSync(join(import.meta.dirname, '../../examples/README.md'), 'utf8');
  const rows = Object.fromEntries([...table.matchAll(/^\| \[([\w-]+)\]\(\1\/README\.md\) .*\| ([^|]+) \|$/gm)].map(([, name = '', may = '']) => [name, may]));
  expect(rows).toEqual(Object.fromEntries(examples.map((example) => [example.name, grantOf(example)])));
});

const grantOf = (example: Example): string => {
  const { key } = accessOf(example);
  if (key === undefined) return 'a webhook';
  const [, flag, value = ''] = /--(permissions|scope) (\S+)/.exec(key.command) ?? [];
  return flag === 'scope' ? `scope \`${value}\`` : value.split(',').map((permission) => `\`${permission}\``).join(', ');
};
