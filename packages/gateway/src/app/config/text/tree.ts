import { isDeepStrictEqual } from 'node:util';
import type { KeyPath } from './key-path.ts';

/** What a configuration file says, before anything is expanded or checked. */
export type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree };

/** undefined takes the key away. */
export interface Change {
  readonly path: KeyPath;
  readonly value: Tree | undefined;
}

export const isBranch = (value: unknown): value is { [key: string]: Tree } => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, or undefined. Only own keys count: `constructor` finds nothing. */
export const valueAt = (tree: unknown, path: readonly PropertyKey[]): unknown => {
  let value = tree;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
};

/** A path as it applies to this tree: `list.0` means an index where a list stands. Throws a plain Error where nothing can stand. */
export const fitPath = (tree: Tree, path: KeyPath): KeyPath => {
  const fitted: (string | number)[] = [];
  let here: unknown = tree;
  for (const key of path) {
    if (Array.isArray(here)) {
      const index = typeof key === 'number' ? key : /^\d{1,6}$/.test(key) ? Number(key) : Number.NaN;
      if (!(index <= here.length)) throw new Error(`the list at "${fitted.join('.')}" has ${here.length} entries; "${key}" is not an index of it`);
      fitted.push(index);
    } else if (here === undefined || here === null) {
      fitted.push(key);
    } else if (isBranch(here)) {
      fitted.push(String(key));
    } else {
      throw new Error(`"${fitted.join('.')}" is a value, so nothing can stand below it`);
    }
    here = valueAt(here, fitted.slice(-1));
  }
  return fitted;
};

/** The tree with one change made; the given one stays as it is. Lists may grow by one at their end. */
export const withChange = (tree: Tree | undefined, { path, value }: Change): Tree => {
  const [key, ...rest] = path;
  if (key === undefined) return value ?? {};
  if (value === undefined && valueAt(tree, path) === undefined) return tree ?? {};
  const inner = rest.length === 0 ? value : withChange(childOf(tree, key), { path: rest, value });
  if (Array.isArray(tree) || (typeof key === 'number' && !isBranch(tree))) return listWith(Array.isArray(tree) ? tree : [], Number(key), inner);
  const { [key]: _, ...others } = isBranch(tree) ? tree : {};
  if (inner === undefined) return others;
  return isBranch(tree) ? { ...tree, [key]: inner } : { [key]: inner };
};

const childOf = (tree: Tree | undefined, key: string | number): Tree | undefined => {
  if (Array.isArray(tree)) return tree[Number(key)];
  return isBranch(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined;
};

const listWith = (list: readonly Tree[], index: number, value: Tree | undefined): Tree[] =>
  value === undefined ? list.toSpliced(index, 1) : list.toSpliced(index, 1, value);

/** The value with everything above it that is missing. */
export const nest = (path: KeyPath, value: Tree): Tree => path.reduceRight<Tree>((inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }), value);

/** The smallest changes that turn what stands at a path into a new value, so that comments between the keys stay. */
export const changesTo = (before: Tree | undefined, after: Tree, path: KeyPath): readonly Change[] => {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isBranch(before) || !isBranch(after)) return [{ path, value: after }];
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return [
    ...gone.map((key) => ({ path: [...path, key], value: undefined })),
    ...Object.entries(after).flatMap(([key, value]) => changesTo(childOf(before, key), value, [...path, key])),
  ];
};

/** A value as JSON would carry it; throws a plain Error for what JSON cannot. */
export const asTree = (value: unknown): Tree => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(asTree);
  if (typeof value !== 'object') throw new Error('the value is not text, a number, true, false, null, a list or an object');
  if (Object.hasOwn(value, '__proto__')) throw new Error('the key "__proto__" is not allowed');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asTree(inner)]));
};
