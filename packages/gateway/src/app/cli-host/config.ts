import { CliError } from '../../surfaces/cli/host.ts';
import type { ConfigHost, ConfigVerdict } from '../../surfaces/cli/config/host.ts';
import { checkConfig, type CheckOptions } from '../config/check-config.ts';
import { ConfigError } from '../config/config-error.ts';
import { type FoundConfig, findConfig } from '../config/find-config.ts';
import { knownKeys } from '../config/keys/known-keys.ts';
import { reportKeys } from '../config/keys/report-keys.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import { ConfigSchema } from '../config/schema.ts';
import { hideSecrets } from '../config/secret-keys.ts';
import { settingsFrom } from '../config/settings.ts';
import { json5Value, parseJson5 } from '../config/text/json5-tree.ts';
import { type KeyPath, parseKeyPath } from '../config/text/key-path.ts';
import { type ParsedConfig, parseConfig } from '../config/text/parse-config.ts';
import { fitPath, isBranch, nest, type Tree, valueAt } from '../config/text/tree.ts';
import { configVersion, replaceConfig, setInConfig, unsetInConfig, type WrittenConfig } from '../config/write-config.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';
import { changingConfig } from './changing-config.ts';

/** `openclaw config …` on this machine. */
export const configHost = (env: Environment): ConfigHost => {
  const found = (): Promise<FoundConfig> => findConfig(env, stateFolder(env));

  return {
    file: found,
    get: async (path, { showSecrets }) => {
      const { file, exists } = await found();
      const { tree } = await parseConfig(exists ? ((await readConfigFile(file)) ?? '') : '', file);
      const shown = showSecrets ? tree : hideSecrets(tree);
      return path === undefined ? shown : valueAt(shown, fitted(tree, toPath(path)));
    },
    set: (path, text, { asText }) => changingConfig(env, async (file) => setSaying(file, path, { text, value: asText ? text : await meant(text) }, env)),
    unset: (path) => changingConfig(env, (file) => unsetInConfig(file, path, { env })),
    check: async () => {
      const { file, exists } = await found();
      return judge((await readConfigFile(file)) ?? '', { file, exists, env, allowUnset: false });
    },
    draft: async () => {
      const { file, exists } = await found();
      const text = await readConfigFile(file);
      return { file, exists, text: text ?? (/\.ya?ml$/i.test(file) ? '' : '{\n}\n'), version: text === undefined ? null : configVersion(text) };
    },
    // A writer need not have the variables that the gateway will have.
    judge: async (text) => judge(text, { file: (await found()).file, exists: true, env, allowUnset: true }),
    replace: ({ version }, text) => changingConfig(env, (file) => replaceConfig(file, text, { env, expectedVersion: version })),
    doubt: async (path) => reportKeys(nest(toPath(path), ''), knownKeys(ConfigSchema)).find(({ level }) => level === 'warn')?.message,
  };
};

const toPath = (text: string): KeyPath => {
  const path = parseKeyPath(text);
  if (path === undefined) throw new CliError(`"${text}" is not the path of a key; write it like gateway.port or agents.list[0].id`, 2);
  return path;
};

/** Where nothing can stand, nothing stands. */
const fitted = (tree: Tree, path: KeyPath): KeyPath => {
  try {
    return fitPath(tree, path);
  } catch {
    return path;
  }
};

/** What a word on the command line means: 18789 a number, [a] no list but text, your-secret-token text. */
const meant = async (text: string): Promise<Tree> => {
  try {
    const root = await parseJson5(text);
    return root === undefined ? text : json5Value(root);
  } catch {
    return text;
  }
};

interface Meant {
  readonly text: string;
  readonly value: Tree;
}

const setSaying = async (file: string, path: string, { text, value }: Meant, env: Environment): Promise<WrittenConfig> => {
  try {
    return await setInConfig(file, path, value, { env });
  } catch (thrown) {
    if (!(thrown instanceof ConfigError) || value === text || typeof value === 'string' || !/expected .*(text|token|name)/.test(thrown.reason)) throw thrown;
    throw new ConfigError({ file, path: thrown.path }, `${thrown.reason}. To set the text itself, add --string`);
  }
};

/** Keys that nobody knows are told also where something else is wrong. */
const judge = async (text: string, { file, exists, env, allowUnset = false }: FoundConfig & CheckOptions): Promise<ConfigVerdict> => {
  let parsed: ParsedConfig | undefined;
  try {
    parsed = await parseConfig(text, file);
    const { config, reports } = checkConfig(parsed, { file, env, allowUnset });
    settingsFrom(config, { env, folder: stateFolder(env), file });
    return { file, exists, error: undefined, reports };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    const reports = parsed !== undefined && isBranch(parsed.tree) ? reportKeys(parsed.tree, knownKeys(ConfigSchema)) : [];
    return { file, exists, error: thrown.message, reports };
  }
};
