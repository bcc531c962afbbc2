const DEEPEST = 64;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** JSON that two readers may read as two things; the message goes on from "The body …". */
export class AmbiguousJson extends Error {
  override readonly name = 'AmbiguousJson';
}

/** Reads JSON, and refuses what two readers may read as two things: a key twice in one object, nesting past all use. */
export const parseStrictJson = (text: string): unknown => {
  refuseAmbiguous(text);
  return JSON.parse(text);
};

/** One pass over the text; what is no JSON at all is left to `JSON.parse`. */
const refuseAmbiguous = (text: string): void => {
  // The keys seen in each open object; undefined stands for an open list.
  const open: (Set<string> | undefined)[] = [];
  let keys: Set<string> | undefined;
  let beforeKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) {
      const end = endOfString(text, at);
      if (beforeKey && keys) remember(keys, text.slice(at + 1, end));
      beforeKey = false;
      at = end;
    } else if (character === OPEN_OBJECT || character === OPEN_LIST) {
      if (open.length === DEEPEST) throw refused(`is nested more than ${DEEPEST} deep`);
      keys = character === OPEN_OBJECT ? new Set() : undefined;
      beforeKey = keys !== undefined;
      open.push(keys);
    } else if (character === CLOSE_OBJECT || character === CLOSE_LIST) {
      open.pop();
      keys = open.at(-1);
      beforeKey = false;
    } else if (character === COMMA) {
      beforeKey = keys !== undefined;
    }
  }
};

const remember = (keys: Set<string>, written: string): void => {
  // `"\u0061"` and `"a"` are one key.
  const key = written.includes('\\') ? String(JSON.parse(`"${written}"`)) : written;
  if (keys.has(key)) throw refused(`has the key ${JSON.stringify(key.slice(0, 80))} twice in one object`);
  keys.add(key);
};

/** Where the quote stands that ends the string beginning at `start`; the end of the text where none does. */
const endOfString = (text: string, start: number): number => {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
};

const refused = (what: string): AmbiguousJson => new AmbiguousJson(what);
