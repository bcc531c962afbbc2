/**
 * Text as every engine can keep it: Postgres refuses NUL, and neither engine has a place for half a surrogate pair. The door refuses NUL in
 * what callers send; this is for what tools and models produce, which must never cost a turn its life.
 */
export const storable = <Value extends string | number | null>(value: Value): Value | string => {
  if (typeof value !== 'string') return value;
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
};
