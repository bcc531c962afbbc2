import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSecrets, HIDDEN } from './secrets.ts';

test('hides a registered value wherever it stands', () => {
  const secrets = createSecrets();
  secrets.register('correct-horse');
  expect(secrets.mask('a correct-horse b correct-horse')).toBe(`a ${HIDDEN} b ${HIDDEN}`);
});

test('ignores values so short that they would hide ordinary words', () => {
  const secrets = createSecrets();
  secrets.register('message');
  expect(secrets.mask('a message')).toBe('a message');
});

test.each([
  ['GET /ws?token=abc HTTP', `GET /ws?token=${HIDDEN} HTTP`],
  ['{"url":"/ws?x=1&token=abc&y=2"}', `{"url":"/ws?x=1&token=${HIDDEN}&y=2"}`],
  ['authorization: Bearer abcdefghij.kl', `authorization: Bearer ${HIDDEN}`],
  ['bearer AAAAAAAAAA=', `bearer ${HIDDEN}`],
])('hides a credential by its place: %s', (line, hidden) => {
  expect(createSecrets().mask(line)).toBe(hidden);
});

test('a secret that begins with another leaves no tail', () => {
  const secrets = createSecrets();
  secrets.register('abcdefgh');
  secrets.register('abcdefgh-and-more');
  expect(secrets.mask('x abcdefgh-and-more y')).toBe(`x ${HIDDEN} y`);
});

test('hides any value, in plain text, in JSON and in a URL', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8, unit: 'binary' }), (value) => {
      const secrets = createSecrets();
      secrets.register(value);
      expect(secrets.mask(`<${value}>`)).not.toContain(value);
      expect(secrets.mask(JSON.stringify({ value }))).toBe(JSON.stringify({ value: HIDDEN }));
      expect(secrets.mask(`/x/${encodeURIComponent(value.toWellFormed())}`)).toBe(`/x/${HIDDEN}`);
    }),
  );
});

test('gives back the very same text where there is nothing to hide', () => {
  const secrets = createSecrets();
  secrets.register('correct-horse');
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '"') }), (text) => secrets.mask(text) === text));
});
