/** How long a row of sums is. Every time zone's midnight is on a quarter of an hour; months and years are UTC's and keep long ranges short. */
export type Span = 'quarter' | 'month' | 'year';

/** Rows of one length to add, or to take away. */
export interface Piece {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
  readonly sign: 1 | -1;
}

const QUARTER = 900_000;

export const startOf = (span: Span, at: number): number => {
  if (span === 'quarter') return at - (at % QUARTER);
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), span === 'month' ? date.getUTCMonth() : 0, 1);
};

const endOf = (span: 'month' | 'year', at: number): number => {
  const date = new Date(at);
  return span === 'month' ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) : Date.UTC(date.getUTCFullYear() + 1, 0, 1);
};

/** The boundary that lies nearest. */
const nearest = (span: 'month' | 'year', at: number): number => {
  const [before, after] = [startOf(span, at), endOf(span, at)];
  return at - before <= after - at ? before : after;
};

/**
 * The few rows that make up a range: the long spans between the boundaries nearest to its ends, and what lies between those and the ends, which
 * is added where it is in the range and taken away where it is not.
 */
export const piecesOf = (from: number, to: number, spans: readonly Span[]): readonly Piece[] => {
  if (from >= to) return [];
  const [longest = 'quarter', ...shorter] = spans;
  if (longest === 'quarter') return [{ span: longest, from, to, sign: 1 }];
  const [begin, end] = [nearest(longest, from), nearest(longest, to)];
  if (begin >= end) return piecesOf(from, to, shorter);
  return [
    { span: longest, from: begin, to: end, sign: 1 },
    ...signed(from, begin, shorter),
    ...signed(end, to, shorter),
  ];
};

/** From one moment to another, backwards too. */
const signed = (from: number, to: number, spans: readonly Span[]): readonly Piece[] =>
  from <= to ? piecesOf(from, to, spans) : piecesOf(to, from, spans).map((piece) => ({ ...piece, sign: piece.sign === 1 ? -1 : 1 }));
