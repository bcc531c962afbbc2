import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { printed, SNIPPETS } from './printed.ts';

const SEEDS = join(import.meta.dirname, '../../../shared/seeds');
const HEADER = /(?<file>\d{3}_\w+\.txt):(?<from>\d+)(?:-(?<to>\d+))?, (?:as printed|restored: (?<restored>[a-z ,]+?))(?:, without the heading "(?<heading>.+)")?(?: -->)?$/;

/** What the web export of the fourth document spoiled: straight quotes became curly, two of them a dash of one, and fences lost their ticks. */
const straighten = (text: string): string =>
  text
    .replace("/\\/$/, \u201d)", "/\\/$/, '')")
    .replace(/^\u201c`/gm, '```')
    .replace(/[\u201c\u201d\u201e\u2033]/g, '"')
    .replace(/[\u2018\u2019]/g, "'");
const flatten = (text: string): string => text.replace(/^[ \t]+/gm, '');

describe.each(globSync('*', { cwd: SNIPPETS }).toSorted())('%s', (name) => {
  const header = HEADER.exec(readFileSync(join(SNIPPETS, name), 'utf8').split('\n', 1)[0] ?? '')?.groups ?? {};
  const { file = '', from = '', to = from, restored = '', heading = '' } = header;

  test('says in its first line where it is from', () => {
    expect(file).not.toBe('');
    for (const what of restored.split(', ')) expect(['', 'indentation', 'straight quotes']).toContain(what);
  });

  test.skipIf(!existsSync(SEEDS))('is what the document prints', () => {
    const lines = readFileSync(join(SEEDS, file), 'utf8').split('\n').slice(Number(from) - 1, Number(to)).join('\n');
    expect(lines.endsWith(heading)).toBe(true);
    const whole = lines.slice(0, lines.length - heading.length);
    const original = restored.includes('straight quotes') ? straighten(whole) : whole;
    const copy = printed(name).replace(/\n$/, '');
    if (restored.includes('indentation')) expect(flatten(copy)).toBe(flatten(original));
    else expect(copy).toBe(original);
  });
});
