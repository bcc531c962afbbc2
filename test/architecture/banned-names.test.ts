import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BANNED = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'manager', 'service', 'services', 'types', 'shared'];
/** Names that others look for. */
const GIVEN = /^(README|ARCHITECTURE|CONTRIBUTING|AGENTS|CLAUDE|LICENSE|RESULTS|Dockerfile)(\.md)?$/;
const KEBAB = /^_{0,2}\.?[a-z0-9]+(-[a-z0-9]+)*_{0,2}$/;

const words = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '')
  .flatMap((file) => file.split('/').map((word) => ({ word, file })));

test('no file and no folder has a name that says nothing', () => {
  const vague = words.filter(({ word }) => BANNED.includes(word.split('.')[0] ?? ''));
  expect(vague.map(({ file }) => file)).toEqual([]);
});

test('files and folders are kebab-case', () => {
  const odd = words.filter(({ word }) => !GIVEN.test(word) && !word.split('.').every((part, i) => (i === 0 && part === '') || KEBAB.test(part)));
  expect(odd.map(({ file }) => file)).toEqual([]);
});
