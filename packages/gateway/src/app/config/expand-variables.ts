import type { Environment } from '../state/state-folder.ts';
import type { KeyPath } from './text/key-path.ts';
import { isBranch, type Tree } from './text/tree.ts';

export interface UnsetVariable {
  readonly variable: string;
  readonly path: KeyPath;
}

export interface Expansion {
  readonly tree: Tree;
  /** Variables that are not set, outside sections that are switched off. Their `${…}` is left as it stands. */
  readonly unset: readonly UnsetVariable[];
}

const REFERENCE = /\$(\$\{[A-Z_][A-Z0-9_]*\})|\$\{([A-Z_][A-Z0-9_]*)\}/g;

/** Puts the environment's values in for `${NAME}`, once: what a variable holds is never expanded again. The given tree stays as it is. */
export const expandVariables = (tree: Tree, env: Environment): Expansion => {
  const unset: UnsetVariable[] = [];

  const expand = (value: Tree, path: KeyPath, off: boolean): Tree => {
    if (typeof value === 'string') return expandText(value, path, off);
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index], off));
    if (!isBranch(value)) return value;
    const below = off || (Object.hasOwn(value, 'enabled') && value['enabled'] === false);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key], below)]));
  };

  const expandText = (text: string, path: KeyPath, off: boolean): string =>
    text.replace(REFERENCE, (whole, literal: string | undefined, variable = '') => {
      if (literal !== undefined) return literal;
      const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
      if (value === undefined && !off) unset.push({ variable, path });
      return value ?? whole;
    });

  return { tree: expand(tree, [], false), unset };
};
