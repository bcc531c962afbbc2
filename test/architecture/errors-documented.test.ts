import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_STATUS } from '@openclaw/contract/errors';
import { expect, test } from 'vitest';

test('docs/errors.md has each code with its status and a meaning, and nothing else', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
  const rows = text.split('\n').flatMap((line) => {
    const [, code = '', status, meaning = ''] = /^\| `([^`]+)` \| (\d+) \| (.*) \|$/.exec(line) ?? [];
    return code === '' ? [] : [{ code, status: Number(status), meaning }];
  });
  expect(rows.map(({ code, status }) => [code, status])).toEqual(Object.entries(ERROR_STATUS));
  for (const { code, meaning } of rows) expect(meaning, code).toMatch(/^[A-Z].{10,}\.$/);
  // Every line of the table was read.
  expect(text.split('\n').filter((line) => line.startsWith('| `'))).toHaveLength(rows.length);
});
