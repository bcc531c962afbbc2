import { sayDuration } from '../../../kernel/duration.ts';
import { paint } from './paint.ts';

export type Fact = readonly [name: string, value: string | number | undefined];

/** Names and values in two columns; what is not known is left out. */
export const facts = (rows: readonly Fact[]): string => {
  const known = rows.filter(([, value]) => value !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${paint('grey', name.padEnd(width))}  ${value}\n`).join('');
};

export const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** Seconds as a person says them: the two largest units. */
export const duration = (seconds: number): string => (seconds < 1 ? '0 s' : sayDuration(Math.floor(seconds) * 1_000));
