import type { z } from 'zod';
import type { Environment } from '../state/state-folder.ts';
import { ConfigError } from './config-error.ts';
import { expandVariables } from './expand-variables.ts';
import { knownKeys } from './keys/known-keys.ts';
import { reportKeys, type ConfigReport } from './keys/report-keys.ts';
import { isSecretKey } from './secret-keys.ts';
import { ConfigSchema, type Config } from './schema.ts';
import { formatKeyPath, type KeyPath } from './text/key-path.ts';
import type { ParsedConfig } from './text/parse-config.ts';
import { isBranch, valueAt, type Tree } from './text/tree.ts';

export interface CheckedConfig {
  readonly config: Config;
  /** What the file says with its variables put in: for finding secrets, never for writing. */
  readonly expanded: Tree;
  readonly reports: readonly ConfigReport[];
}

export interface CheckOptions {
  readonly file: string;
  readonly env: Environment;
  /** A writer need not have the variables that the gateway will have. */
  readonly allowUnset?: boolean;
}

/** What a parsed file means, or a ConfigError that names the first thing wrong with it. */
export const checkConfig = (parsed: ParsedConfig, { file, env, allowUnset = false }: CheckOptions): CheckedConfig => {
  const { tree: expanded, unset } = expandVariables(parsed.tree, env);
  const [missing] = unset;
  if (missing !== undefined && !allowUnset) {
    throw errorAt(parsed, file, missing.path, `the environment variable ${missing.variable} is not set; set it, or write $\${${missing.variable}} for the text itself`);
  }
  const result = ConfigSchema.safeParse(withoutEmptySections(expanded));
  const leaves = (result.error?.issues ?? []).map(deepest);
  const wrong = leaves.find(({ path }) => !allowUnset || !unset.some((one) => formatKeyPath(one.path) === formatKeyPath(path)));
  if (wrong !== undefined) throw errorAt(parsed, file, wrong.path, `expected ${wrong.expected}, got ${describe(valueAt(parsed.tree, wrong.path), wrong.path)}`);
  return { config: result.data ?? {}, expanded, reports: reportKeys(parsed.tree, knownKeys(ConfigSchema)) };
};

const errorAt = (parsed: ParsedConfig, file: string, path: KeyPath, reason: string): ConfigError =>
  new ConfigError({ file, path: formatKeyPath(path), ...parsed.locate(path) }, reason);

/** `gateway:` with nothing behind it is a section without keys, not a wrong value. */
const withoutEmptySections = (tree: Tree): unknown => (isBranch(tree) ? Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== null)) : tree);

interface WrongValue {
  readonly path: KeyPath;
  readonly expected: string;
}

/** Of a value that may be several things, the complaint of the one it resembles. */
const deepest = (issue: z.core.$ZodIssue): WrongValue => {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'invalid_key') return { path, expected: issue.issues[0]?.message ?? issue.message };
  const inner = issue.code === 'invalid_union' ? issue.errors.flat().find((one) => one.path.length > 0) : undefined;
  if (inner === undefined) return { path, expected: issue.message };
  const below = deepest(inner);
  return { path: [...path, ...below.path], expected: below.expected };
};

/** Says what was written, before variables were put in, and never a secret. */
const describe = (value: unknown, path: KeyPath): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (path.some((key) => isSecretKey(String(key)))) return value === '' ? 'empty text' : typeof value === 'string' ? 'text' : `a ${typeof value} (put a secret in quotes)`;
  const shown = JSON.stringify(value) ?? typeof value;
  return `${typeof value === 'string' ? 'the text ' : ''}${shown.length > 80 ? `${shown.slice(0, 77)}...` : shown}`;
};
