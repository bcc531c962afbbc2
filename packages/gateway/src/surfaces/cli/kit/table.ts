import { plainLine } from './terminal.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** The one that gives way where the terminal is too narrow. */
  readonly flexible?: true;
}

const GAP = 2;
const NARROWEST = 24;
const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** What a terminal shows two columns wide. */
const WIDE = /\p{Emoji_Presentation}|\ufe0f|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

export const textWidth = (text: string): number => [...segments.segment(text)].reduce((width, { segment }) => width + widthOf(segment), 0);

const widthOf = (segment: string): number => (WIDE.test(segment) ? 2 : /^[\p{Mn}\p{Me}\p{Cf}]+$/u.test(segment) ? 0 : 1);

/** Lines of a table, cut to `width` columns; without a width nothing is cut. */
export const table = (columns: readonly Column[], rows: readonly (readonly string[])[], width: number | undefined): readonly string[] => {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(plainLine))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => textWidth(row[at] ?? ''))));
  const excess = widths.reduce((sum, one) => sum + one + GAP, -GAP) - (width ?? Number.POSITIVE_INFINITY);
  const giving = columns.findIndex(({ flexible }) => flexible);
  const fitted = widths.map((one, at) => (at === giving && excess > 0 ? Math.max(Math.min(one, NARROWEST), one - excess) : one));
  const whole = cells.map((row) => row.map((cell, at) => fill(cell, fitted[at] ?? 0, columns[at]?.align)).join(' '.repeat(GAP)).trimEnd());
  return width === undefined ? whole : whole.map((line) => cut(line, width));
};

const fill = (cell: string, width: number, align: 'right' | undefined): string => {
  const shown = cut(cell, width);
  const blanks = ' '.repeat(Math.max(0, width - textWidth(shown)));
  return align === 'right' ? blanks + shown : shown + blanks;
};

const cut = (text: string, width: number): string => {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of segments.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
};
