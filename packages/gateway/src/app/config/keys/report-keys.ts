import { formatKeyPath, type KeyPath } from '../text/key-path.ts';
import { isBranch, type Tree } from '../text/tree.ts';
import type { KnownKeys } from './known-keys.ts';
import { LATER_KEYS } from './later-keys.ts';
import { nearestKey } from './nearest-key.ts';

/** Something to tell about a configuration that is no reason to refuse it. */
export interface ConfigReport {
  readonly level: 'info' | 'warn';
  readonly path: string;
  readonly message: string;
}

/** Tells of every key that nothing reads: as news where a later feature will, as a warning where it looks like a slip. */
export const reportKeys = (tree: Tree, known: KnownKeys): readonly ConfigReport[] => {
  const reports: ConfigReport[] = [];

  const visit = (value: Tree, here: KnownKeys, path: KeyPath, place: string): void => {
    if (Array.isArray(value) && here.anyIndex !== undefined) {
      for (const [index, item] of value.entries()) visit(item, here.anyIndex, [...path, index], `${place}[]`);
    }
    if (!isBranch(value)) return;
    for (const [key, item] of Object.entries(value)) {
      const below = here.keys.get(key) ?? here.anyName;
      const there = below === here.anyName && below !== undefined ? `${place}.<name>` : join(place, key);
      if (below !== undefined) visit(item, below, [...path, key], there);
      else if (here.keys.size > 0) reports.push(reportKey([...path, key], key, here, place, tree, known));
    }
  };

  visit(tree, known, [], '');
  return reports;
};

const reportKey = (path: KeyPath, key: string, here: KnownKeys, place: string, tree: Tree, known: KnownKeys): ConfigReport => {
  const written = formatKeyPath(path);
  const later = LATER_KEYS[place] ?? new Set<string>();
  if (later.has(key)) return { level: 'info', path: written, message: `${written} is not used yet` };
  const emptied = place === '' ? sectionMeant(key, tree, known) : undefined;
  if (emptied !== undefined) return { level: 'warn', path: written, message: `${written} is not known here; indent it to make it part of ${emptied}` };
  const nearest = nearestKey(key, [...here.keys.keys(), ...later]);
  const hint = nearest === undefined ? '' : `; did you mean ${join(place.replace('<name>', String(path.at(-2))), nearest)}?`;
  return { level: 'warn', path: written, message: `${written} is not known${hint}` };
};

/** In YAML a section whose lines lost their indent is empty, and its keys stand beside it. */
const sectionMeant = (key: string, tree: Tree, known: KnownKeys): string | undefined =>
  isBranch(tree) ? [...known.keys].find(([name, section]) => Object.hasOwn(tree, name) && tree[name] === null && section.keys.has(key))?.[0] : undefined;

const join = (place: string, key: string): string => (place === '' ? key : `${place}.${key}`);
