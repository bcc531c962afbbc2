import { isDeepStrictEqual } from 'node:util';
import { isSection } from './merge-patch.ts';

export type Path = readonly (string | number)[];

export interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** The values of a configuration with their places. A list of plain values is one; so is a section without keys. */
export const leavesOf = (value: unknown, path: Path = []): readonly Leaf[] => {
  const entries: readonly (readonly [string | number, unknown])[] = isSection(value) ? Object.entries(value) : isListOfSections(value) ? [...value.entries()] : [];
  return entries.length === 0 ? [{ path, value }] : entries.flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
};

const isListOfSections = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null);

/** What is different afterwards: each place with what stands there then, undefined where nothing does. */
export const changedLeaves = (before: unknown, after: unknown): readonly Leaf[] => {
  const [old, fresh] = [byPlace(before), byPlace(after)];
  const changed = [...fresh.values()].filter(({ path, value }) => {
    const earlier = old.get(formatPath(path));
    // A section that lost its last key, or had none and was given one, is told of by those keys.
    return !(earlier !== undefined && isDeepStrictEqual(earlier.value, value)) && !(isSection(value) && isSection(valueAt(before, path)));
  });
  const gone = [...old.values()].filter(({ path, value }) => !fresh.has(formatPath(path)) && !(isSection(value) && isSection(valueAt(after, path))));
  return [...changed, ...gone.map(({ path }) => ({ path, value: undefined }))];
};

const valueAt = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined), tree);

const byPlace = (tree: unknown): ReadonlyMap<string, Leaf> => new Map(leavesOf(tree).map((leaf) => [formatPath(leaf.path), leaf]));

const PLAIN = /^[A-Za-z_$][\w$-]*$/;

/** `agents.list[0].model`, `models.aliases."gpt-4.1"`: as the configuration's own messages write it. */
export const formatPath = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const written = PLAIN.test(key) ? key : JSON.stringify(key);
    return text === '' ? written : `${text}.${written}`;
  }, '');
