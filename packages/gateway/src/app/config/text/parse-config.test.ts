import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse-config.ts';

const read = async (text: string, file = '/c/openclaw.json') => (await parseConfig(text, file)).tree;

describe('JSON5', () => {
  test.each([
    [`{ a: 'say "hi"', }`, { a: 'say "hi"' }],
    [String.raw`{ a: "\x41\v\0é\q\'" }`, { a: "A\v\0éq'" }],
    ["{ a: 'one\\\ntwo' }", { a: 'onetwo' }],
    ['{ a: +1, b: .5, c: 5., d: 0xFF, e: -1e3 }', { a: 1, b: 0.5, c: 5, d: 255, e: -1000 }],
    ['{ null: 1, class: 2, $x: 3, "a.b": 4 }', { null: 1, class: 2, $x: 3, 'a.b': 4 }],
    ['\uFEFF// first\n{ /* in */ a: [1, 2,], } // last', { a: [1, 2] }],
    ['', {}],
    ['// nothing but words', {}],
  ])('reads %j', async (text, tree) => {
    expect(await read(text)).toEqual(tree);
  });

  test.each([
    ['{}x', '/c/openclaw.json:1:3: "x"'],
    ['{\n  "😀": 1 x\n}', ':2:10: expected "," or "}", got "x"'],
    ['{ a: 1, a: 2 }', ':1:9: the key "a" stands here a second time'],
    ['{ a: \u201cx\u201d }', ':1:6: typographic quotes'],
    ['{ a: "no end }', ':1:6: text that begins here has no closing quote'],
    ['{ /* no end }', ':1:3: a comment that begins here has no end'],
    ['{ a: 1', 'expected "," or "}", got the end of the file'],
    ['{ a: NaN }', ':1:6: "NaN" is not a number'],
    ['{ a: . }', ':1:6'],
    [String.raw`{ a: "\u12" }`, ':1:6'],
    ['[1]', 'must hold one object'],
    ['"text"', 'must hold one object'],
    ['{ "__proto__": { "x": 1 } }', ':1:3: the key "__proto__" is not allowed'],
    [String.raw`{ "__pr\u006fto__": 1 }`, 'the key "__proto__" is not allowed'],
    ['['.repeat(200_000), 'nested more than 100 deep'],
    ['\0\0\0', 'not expected'],
  ])('refuses %j with the place', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

const BOMB = ['a: &a [x,x,x,x,x,x,x,x,x]', ...[...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)].join('\n');

describe('YAML', () => {
  test.each([
    ['# nothing', {}],
    ['', {}],
    ['\uFEFFgateway:\n  port: 3000 # mine\n', { gateway: { port: 3000 } }],
    ['a: &x {b: 1}\nc: *x\n', { a: { b: 1 }, c: { b: 1 } }],
    ['on: yes\n', { on: 'yes' }],
  ])('reads %j', async (text, tree) => {
    expect(await read(text, '/c/openclaw.yml')).toEqual(tree);
  });

  test.each([
    ['gateway:\n  token: \u201cyour-secret-gateway-token-here\u201d\n  port: 3000\n', '/c/openclaw.yml:2:10: typographic quotes (\u201c \u201d) do not enclose text here; use straight quotes (")'],
    ['a: 1\na: 2', ':2:1'],
    ['a: !foo 1', ':1:4'],
    ['a: !!js/function "f"', ':1:4'],
    ['a: 1\n__proto__:\n  x: 1', ':2:1: the key "__proto__" is not allowed'],
    ['a: 1\n---\nb: 2', 'a second document'],
    ['a:\n\tb: 1', ':2:1'],
    ['- 1', 'must hold one object'],
    ['? {a: b}\n: c', 'openclaw.yml:1'],
    [BOMB, 'alias'],
    ['['.repeat(50_000), 'nested too deeply'],
  ])('refuses %j with the place', async (text, message) => {
    await expect(read(text, '/c/openclaw.yml')).rejects.toThrow(message);
  });

  test('a quoted typographic quote is text like any other', async () => {
    expect(await read('a: "\u201cx\u201d"', '/c/openclaw.yaml')).toEqual({ a: '\u201cx\u201d' });
  });
});

test.each([
  ['/c/openclaw.json', '{\n  gateway: {\n    port: 1 },\n  "l": [1,\n 2] }'],
  ['/c/openclaw.yml', 'gateway:\n  host: x\n  port: 1\nl:\n  - 1\n  - 2\n'],
])('knows where a key of %s stands', async (file, text) => {
  const { locate } = await parseConfig(text, file);
  expect(locate(['gateway', 'port'])?.line).toBe(3);
  expect(locate(['l', 1])?.line).toBeGreaterThan(4);
  expect(locate(['nowhere'])).toBeUndefined();
});

test('no text changes what other objects are', async () => {
  await read('{ "constructor": { "prototype": { "polluted": 1 } } }');
  await read('constructor:\n  prototype:\n    polluted: 1', '/c/a.yml');
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});
