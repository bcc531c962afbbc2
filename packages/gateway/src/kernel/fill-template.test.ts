import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fillTemplate, pathsIn, valueAt } from './fill-template.ts';

const fill = (template: string, body: unknown, limits = { longestValue: 100, longest: 1_000 }) => fillTemplate(template, ([root, ...path]) => (root === 'body' ? valueAt(body, path) : undefined), limits);

describe('a template', () => {
  test.each([
    ['{{body.a}}', { a: 'x' }, 'x'],
    ['{{ body.a.b }} and {{body.a.c}}!', { a: { b: 1, c: true } }, '1 and true!'],
    ['{{body.list[1].name}} {{body.list.0}}', { list: ['first', { name: 'second' }] }, 'second first'],
    ['{{body}}', { a: [1, null] }, '{"a":[1,null]}'],
    ['{{body.pull-request.head_ref}}', { 'pull-request': { head_ref: 'main' } }, 'main'],
    ['[{{body.missing.deep}}][{{other}}][{{body.none}}]', { none: null }, '[][][]'],
    ['{{}} {{ }} {{body a}} {{body..a}} {{body.a[x]}} {single} }}', { a: 1 }, '{{}}     {single} }}'],
  ])('%s', (template, body, text) => {
    expect(fill(template, body).text).toBe(text);
  });

  test('what was put in is not filled again', () => {
    expect(fill('{{body.a}}', { a: '{{body.secret}}', secret: 'x' }).text).toBe('{{body.secret}}');
  });

  test.each(['__proto__', 'constructor', 'constructor.name', 'toString', '__proto__.polluted', 'hasOwnProperty', 'a.constructor', 'a.length.constructor', 'list.map', 'a.__proto__'])('{{body.%s}} reads no prototype', (path) => {
    const body: unknown = JSON.parse('{"a":"text","list":[],"__proto__":{"polluted":"yes"}}');
    const asked: PropertyKey[] = [];
    const watched = new Proxy(Object.create(null), { get: (_, name) => void asked.push(name) });
    Object.setPrototypeOf(body, watched);
    expect(fill(`{{body.${path}}}`, body).text).toBe('');
    expect(asked).toEqual([]);
  });

  test('tells where what it put in stands', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: fc.constantFrom('a', ' ', '}', 'é') }), fc.string())), (pieces) => {
        const template = pieces.map(([plain], i) => `${plain}{{body[${i}]}}`).join('');
        const { text, parts } = fill(template, pieces.map(([, value]) => value));
        const outside = parts.reduceRight((rest, [from, to]) => rest.slice(0, from) + rest.slice(to), text);
        expect(outside).toBe(pieces.map(([plain]) => plain).join(''));
        expect(parts.map(([from, to]) => text.slice(from, to))).toEqual(pieces.map(([, value]) => value).filter((value) => value !== '').map((value) => value.replaceAll('\0', '\uFFFD')));
      }),
    );
  });

  test('cuts what is too long, one value and all together, and never within a character', () => {
    const { text } = fill('{{body.a}}|{{body.b}}', { a: `${'x'.repeat(95)}😀${'y'.repeat(50)}`, b: 'z' });
    expect(text).toBe(`${'x'.repeat(95)} […]|z`);
    const many = fill('{{body}}'.repeat(50), 'w'.repeat(90), { longestValue: 100, longest: 200 });
    expect(many.text.length).toBeLessThanOrEqual(200);
    expect(many.text.isWellFormed()).toBe(true);
    // Once there is no room, the words of the template itself are still there.
    expect(fill('{{body}}'.repeat(50) + 'end', 'w'.repeat(90), { longestValue: 100, longest: 200 }).text.endsWith('end')).toBe(true);
  });

  test('what no store keeps is replaced', () => {
    expect(fill('{{body.a}}', { a: 'a\0b\ud800c' }).text).toBe('a\uFFFDb\uFFFDc');
  });

  test('its paths are known', () => {
    expect(pathsIn('{{body.a[0]}} {{ path }} {{no path}}')).toEqual([['body', 'a', '0'], ['path'], undefined]);
  });
});
