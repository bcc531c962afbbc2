import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextOf, nextPart } from './next-part.ts';

const partsOf = (text: string, longest: number): string[] => {
  const parts: string[] = [];
  for (let from = 0; ; ) {
    const part = nextPart(text, from, longest);
    if (!part) return parts;
    expect(part.to).toBeGreaterThan(from);
    from = part.to;
    parts.push(part.text);
  }
};

test('whatever the text: every part fits, says something, and together they leave out nothing but blanks', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'word', ' ', '\n', '\n\n', '. ', '🦞', '日', '\t'), maxLength: 120 });
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 60 }), (whole, longest) => {
      const parts = partsOf(whole, longest);
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(longest);
        expect(part.trim()).toBe(part);
        expect(part).not.toBe('');
        expect(part.isWellFormed()).toBe(true);
      }
      expect(parts.join('').replaceAll(/\s/g, '')).toBe(whole.replaceAll(/\s/g, ''));
    }),
    { numRuns: 2_000 },
  );
});

test.each<[string, number, readonly string[]]>([
  ['short', 10, ['short']],
  ['  \n ', 10, []],
  ['one two three', 8, ['one two', 'three']],
  ['First. Second. Third.', 16, ['First. Second.', 'Third.']],
  ['para one\n\npara two', 12, ['para one', 'para two']],
  ['a\n\nlong line of words', 12, ['a\n\nlong line', 'of words']],
  ['x'.repeat(25), 10, ['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]],
  ['🦞🦞🦞', 3, ['🦞', '🦞', '🦞']],
])('%j in parts of %i', (text, longest, parts) => {
  expect(partsOf(text, longest)).toEqual(parts);
});

test('another limit from some part on changes nothing that was said before', () => {
  const text = 'one two three four five six';
  const first = nextPart(text, 0, 8);
  expect([first?.text, nextPart(text, first?.to ?? 0, 100)?.text]).toEqual(['one two', 'three four five six']);
});

test.each([['two words', 5], ['word', 9], ['', 9], [' \n', 9], ['a ', 1]])('of %j the files follow, one a part', (text, longest) => {
  const send = { text, files: Array.from({ length: 3 }, (_, i) => ({ name: `${i}`, type: 'a/b', bytes: 1 })) };
  const seen: (string | number)[] = [];
  const places = new Set<number>();
  for (let from = 0; ; ) {
    const part = nextOf(send, from, longest);
    if (!part) break;
    expect(part.to).toBeGreaterThan(from);
    // Where it begins names it, at every try.
    expect(places.has(from)).toBe(false);
    places.add(from);
    seen.push('file' in part ? part.file : part.text);
    from = part.to;
  }
  expect(seen.slice(-3)).toEqual([0, 1, 2]);
  expect(seen.slice(0, -3).join(' ')).toBe(text.trim());
});
