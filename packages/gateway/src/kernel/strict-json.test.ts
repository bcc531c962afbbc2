import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson } from './strict-json.ts';

describe('strict JSON', () => {
  test('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.boolean(), (text, spread) => {
        const written = spread ? JSON.stringify(JSON.parse(text), undefined, 2) : text;
        expect(parseStrictJson(written)).toEqual(JSON.parse(written));
      }),
    );
  });

  test('refuses a key that stands twice, wherever it stands', () => {
    const twice = fc.tuple(fc.string(), fc.json(), fc.json()).map(([key, one, two]) => `{${JSON.stringify(key)}:${one},"other":[{}],${JSON.stringify(key)} : ${two}}`);
    fc.assert(
      fc.property(twice, fc.integer({ min: 0, max: 20 }), (text, deep) => {
        expect(() => parseStrictJson(`${'[{"a":'.repeat(deep)}${text}${'}]'.repeat(deep)}`)).toThrow(/twice/);
      }),
    );
  });

  test.each(['{"a":{"a":1},"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"a","b":"a"}', String.raw`{"a":"\"a\":1,\"a\":2"}`, String.raw`{"a\\":1,"a":2}`, '{"":{"":1}}', '{"a":["a","a"],"b":0}'])('takes %s', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test.each([String.raw`{"a":1,"\u0061":2}`, String.raw`{"a\"":1,"a\u0022":2}`, '{"__proto__":1,"__proto__":2}'])('refuses %s', (text) => {
    expect(() => parseStrictJson(text)).toThrow(/twice/);
  });

  test('goes 64 deep and no deeper', () => {
    expect(parseStrictJson('['.repeat(64) + ']'.repeat(64))).toBeInstanceOf(Array);
    expect(() => parseStrictJson('['.repeat(65) + ']'.repeat(65))).toThrow(/nested/);
    expect(() => parseStrictJson('{"a":'.repeat(65))).toThrow(/nested/);
    expect(parseStrictJson(`[${'[],'.repeat(1_000)}"${'['.repeat(100)}"]`)).toHaveLength(1_001);
  });

  test('what is no JSON stays a syntax error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!isJson(text));
        expect(() => parseStrictJson(text)).toThrow();
      }),
    );
    for (const text of ['{"a', String.raw`"\\\"`, '}', '],', '{"a":1]', String.raw`{"\x":1}`]) expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  });
});

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
