import { expect, test } from 'vitest';
import { originOf } from './origins.ts';

const LISTED = ['https://good.com', 'http://localhost:5173', 'null'];

test.each([
  [undefined, 'none'],
  ['http://127.0.0.1:18789', 'own'],
  ['https://127.0.0.1:18789', 'own'],
  ['https://good.com', 'listed'],
  ['http://localhost:5173', 'listed'],
  ['null', 'listed'],
  ['', 'foreign'],
  ['https://good.com.evil.com', 'foreign'],
  ['https://GOOD.com', 'foreign'],
  ['http://good.com', 'foreign'],
  ['https://good.com:1', 'foreign'],
  ['https://good.com/', 'foreign'],
  ['https://good.com, https://evil.com', 'foreign'],
  ['http://localhost:18789', 'foreign'],
  ['http://127.0.0.1', 'foreign'],
  ['http://127.0.0.1:18789@evil.com', 'foreign'],
  ['http://127.0.0.1:18789.evil.com', 'foreign'],
  ['http://127.0.0.1:18789/', 'foreign'],
  ['ws://127.0.0.1:18789', 'foreign'],
  ['file://', 'foreign'],
])('a page of %s is %s', (origin, whose) => {
  expect(originOf(origin, '127.0.0.1:18789', LISTED)).toBe(whose);
});
