import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { REQUIREMENTS, SOURCES } from './manifest.ts';

const ROOT = join(import.meta.dirname, '../..');
const BESIDE = [join(ROOT, '../shared/seeds'), join(ROOT, '../shared/spec')];

/** Every id that a test cites. */
const cited = new Set(
  globSync('test/**/*.test.ts', { cwd: ROOT }).flatMap((file) => [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bverifies\('([^']+)'/g)].map(([, id]) => id)),
);

const rows = Object.entries(REQUIREMENTS).map(([id, { seed }]) => {
  const [file = '', line] = seed.split(':');
  return { id, file, line: Number(line) };
});

test.each(rows)('$id has a test', ({ id }) => {
  expect(cited).toContain(id);
});

test.each(rows)('$id cites a line that its document has', ({ file, line }) => {
  expect(Object.keys(SOURCES)).toContain(file);
  expect(line).toBeGreaterThan(0);
  expect(line).toBeLessThanOrEqual(Object.entries(SOURCES).find(([name]) => name === file)?.[1] ?? 0);
});

test('no line is cited twice for the same promise', () => {
  const places = Object.values(REQUIREMENTS).map(({ seed, says }) => `${seed} ${says}`);
  expect(new Set(places).size).toBe(places.length);
});

const beside = Object.entries(SOURCES).flatMap(([name, lines]) => {
  const path = BESIDE.map((folder) => join(folder, name)).find((one) => existsSync(one));
  return path === undefined ? [] : [{ name, lines, path }];
});

test.skipIf(beside.length === 0)('the documents are as long as they are said to be, and what is cited is no empty line', () => {
  for (const { name, lines, path } of beside) {
    const text = readFileSync(path, 'utf8').split('\n');
    expect([name, text.length - (text.at(-1) === '' ? 1 : 0)]).toEqual([name, lines]);
    for (const row of rows) if (row.file === name) expect(text[row.line - 1]?.trim(), row.id).not.toBe('');
  }
});
