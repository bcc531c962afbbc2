import type { Document, ParsedNode, YAMLError } from 'yaml';
import type { KeyPath } from './key-path.ts';
import { asTree, nest, type Change, type Tree } from './tree.ts';

/** Why a text is not the YAML a configuration is written in, and where. */
export class YamlFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export interface YamlText {
  readonly tree: Tree;
  offsetOf(path: KeyPath): number | undefined;
}

const CURLY = /^[\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb]/;
/** A few kilobytes of aliases can unfold to gigabytes. */
const MOST_ALIASES = 100;

export const parseYaml = async (text: string): Promise<YamlText> => {
  const document = await readDocument(text);
  const tree = unfold(document);
  return {
    tree,
    offsetOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        const range: unknown = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
        if (Array.isArray(range) && typeof range[0] === 'number') return range[0];
      }
      return undefined;
    },
  };
};

/** The text with one change made, in the style the file has. */
export const editYaml = async (text: string, change: Change): Promise<string> => {
  const document = await readDocument(text);
  if (change.value === undefined) removeIn(document, change.path);
  else placeIn(document, change.path, change.value);
  return document.toString({ lineWidth: 0, ...layoutOf(text) });
};

/** A key with nothing behind it is no section yet, so the first of those on the way is given one. */
const placeIn = (document: Document<ParsedNode>, path: KeyPath, value: Tree): void => {
  const empty = path.findIndex((_, depth) => depth > 0 && document.getIn(path.slice(0, depth)) === null);
  const at = empty === -1 ? path : path.slice(0, empty);
  const put = nest(path.slice(at.length), value);
  document.setIn(at, typeof put === 'object' && put !== null ? document.createNode(put) : put);
};

const removeIn = (document: Document<ParsedNode>, path: KeyPath): void => {
  if (document.hasIn(path)) document.deleteIn(path);
};

const readDocument = async (text: string): Promise<Document<ParsedNode>> => {
  const yaml = await import('yaml');
  const document: Document<ParsedNode> = yaml.parseDocument(text, { version: '1.2', schema: 'core', prettyErrors: false, stringKeys: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) throw new YamlFault(wordFault(fault, text), fault.pos[0]);
  yaml.visit(document, {
    Pair: (_, pair) => {
      if (yaml.isScalar(pair.key) && pair.key.value === '__proto__') throw new YamlFault('the key "__proto__" is not allowed', startOf(pair.key));
    },
    Scalar: (_, scalar) => {
      if (scalar.type === 'PLAIN' && typeof scalar.value === 'string' && CURLY.test(scalar.value)) throw new YamlFault(CURLY_HINT, startOf(scalar));
    },
  });
  return document;
};

const wordFault = (fault: YAMLError, text: string): string => {
  if (CURLY.test(text.slice(fault.pos[0]))) return CURLY_HINT;
  if (fault.code === 'MULTIPLE_DOCS') return 'a second document begins here; a configuration is one document';
  return fault.message.startsWith('Maximum call stack') ? 'nested too deeply to be read' : fault.message;
};

export const CURLY_HINT = 'typographic quotes (\u201c \u201d) do not enclose text here; use straight quotes (")';

const unfold = (document: Document<ParsedNode>): Tree => {
  try {
    return asTree(document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {});
  } catch (error) {
    throw new YamlFault(error instanceof Error ? error.message : 'unreadable', 0);
  }
};

const startOf = (node: { readonly range?: readonly number[] | null | undefined }): number => node.range?.[0] ?? 0;

/** The indent of the first line that has one, and whether lists are set in below their key. */
const layoutOf = (text: string): { readonly indent: number; readonly indentSeq: boolean } => {
  const indent = /^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2;
  return { indent: Math.min(Math.max(indent, 1), 8), indentSeq: !/^( *)[^\s#-][^\n]*:[^\S\n]*\n\1- /m.test(text) };
};
