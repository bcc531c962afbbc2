import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandVariables } from './expand-variables.ts';
import type { Tree } from './text/tree.ts';

test('puts values in, everywhere in a text and in lists', () => {
  const { tree, unset } = expandVariables({ a: 'x ${A} y ${B_2}', l: ['${A}', 1, null] }, { A: '1', B_2: '' });
  expect(tree).toEqual({ a: 'x 1 y ', l: ['1', 1, null] });
  expect(unset).toEqual([]);
});

test('two dollars make a literal, and only upper case names count', () => {
  expect(expandVariables({ a: '$${A} ${a} $A ${1A} ${}' }, { A: '1', a: '2' }).tree).toEqual({ a: '${A} ${a} $A ${1A} ${}' });
});

test('what a variable holds is not expanded again', () => {
  expect(expandVariables({ a: '${A}' }, { A: '${B}', B: '${A}' }).tree).toEqual({ a: '${B}' });
});

test('names the variable that is not set and its place', () => {
  expect(expandVariables({ a: { b: ['${NOT_SET}'] } }, {}).unset).toEqual([{ variable: 'NOT_SET', path: ['a', 'b', 0] }]);
  expect(expandVariables({ a: '${HOME}' }, Object.create({ HOME: 'inherited' })).unset).toHaveLength(1);
});

test('a section that is switched off may lack its variables', () => {
  const tree = { channels: { slack: { enabled: false, token: '${SLACK}', deep: { more: '${MORE}' } }, other: { enabled: true, token: '${OTHER}' } } };
  expect(expandVariables(tree, {}).unset.map(({ variable }) => variable)).toEqual(['OTHER']);
});

test('the tree it is given stays as it is', () => {
  const text = fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', 'b', ' ') });
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, text, fc.integer(), fc.constant(null), fc.array(tie('tree')), fc.dictionary(text, tie('tree'), { noNullPrototype: true })),
  }));
  fc.assert(
    fc.property(tree, (given) => {
      const before = JSON.stringify(given);
      expandVariables(given, { A: 'secret' });
      expect(JSON.stringify(given)).toBe(before);
    }),
  );
});
