import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readManifest, type SkillManifest } from './skill-manifest.ts';

const read = async (text: string): Promise<SkillManifest> => {
  const found = await readManifest(text);
  return typeof found === 'string' ? expect.fail(found) : found;
};
const skill = (lines: string, body = 'Body.\n'): string => `---\nname: x\ndescription: d\n${lines}\n---\n${body}`;

describe('SKILL.md', () => {
  test.each<[string, string, Partial<SkillManifest>]>([
    ['as simple as it can be', '---\nname: git-helper\ndescription: Helps with git.\n---\n# Use\n', { name: 'git-helper', description: 'Helps with git.', body: '# Use\n', userInvocable: true, modelInvocable: true }],
    ['with Windows line ends and a mark at its beginning', '\uFEFF---\r\nname: x\r\ndescription: d\r\n---\r\nBody.\r\n', { name: 'x', body: 'Body.\n' }],
    ['without a body', '---\nname: x\ndescription: d\n---', { body: '' }],
    ['with a folded description', '---\nname: x\ndescription: >\n  one\n  two\n---\n', { description: 'one two' }],
    ['with a quoted description', '---\nname: x\ndescription: "a: b # c"\n---\n', { description: 'a: b # c' }],
    ['with a colon that YAML does not take', '---\nname: x\ndescription: Use when: asked\n---\n', { description: 'Use when: asked' }],
    ['with a bracket that YAML does not take', '---\nname: x\ndescription: [WIP] helps\nhomepage: https://example.com\n---\n', { description: '[WIP] helps', homepage: 'https://example.com' }],
    ['by lines, with quotes and switches', "---\nname: 'x'\ndescription: Use when: \"asked\"\nuser-invocable: false\ndisable-model-invocation: true\n---\n", { name: 'x', description: 'Use when: "asked"', userInvocable: false, modelInvocable: false }],
    ['by lines, with metadata on one of them', '---\nname: x\ndescription: Use when: asked\nmetadata: {"openclaw": {"requires": {"bins": ["jq"]}}}\n---\n', { needs: expect.objectContaining({ bins: ['jq'] }) }],
    ['with every field', skill('version: 1.2.3\nhomepage: https://example.com\nlicense: MIT\nuser-invocable: false\ndisable-model-invocation: true\ncommand-dispatch: tool\ncommand-tool: exec\ncommand-arg-mode: raw\nallowed-tools: Bash'), { version: '1.2.3', homepage: 'https://example.com', license: 'MIT', userInvocable: false, modelInvocable: false }],
    ['with a version that is a number', skill('version: 1.5'), { version: '1.5' }],
    ['with a version among its metadata', skill('metadata:\n  version: "2.0"'), { version: '2.0' }],
    ['with fields of the wrong kind', skill('version: [1]\nhomepage: {}\nlicense: 7\nuser-invocable: "no"\ndisable-model-invocation: 1\nmetadata: 3'), { version: undefined, homepage: undefined, license: undefined, userInvocable: true, modelInvocable: true, needs: expect.objectContaining({ unclear: false, bins: [] }) }],
    ['with a homepage among its metadata', skill('metadata: {openclaw: {emoji: "x", homepage: "https://example.com"}}'), { homepage: 'https://example.com' }],
    ['with three dashes in its body', skill('', 'a\n---\nb\n'), { body: 'a\n---\nb\n' }],
    ['with dashes in a value', '---\nname: x\ndescription: a --- b\n---\nBody.\n', { description: 'a --- b' }],
    ['with metadata over several lines', skill('metadata:\n  {\n    "openclaw": { "requires": { "bins": ["jq", ], "env": ["A_KEY"] }, "os": ["linux"], },\n  }'), { needs: { always: false, os: ['linux'], bins: ['jq'], anyBins: [], env: ['A_KEY'], config: false, unclear: false } }],
  ])('%s', async (_, text, expected) => {
    expect(await read(text)).toMatchObject(expected);
  });

  test.each<[string, string, RegExp]>([
    ['empty', '', /does not begin with frontmatter/],
    ['only text', '# Skill\n', /does not begin with frontmatter/],
    ['a blank line first', '\n---\nname: x\ndescription: d\n---\n', /does not begin with frontmatter/],
    ['no end', '---\nname: x\ndescription: d\n', /has no end/],
    ['an end too far away', `---\nname: x\ndescription: d\nmore: ${'x'.repeat(20_000)}\n---\n`, /has no end/],
    ['no fields', '---\n---\n', /needs a name/],
    ['a list', '---\n- name: x\n---\n', /needs a name/],
    ['no name', '---\ndescription: d\n---\n', /needs a name/],
    ['no description', '---\nname: x\n---\n', /needs a description/],
    ['an empty description', '---\nname: x\ndescription: "  "\n---\n', /needs a description/],
    ['a description without end', `---\nname: x\ndescription: ${'d'.repeat(1_025)}\n---\n`, /needs a description/],
    ...['X', 'a b', '../x', 'a/b', '-a', 'a-', 'a--b', 'a.b', 'a_b', '.git', 'ä', 'a'.repeat(65), '1.0', 'true', '[a]', '{a: b}', 'null', '__proto__'].map((name): [string, string, RegExp] => [`the name ${name}`, `---\nname: ${name}\ndescription: d\n---\n`, /needs a name/]),
  ])('%s', async (_, text, problem) => {
    expect(await readManifest(text)).toMatch(problem);
  });

  test('a name that every object inherits is a name like others', async () => {
    expect((await read('---\nname: constructor\ndescription: d\n---\n')).name).toBe('constructor');
    expect(await readManifest('---\n__proto__: {name: x, description: d}\n---\n')).toMatch(/needs a name/);
  });

  test.each([
    'bins: ["rm -rf"]', 'bins: ["$(id)"]', 'bins: ["../../bin/sh"]', 'bins: ["/bin/sh"]', 'bins: [-rf]', 'bins: ["a\\nb"]', 'bins: jq', 'bins: [7]', 'env: ["A=B"]', 'env: ["A B"]', 'env: {A: B}', 'anyBins: [[]]',
    `bins: [${'a, '.repeat(60)}a]`, 'config: 7',
  ])('does not know what is meant by %s, and says so', async (line) => {
    const { needs } = await read(skill(`metadata:\n  openclaw:\n    requires:\n      ${line}`));
    expect(needs).toMatchObject({ unclear: true, bins: [], env: [], anyBins: [] });
  });

  test('aliases, tags, merges, twice the same key and nesting without end are not YAML here', async () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.split('').map((key, i) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`).join(',')}]`).join('\n')}`;
    const before = process.threadCpuUsage();
    for (const lines of [bomb, 'a: &x 1\nb: *x', '<<: {version: 9}', 'a: !!js/function "x"', 'version: 1\nversion: 2', `a: ${'['.repeat(15_000)}`, `a: ${'{a: '.repeat(3_500)}`, '? {a: b}\n: c', '%YAML 9.9']) {
      // Read by lines instead: what stands on a line of its own still counts.
      expect(await read(skill(lines)), lines.slice(0, 40)).toMatchObject({ name: 'x', description: 'd' });
    }
    expect(process.threadCpuUsage(before).user / 1_000).toBeLessThan(2_000);
  });
});

describe('whatever stands there', () => {
  const yamlish = fc.array(fc.constantFrom('name', 'description', 'metadata', ': ', '\n', '  ', '- ', '"', "'", '{', '}', '[', ']', '&a', '*a', '|', '>', '#', '---', '!!', '\t', ',', 'x', '\u0000', '\u2028', '🙂'), { maxLength: 200 }).map((parts) => parts.join(''));

  test('it is a manifest that keeps its promises, or a sentence', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(yamlish, fc.string({ unit: 'binary', maxLength: 500 })), fc.boolean(), async (text, framed) => {
        const found = await readManifest(framed ? `---\nname: x\ndescription: d\n${text}\n---\n` : text);
        if (typeof found === 'string') {
          expect(found).toMatch(/^(?:SKILL\.md|the frontmatter)/);
          return;
        }
        expect(found.name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
        expect(found.description.length).toBeGreaterThan(0);
        expect(found.description.length).toBeLessThanOrEqual(1_024);
        for (const program of [...found.needs.bins, ...found.needs.anyBins]) expect(program).toMatch(/^\w[\w.+-]*$/);
      }),
      { numRuns: 1_500 },
    );
  });

  test('what is written as YAML is read as it was written', async () => {
    const line = fc.string({ unit: fc.constantFrom(...'abc XYZ019:#-[]{}"\'|>&*!%@`,.äß🙂'), minLength: 1, maxLength: 80 }).filter((text) => text.trim() !== '');
    await fc.assert(
      fc.asyncProperty(line, line, async (description, license) => {
        const found = await read(`---\nname: x\ndescription: ${JSON.stringify(description)}\nlicense: ${JSON.stringify(license)}\n---\n`);
        expect(found).toMatchObject({ description: description.trim(), license: license.trim() });
      }),
    );
  });
});
