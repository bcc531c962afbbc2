import { ConfigError } from '../config-error.ts';
import { editJson5 } from './json5-edit.ts';
import { entryAt, json5Value, Json5Fault, parseJson5, type Json5Node } from './json5-tree.ts';
import type { KeyPath } from './key-path.ts';
import { isBranch, type Change, type Tree } from './tree.ts';
import { CURLY_HINT, editYaml, parseYaml, YamlFault } from './yaml-document.ts';

export interface ParsedConfig {
  readonly tree: { [key: string]: Tree };
  /** Where a key stands, or the nearest key above it that does. */
  locate(path: KeyPath): Position | undefined;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

const isYaml = (file: string): boolean => /\.ya?ml$/i.test(file);

export const parseConfig = (text: string, file: string): Promise<ParsedConfig> =>
  namingPlace(text, file, async () => {
    const { tree, offsetOf } = isYaml(file) ? await parseYaml(text) : await readJson5(text);
    if (!isBranch(tree)) throw new ConfigError({ file, line: 1 }, 'the file must hold one object (key: value pairs)');
    return {
      tree,
      locate: (path) => {
        const offset = offsetOf(path);
        return offset === undefined ? undefined : positionAt(text, offset);
      },
    };
  });

/** The text with the changes made one after the other, or a ConfigError with the text left alone. */
export const editConfig = (text: string, file: string, changes: readonly Change[]): Promise<string> =>
  namingPlace(text, file, async () => {
    const edit = isYaml(file) ? editYaml : editJson5;
    let edited = text;
    for (const change of changes) edited = await edit(edited, change);
    return edited;
  });

const readJson5 = async (text: string): Promise<{ tree: Tree; offsetOf: (path: KeyPath) => number | undefined }> => {
  const root = await parseJson5(text);
  return { tree: root === undefined ? {} : json5Value(root), offsetOf: (path) => (root === undefined ? undefined : offsetIn(root, path)) };
};

const offsetIn = (root: Json5Node, path: KeyPath): number | undefined => {
  let node = root;
  let offset: number | undefined;
  for (const key of path) {
    const entry = entryAt(node, key);
    if (entry === undefined) return offset;
    offset = entry.start;
    node = entry.value;
  }
  return offset;
};

const namingPlace = async <T>(text: string, file: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Json5Fault || error instanceof YamlFault) throw faultAt(text, file, error);
    if (error instanceof ConfigError || !(error instanceof Error)) throw error;
    throw new ConfigError({ file }, error instanceof RangeError ? 'nested too deeply to be read' : error.message);
  }
};

const faultAt = (text: string, file: string, fault: Json5Fault | YamlFault): ConfigError => {
  const curly = /[\u201c\u201d\u2018\u2019]/.test(text.charAt(fault.offset)) && fault.message !== CURLY_HINT;
  return new ConfigError({ file, ...positionAt(text, fault.offset) }, curly ? CURLY_HINT : fault.message);
};

const positionAt = (text: string, offset: number): Position => {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
};
