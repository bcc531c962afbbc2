import { entryAt, parseJson5, type Entry, type Json5Node } from './json5-tree.ts';
import type { KeyPath } from './key-path.ts';
import { nest, type Change, type Tree } from './tree.ts';

type Collection = Extract<Json5Node, { readonly entries: readonly Entry[] }>;

interface Style {
  readonly unit: string;
  readonly newline: string;
  readonly bareKeys: boolean;
  readonly quote: '"' | "'";
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with one change made; every byte that the change does not concern stays. */
export const editJson5 = async (text: string, change: Change): Promise<string> => {
  const root = await parseJson5(text);
  if (root === undefined || root.kind !== 'object') return change.value === undefined ? text : freshFile(text, change);
  const splices = change.value === undefined ? removal(text, root, change.path) : placement(text, root, change.path, change.value);
  return splices.toSorted((a, b) => b.start - a.start).reduce((edited, { start, end, text: put }) => edited.slice(0, start) + put + edited.slice(end), text);
};

const freshFile = (text: string, { path, value }: Change): string => {
  const lead = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${lead}${print(nest(path, value ?? null), { unit: '  ', newline: '\n', bareKeys: false, quote: '"' }, '')}\n`;
};

const placement = (text: string, root: Collection, path: KeyPath, value: Tree): readonly Splice[] => {
  let node: Collection = root;
  for (const [depth, key] of path.entries()) {
    const rest = path.slice(depth + 1);
    const entry = entryAt(node, key);
    if (entry === undefined) return insertion(text, root, node, key, nest(rest, value));
    if (rest.length === 0 || entry.value.kind === 'scalar') return [replacement(text, root, node, entry, nest(rest, value))];
    node = entry.value;
  }
  return [];
};

const removal = (text: string, root: Collection, path: KeyPath): readonly Splice[] => {
  let node: Json5Node = root;
  for (const key of path.slice(0, -1)) {
    const entry = entryAt(node, key);
    if (entry === undefined) return [];
    node = entry.value;
  }
  const last = path.at(-1);
  const entry = last === undefined ? undefined : entryAt(node, last);
  return entry === undefined || node.kind === 'scalar' ? [] : removeEntry(text, node, entry);
};

const replacement = (text: string, root: Collection, parent: Collection, entry: Entry, value: Tree): Splice => {
  const style = styleOf(text, root, parent);
  return { start: entry.value.start, end: entry.value.end, text: print(value, style, indentAt(text, entry.start)) };
};

const insertion = (text: string, root: Collection, node: Collection, key: string | number, value: Tree): readonly Splice[] => {
  const style = styleOf(text, root, node);
  const last = node.entries.at(-1);
  const label = node.kind === 'object' ? `${printKey(String(key), style)}: ` : '';
  if (last === undefined) return [intoEmpty(text, node, label, value, style)];
  return startsLine(text, last.start) ? onOwnLine(text, node, last, label, value, style) : [inSameLine(last, `${label}${print(value, style, undefined)}`)];
};

const intoEmpty = (text: string, node: Collection, label: string, value: Tree, style: Style): Splice => {
  const close = node.end - 1;
  const outer = indentAt(text, node.start);
  const inner = outer + style.unit;
  const start = node.start + 1 + text.slice(node.start + 1, close).trimEnd().length;
  return { start, end: close, text: `${style.newline}${inner}${label}${print(value, style, inner)}${style.newline}${outer}` };
};

const inSameLine = (last: Entry, entry: string): Splice =>
  last.comma === undefined ? { start: last.end, end: last.end, text: `, ${entry}` } : { start: last.comma + 1, end: last.comma + 1, text: ` ${entry},` };

const onOwnLine = (text: string, node: Collection, last: Entry, label: string, value: Tree, style: Style): readonly Splice[] => {
  const indent = indentAt(text, last.start);
  const entry = `${style.newline}${indent}${label}${print(value, style, indent)}`;
  const at = endOfLine(text, last.comma === undefined ? last.end : last.comma + 1, node.end - 1);
  if (last.comma !== undefined) return [{ start: at, end: at, text: `${entry},` }];
  if (at === last.end) return [{ start: at, end: at, text: `,${entry}` }];
  return [
    { start: last.end, end: last.end, text: ',' },
    { start: at, end: at, text: entry },
  ];
};

/** Behind the blanks and comments that end a line; they belong to what stands before them. */
const endOfLine = (text: string, from: number, limit: number): number => {
  const [tail = ''] = /^(?:[^\S\r\n]|\/\*[^]*?\*\/|\/\/[^\r\n]*)*/.exec(text.slice(from, limit)) ?? [];
  return from + tail.trimEnd().length;
};

const removeEntry = (text: string, node: Collection, entry: Entry): readonly Splice[] => {
  const before = node.entries[node.entries.indexOf(entry) - 1];
  const own = wholeLines(text, entry) ?? partOfLine(text, entry);
  const splices = entry.comma === undefined || own.end > entry.comma ? [own] : [own, gap(entry.comma)];
  // Without this, a file that was strict JSON would end up with a comma too many.
  return entry.comma === undefined && before?.comma !== undefined ? [gap(before.comma), ...splices] : splices;
};

const gap = (at: number): Splice => ({ start: at, end: at + 1, text: '' });

/** The entry's lines, where nothing else stands on them. */
const wholeLines = (text: string, entry: Entry): Splice | undefined => {
  const end = entry.comma === undefined ? entry.end : entry.comma + 1;
  if (!startsLine(text, entry.start) || text.slice(entry.end, end).trim().length > 1) return undefined;
  const [tail] = /^[^\S\r\n]*(?:\r?\n)/.exec(text.slice(end)) ?? [];
  return tail === undefined ? undefined : { start: lineStart(text, entry.start), end: end + tail.length, text: '' };
};

const partOfLine = (text: string, entry: Entry): Splice => {
  const end = entry.comma === entry.end ? entry.end + 1 : entry.end;
  const [blanks = ''] = /^[^\S\r\n]*/.exec(text.slice(end)) ?? [];
  return { start: entry.start, end: end + blanks.length, text: '' };
};

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;

const startsLine = (text: string, at: number): boolean => lineStart(text, at) > 0 && text.slice(lineStart(text, at), at).trim() === '';

const indentAt = (text: string, at: number): string => /^[ \t]*/.exec(text.slice(lineStart(text, at)))?.[0] ?? '';

const styleOf = (text: string, root: Collection, node: Collection): Style => {
  const sample = root.entries[0];
  const rawKey = node.entries.at(-1)?.rawKey ?? sample?.rawKey ?? '"';
  const quote = rawKey.startsWith("'") || (!rawKey.startsWith('"') && !text.includes('"') && text.includes("'")) ? "'" : '"';
  const unit = sample !== undefined && startsLine(text, sample.start) ? indentAt(text, sample.start) || '  ' : '  ';
  return { unit, quote, newline: text.includes('\r\n') ? '\r\n' : '\n', bareKeys: !/^["']/.test(rawKey) };
};

/** Over several lines where an indent is given, on one line where not. */
const print = (value: Tree, style: Style, indent: string | undefined): string => {
  if (typeof value === 'string') return printText(value, style);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const flat = indent === undefined || (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null));
  const inner = flat ? undefined : indent + style.unit;
  const parts = Array.isArray(value)
    ? value.map((item) => print(item, style, inner))
    : Object.entries(value).map(([key, item]) => `${printKey(key, style)}: ${print(item, style, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return `${open}${close}`;
  if (inner === undefined) return `${open}${parts.join(', ')}${close}`;
  return `${open}${style.newline}${inner}${parts.join(`,${style.newline}${inner}`)}${style.newline}${indent}${close}`;
};

const printKey = (key: string, style: Style): string => (style.bareKeys && /^[A-Za-z_$][\w$]*$/.test(key) ? key : printText(key, style));

const printText = (text: string, { quote }: Style): string => {
  const json = JSON.stringify(text).replace(/[\u2028\u2029]/g, (character) => (character === '\u2028' ? '\\u2028' : '\\u2029'));
  return quote === '"' ? json : `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
};
