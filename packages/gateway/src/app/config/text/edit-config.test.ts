import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editConfig, parseConfig } from './parse-config.ts';
import { changesTo, isBranch, valueAt, withChange, type Change, type Tree } from './tree.ts';

const JSON_FILE = '/c/openclaw.json';
const YAML_FILE = '/c/openclaw.yml';

const edit = (text: string, change: Change, file = JSON_FILE) => editConfig(text, file, [change]);
const read = async (text: string, file: string) => (await parseConfig(text, file)).tree;

describe('JSON5', () => {
  test.each<[string, Change, string]>([
    ['{\n  // why\n  a: 1, // one\n  b: 2, // two\n}\n', { path: ['a'], value: 3 }, '{\n  // why\n  a: 3, // one\n  b: 2, // two\n}\n'],
    ['{\n  a: 1, // one\n  // end\n}\n', { path: ['b'], value: 'x' }, '{\n  a: 1, // one\n  b: "x",\n  // end\n}\n'],
    ['{\n  a: 1 // one\n}\n', { path: ['b'], value: true }, '{\n  a: 1, // one\n  b: true\n}\n'],
    [`{\r\n\t'a': 'x'\r\n}`, { path: ['b', 'c'], value: "it's" }, `{\r\n\t'a': 'x',\r\n\t'b': {\r\n\t\t'c': 'it\\'s'\r\n\t}\r\n}`],
    ['{"a":{"b":1}}', { path: ['a', 'c'], value: [1, { d: 2 }] }, '{"a":{"b":1, "c": [1, {"d": 2}]}}'],
    ['{}', { path: ['a', 'b'], value: 1 }, '{\n  "a": {\n    "b": 1\n  }\n}'],
    ['{ l: [1, 2] }', { path: ['l', 2], value: 3 }, '{ l: [1, 2, 3] }'],
    [`{ said: 'say "hi"', a: 1 }`, { path: ['a'], value: 2 }, `{ said: 'say "hi"', a: 2 }`],
    ['{\n  a: null\n}', { path: ['a', 'b'], value: 1 }, '{\n  a: {\n    b: 1\n  }\n}'],
    ['// mine\n', { path: ['a'], value: 1 }, '// mine\n{\n  "a": 1\n}\n'],
    ['{\n  a: 1,\n  b: 2,\n  c: 3\n}', { path: ['b'], value: undefined }, '{\n  a: 1,\n  c: 3\n}'],
    ['{\n  "a": 1,\n  "b": 2\n}', { path: ['b'], value: undefined }, '{\n  "a": 1\n}'],
    ['{a: 1, b: 2, c: 3}', { path: ['b'], value: undefined }, '{a: 1, c: 3}'],
    ['{\n  a: 1, // one\n  b: 2 /* two */, // three\n}', { path: ['b'], value: undefined }, '{\n  a: 1, // one\n  /* two */ // three\n}'],
    ['{ l: [1, 2, 3] }', { path: ['l', 0], value: undefined }, '{ l: [2, 3] }'],
  ])('%j with %j', async (text, change, expected) => {
    expect(await edit(text, change)).toBe(expected);
  });
});

describe('YAML', () => {
  test.each<[string, Change, string]>([
    ['# why\ngateway:\n  port: 1 # one\n\n# next\napi: {}\n', { path: ['gateway', 'port'], value: 2 }, '# why\ngateway:\n  port: 2 # one\n\n# next\napi: {}\n'],
    ['gateway:\n    port: 1\n', { path: ['gateway', 'host'], value: '::1' }, 'gateway:\n    port: 1\n    host: ::1\n'],
    ['l:\n- 1\n- 2\n', { path: ['l', 2], value: { a: 1 } }, 'l:\n- 1\n- 2\n- a: 1\n'],
    ['', { path: ['a', 'b'], value: 'true' }, 'a:\n  b: "true"\n'],
    ['a: "x" # keep\nb: 2\n', { path: ['b'], value: undefined }, 'a: "x" # keep\n'],
  ])('%j with %j', async (text, change, expected) => {
    expect(await edit(text, change, YAML_FILE)).toBe(expected);
  });

  test('a value shared by an alias is not changed behind its back', async () => {
    await expect(edit('a: &x\n  b: 1\nc: *x\n', { path: ['c', 'b'], value: 2 }, YAML_FILE)).rejects.toThrow('/c/openclaw.yml');
  });
});

const KEYS = ['a', 'b', 'key with blank', 'x.y', 'port', '1', 'constructor'];
const keyName = fc.constantFrom(...KEYS);
const scalar = fc.oneof(fc.integer({ min: -9, max: 99_999 }), fc.boolean(), fc.constant(null), fc.string(), fc.constantFrom('${TOKEN}', 'say "hi"', "it's", '# no', '- x', ': ', 'true', '0x1', '\n', ' x '));
const { value: anyValue } = fc.letrec<{ value: Tree }>((tie) => ({
  value: fc.oneof({ maxDepth: 2, withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(keyName, tie('value'), { maxKeys: 3, noNullPrototype: true })),
}));
const root = fc.dictionary(keyName, anyValue, { maxKeys: 4, noNullPrototype: true });
const path = fc.array(keyName, { minLength: 1, maxLength: 3 });

/** A way of writing: each place where JSON5 leaves a choice takes the next of these numbers. */
const writeJson5 = (tree: Tree, choices: readonly number[]): { text: string; comments: readonly string[] } => {
  const comments: string[] = [];
  let turn = 0;
  const choose = (count: number): number => (choices[turn++ % choices.length] ?? 0) % count;
  const gap = (): string => {
    const kind = choose(6);
    if (kind < 2) return ['', ' '][kind] ?? '';
    if (kind < 4) return `\n${'  '.repeat(choose(3))}`;
    comments.push(`note-${comments.length}.`);
    return kind === 4 ? ` /* ${comments.at(-1)} */ ` : ` // ${comments.at(-1)}\n  `;
  };
  const write = (value: Tree): string => {
    if (Array.isArray(value)) return list('[', ']', value.map(write));
    if (isBranch(value)) return list('{', '}', Object.entries(value).map(([key, item]) => `${name(key)}${gap()}:${gap()}${write(item)}`));
    return typeof value === 'string' && choose(2) === 0 ? single(value) : JSON.stringify(value);
  };
  const single = (text: string): string => `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  const name = (key: string): string => (/^[a-z]+$/.test(key) && choose(2) === 0 ? key : choose(2) === 0 ? single(key) : JSON.stringify(key));
  const list = (open: string, close: string, parts: readonly string[]): string => {
    const last = parts.length > 0 && choose(2) === 0 ? ',' : '';
    return `${open}${gap()}${parts.map((part) => `${part}${gap()}`).join(`,${gap()}`)}${last}${gap()}${close}`;
  };
  const text = `${gap()}${write(tree)}${gap()}`;
  return { text, comments: comments.filter((comment) => text.includes(comment)) };
};

const style = fc.array(fc.nat(60), { minLength: 5, maxLength: 40 });
const reach = (tree: Tree, keys: readonly string[]): boolean =>
  keys.slice(1).every((_, depth) => {
    const above = valueAt(tree, keys.slice(0, depth + 1));
    return above === undefined || above === null || isBranch(above);
  });
/** Inside what is replaced or removed, comments go with it. */
const outside = async (text: string, keys: readonly string[], comments: readonly string[]): Promise<readonly string[]> => {
  const parts: string[] = [];
  const without = await edit(text, { path: keys, value: undefined });
  for (const comment of comments) if (without.includes(comment)) parts.push(comment);
  return parts;
};

describe('any file, any change', () => {
  test('JSON5: set gives the value and keeps every other key and comment', async () => {
    await fc.assert(
      fc.asyncProperty(root, style, path, anyValue, async (tree, choices, keys, value) => {
        fc.pre(reach(tree, keys));
        const { text, comments } = writeJson5(tree, choices);
        expect(await read(text, JSON_FILE)).toEqual(tree);
        const changed = await edit(text, { path: keys, value });
        expect(await read(changed, JSON_FILE)).toEqual(withChange(tree, { path: keys, value }));
        for (const comment of await outside(text, keys, comments)) expect(changed).toContain(comment);
        if (typeof valueAt(tree, keys) !== 'object') for (const comment of comments) expect(changed).toContain(comment);
      }),
      { numRuns: 600 },
    );
  });

  test('JSON5: unset takes exactly that key away, and undoes a set', async () => {
    await fc.assert(
      fc.asyncProperty(root, style, path, anyValue, async (tree, choices, keys, value) => {
        fc.pre(reach(tree, keys));
        const { text, comments } = writeJson5(tree, choices);
        const removed = await edit(text, { path: keys, value: undefined });
        expect(await read(removed, JSON_FILE)).toEqual(withChange(tree, { path: keys, value: undefined }));
        if (valueAt(tree, keys) === undefined) for (const comment of comments) expect(removed).toContain(comment);
        fc.pre(valueAt(tree, keys) === undefined && keys.length === 1);
        const undone = await edit(await edit(text, { path: keys, value }), { path: keys, value: undefined });
        expect(await read(undone, JSON_FILE)).toEqual(tree);
        for (const comment of comments) expect(undone).toContain(comment);
      }),
      { numRuns: 600 },
    );
  });

  test('YAML: set gives the value and keeps every other key and comment; unset undoes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(keyName, scalar), { maxLength: 4 }), fc.dictionary(keyName, scalar, { maxKeys: 3, noNullPrototype: true }), path, anyValue, async (pairs, inner, keys, value) => {
        const section = Object.fromEntries(pairs);
        const tree: Tree = { section, inner, end: 1 };
        const line = (key: string, item: unknown, note: string): string => `${JSON.stringify(key)}: ${JSON.stringify(item)} # ${note}\n`;
        const text = `# head.\nsection: # of-section.\n${Object.entries(section).map(([key, item], index) => `  # above-${index}.\n  ${line(key, item, `beside-${index}.`)}`).join('') || '  {}\n'}\ninner: ${JSON.stringify(inner)} # of-inner.\n# before-end.\nend: 1\n# tail.\n`;
        expect(await read(text, YAML_FILE)).toEqual(tree);
        const at = ['section', ...keys];
        fc.pre(reach(tree, at));
        const changed = await edit(text, { path: at, value }, YAML_FILE);
        expect(await read(changed, YAML_FILE)).toEqual(withChange(tree, { path: at, value }));
        for (const [comment] of text.matchAll(/# (?:head|above-\d|before-end|tail|of-inner)\./g)) expect(changed).toContain(comment);
        for (const [index, key] of Object.keys(section).entries()) if (key !== keys[0]) expect(changed).toContain(`# beside-${index}.`);
        const removed = await edit(changed, { path: at, value: undefined }, YAML_FILE);
        expect(await read(removed, YAML_FILE)).toEqual(withChange(withChange(tree, { path: at, value }), { path: at, value: undefined }));
      }),
      { numRuns: 400 },
    );
  });

  test('the changes between two values turn one into the other', () => {
    fc.assert(
      fc.property(root, root, (before, after) => {
        expect(changesTo(before, after, []).reduce<Tree>(withChange, before)).toEqual(after);
      }),
    );
  });
});
