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
export const duration = (seconds: number): string => {
  const units = [['d', 86_400], ['h', 3600], ['min', 60], ['s', 1]] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return '0 s';
  let left = Math.floor(seconds);
  const parts = units.slice(first, first + 2).map(([name, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count === 0 ? '' : `${count} ${name}`;
  });
  return parts.filter((part) => part !== '').join(' ');
};
