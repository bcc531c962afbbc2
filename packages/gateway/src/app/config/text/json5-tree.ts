import type { JsonLexer, JsonToken } from '@croct/json5-parser';
import type { Tree } from './tree.ts';

/** A place in the text: offsets count UTF-16 units, as `slice` does. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One member of an object or one element of a list, with the comma behind it if there is one. */
export interface Entry extends Span {
  readonly key: string | undefined;
  readonly rawKey: string | undefined;
  readonly value: Json5Node;
  readonly comma: number | undefined;
}

export type Json5Node =
  | (Span & { readonly kind: 'scalar'; readonly value: string | number | boolean | null })
  | (Span & { readonly kind: 'object' | 'list'; readonly entries: readonly Entry[] });

/** Why a text is not JSON5, and where. */
export class Json5Fault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const DEEPEST = 100;
const BLANK = new Set<string>(['WHITESPACE', 'NEWLINE', 'LINE_COMMENT', 'BLOCK_COMMENT']);

/**
 * The text as a tree that knows where each part stands; undefined where there is nothing but blanks and comments.
 *
 * The library cuts the text into tokens; the tree is ours, because its parser refuses strings that JSON5 allows ('say "hi"', "\x41")
 * and removing a key with it can damage a file.
 */
export const parseJson5 = async (text: string): Promise<Json5Node | undefined> => {
  const { JsonLexer: Lexer } = await import('@croct/json5-parser');
  const reader = new Reader(new Lexer(text));
  if (reader.atEnd()) return undefined;
  const root = reader.node(0);
  if (!reader.atEnd()) reader.unexpected();
  return root;
};

export const json5Value = (node: Json5Node): Tree => {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.entries.map((entry) => json5Value(entry.value));
  return Object.fromEntries(node.entries.map((entry) => [entry.key ?? '', json5Value(entry.value)]));
};

export const entryAt = (node: Json5Node, key: string | number): Entry | undefined => {
  if (node.kind === 'scalar') return undefined;
  return node.kind === 'list' ? node.entries[Number(key)] : node.entries.find((entry) => entry.key === String(key));
};

/** Walks the tokens once, keeping the offset the library does not give (its index counts code points). */
class Reader {
  #token: JsonToken | undefined;
  #start = 0;
  #end = 0;
  readonly #lexer: JsonLexer;

  constructor(lexer: JsonLexer) {
    this.#lexer = lexer;
    this.#next();
  }

  atEnd(): boolean {
    return this.#token?.type === 'EOF';
  }

  unexpected(wanted = ''): never {
    const found = this.atEnd() ? 'the end of the file' : `"${this.#text()}"`;
    throw new Json5Fault(wanted === '' ? `${found} is not expected here` : `expected ${wanted}, got ${found}`, this.#start);
  }

  node(depth: number): Json5Node {
    if (depth > DEEPEST) throw new Json5Fault(`nested more than ${DEEPEST} deep`, this.#start);
    if (this.#is('BRACE_LEFT')) return this.#collection('object', 'BRACE_RIGHT', depth);
    if (this.#is('BRACKET_LEFT')) return this.#collection('list', 'BRACKET_RIGHT', depth);
    return this.#scalar();
  }

  #collection(kind: 'object' | 'list', close: string, depth: number): Json5Node {
    const start = this.#start;
    this.#next();
    const entries: Entry[] = [];
    const seen = new Set<string>();
    while (!this.#is(close)) {
      const entry = kind === 'object' ? this.#member(seen, depth) : this.#element(depth);
      entries.push(entry);
      if (entry.comma === undefined && !this.#is(close)) this.unexpected(kind === 'object' ? '"," or "}"' : '"," or "]"');
    }
    const end = this.#end;
    this.#next();
    return { kind, entries, start, end };
  }

  #member(seen: Set<string>, depth: number): Entry {
    const start = this.#start;
    const rawKey = this.#text();
    const key = this.#key();
    if (key === '__proto__') throw new Json5Fault('the key "__proto__" is not allowed', start);
    if (seen.has(key)) throw new Json5Fault(`the key "${key}" stands here a second time`, start);
    seen.add(key);
    this.#next();
    if (!this.#is('COLON')) this.unexpected('":"');
    this.#next();
    const value = this.node(depth + 1);
    return { start, end: value.end, key, rawKey, value, comma: this.#comma() };
  }

  #element(depth: number): Entry {
    const value = this.node(depth + 1);
    return { start: value.start, end: value.end, key: undefined, rawKey: undefined, value, comma: this.#comma() };
  }

  #comma(): number | undefined {
    if (!this.#is('COMMA')) return undefined;
    const at = this.#start;
    this.#next();
    return at;
  }

  #key(): string {
    if (this.#is('STRING')) return decodeString(this.#text(), this.#start);
    if (this.#is('IDENTIFIER') || /^(?:null|true|false|NaN|Infinity)$/.test(this.#text())) return this.#text();
    return this.unexpected('a key');
  }

  #scalar(): Json5Node {
    const span = { start: this.#start, end: this.#end };
    const value = this.#scalarValue();
    this.#next();
    return { kind: 'scalar', value, ...span };
  }

  #scalarValue(): string | number | boolean | null {
    const text = this.#text();
    if (this.#is('STRING')) return decodeString(text, this.#start);
    if (this.#is('BOOLEAN')) return text === 'true';
    if (this.#is('NULL')) return null;
    return this.#is('NUMBER') ? decodeNumber(text, this.#start) : this.unexpected('a value');
  }

  #is(type: string): boolean {
    return this.#token?.type === type;
  }

  #text(): string {
    return this.#token?.value ?? '';
  }

  #next(): void {
    do {
      this.#start = this.#end;
      this.#token = this.#read();
      this.#end += this.#text().length;
    } while (BLANK.has(this.#token.type));
  }

  #read(): JsonToken {
    try {
      return this.#lexer.next();
    } catch (error) {
throw new Json5Fault(wordFault(error), this.#start);
    }
  }
}

const wordFault = (error: unknown): string => {
  const [, character] = (error instanceof Error ? /^Unexpected token '([^]+?)'/.exec(error.message) : undefined) ?? [];
  if (character === '"' || character === "'") return 'text that begins here has no closing quote on its line';
  return character === '/' ? 'a comment that begins here has no end' : `${character === undefined ? 'this' : `"${character}"`} is not expected here`;
};

const ESCAPE = /\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|[^]))/g;
const NAMED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0', '\n': '', '\r': '', '\r\n': '', '\u2028': '', '\u2029': '' };

const decodeString = (raw: string, offset: number): string =>
  raw.slice(1, -1).replace(ESCAPE, (whole, unicode?: string, hex?: string, single = '') => {
    const code = unicode ?? hex;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    if (/^[ux1-9]$/.test(single)) throw new Json5Fault(`"${whole}" is not an escape that text can hold`, offset);
    return NAMED[single] ?? single;
  });

const decodeNumber = (raw: string, offset: number): number => {
  const negative = raw.startsWith('-');
  const digits = raw.replace(/^[+-]/, '');
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new Json5Fault(`"${raw}" is not a number that can be used here`, offset);
  return negative ? -value : value;
};
