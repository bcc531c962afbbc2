export type KeyPath = readonly (string | number)[];

const SEGMENT = /\.?(?:\[(\d{1,6})\]|\[("(?:[^"\\]|\\.)*"|'[^']*')\]|("(?:[^"\\]|\\.)*"|'[^']*')|([^.[\]"']+))/y;
const PLAIN = /^[A-Za-z_$][\w$-]*$/;

/** Reads `a.b[0]."x.y"` as a path; undefined where it is not one. */
export const parseKeyPath = (text: string): KeyPath | undefined => {
  const path: (string | number)[] = [];
  SEGMENT.lastIndex = 0;
  let at = 0;
  while (at < text.length) {
    const [whole, index, bracketed, quoted, plain] = SEGMENT.exec(text) ?? [];
    if (whole === undefined || !(whole.startsWith('[') || whole.startsWith('.') === at > 0)) return undefined;
    const key = index === undefined ? (plain ?? unquote(bracketed ?? quoted ?? '')) : Number(index);
    if (key === undefined) return undefined;
    path.push(key);
    at = SEGMENT.lastIndex;
  }
  return path.length === 0 || path.includes('__proto__') ? undefined : path;
};

export const formatKeyPath = (path: readonly PropertyKey[]): string => path.reduce<string>((text, key) => text + formatKey(key, text === ''), '');

const formatKey = (key: PropertyKey, first: boolean): string => {
  if (typeof key === 'number') return `[${key}]`;
  const written = PLAIN.test(String(key)) ? String(key) : JSON.stringify(String(key));
  return first ? written : `.${written}`;
};

const unquote = (quoted: string): string | undefined => {
  if (quoted.startsWith("'")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return undefined;
  }
};
