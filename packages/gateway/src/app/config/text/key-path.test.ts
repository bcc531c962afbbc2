import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatKeyPath, parseKeyPath } from './key-path.ts';

test.each([
  ['a', ['a']],
  ['a.b-c.d_e', ['a', 'b-c', 'd_e']],
  ['a.b[0].c', ['a', 'b', 0, 'c']],
  ['a.0.b', ['a', '0', 'b']],
  ['models.aliases."gpt-4.1"', ['models', 'aliases', 'gpt-4.1']],
  [`a['x.y'].z`, ['a', 'x.y', 'z']],
  ['channels.http-api.max_connections', ['channels', 'http-api', 'max_connections']],
])('reads %s', (text, path) => {
  expect(parseKeyPath(text)).toEqual(path);
});

test.each(['', '.', 'a.', '.a', 'a..b', 'a[', 'a[x]', 'a"b"', 'a."b', '__proto__', 'a.__proto__.b'])('%j is no path', (text) => {
  expect(parseKeyPath(text)).toBeUndefined();
});

test('what is written can be read', () => {
  const key = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a.b', 'a[0]', '.[', '"', "'", '\\', '\n'), fc.nat(999_999)).filter((one) => one !== '__proto__');
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), (path) => {
      expect(parseKeyPath(formatKeyPath(path))).toEqual(path);
    }),
  );
});
