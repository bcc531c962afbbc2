/** A record in which only its own names are found: asking it for `constructor` gives undefined. */
export const byName = <T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> => {
  const record: Record<string, T> = Object.create(null);
  for (const [name, value] of entries) record[name] = value;
  return record;
};
