import fc from 'fast-check';
import { expect, test } from 'vitest';
import { table, textWidth } from './table.ts';
import { plain, plainLine, toJson } from './terminal.ts';

test.each<[string, number]>([['', 0], ['abc', 3], ['日本', 4], ['e\u0301', 1], ['👍🏽', 2], ['🇩🇪', 2], ['❤️', 2], ['ｆｕｌｌ', 8], ['한글', 4]])('%j is %i columns wide', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

test('no line is wider than the terminal, and columns stand below their titles', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }), fc.integer({ min: 1, max: 80 }), (rows, width) => {
      const lines = table([{ title: 'A', flexible: true }, { title: 'B', align: 'right' }, { title: 'C' }], rows, width);
      expect(lines).toHaveLength(rows.length + 1);
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(width);
    }),
  );
  expect(table([{ title: 'NAME', flexible: true }, { title: 'N', align: 'right' }], [['日本', '1'], ['abc', '100']], undefined)).toEqual(['NAME    N', '日本    1', 'abc   100']);
  expect(table([{ title: 'NAME', flexible: true }, { title: 'N' }], [['a'.repeat(60), 'seen']], 40)).toEqual([`NAME${' '.repeat(32)}N`, `${'a'.repeat(33)}…  seen`]);
});

test('what others wrote cannot speak to the terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plain(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      expect(plainLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(toJson(text).trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(JSON.parse(toJson(text))).toBe(text);
    }),
  );
});
