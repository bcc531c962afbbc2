import { existsSync } from 'node:fs';
import { writeFileAtomic } from '../../kernel/atomic-write.ts';
import { makeStateFolder, stateFolder, type Environment, type StateFolder } from '../state/state-folder.ts';
import { checkConfig } from './check-config.ts';
import { ConfigError } from './config-error.ts';
import { findConfig } from './find-config.ts';
import type { ConfigReport } from './keys/report-keys.ts';
import { readConfigFile } from './read-config-file.ts';
import type { Config } from './schema.ts';
import { findSecrets, passwordsIn } from './secret-keys.ts';
import { settingsFrom, type ConfigFlags, type Settings } from './settings.ts';
import { parseConfig } from './text/parse-config.ts';

export interface ConfigSources {
  readonly env: Environment;
  readonly flags?: ConfigFlags;
}

export interface LoadedConfig {
  readonly settings: Settings;
  /** Passed the schema, with variables put in and every key that no schema knows: for parts that read their own sections. */
  readonly config: Config;
  readonly reports: readonly ConfigReport[];
  /** Values that no log may show. */
  readonly secrets: readonly string[];
  readonly folder: StateFolder;
  readonly file: string;
  /** undefined where there is no file and the defaults apply. */
  readonly text: string | undefined;
}

/** Reads, checks and resolves the configuration. Throws a ConfigError rather than starting with anything the file does not say. */
export const loadConfig = async (sources: ConfigSources): Promise<LoadedConfig> => {
  const folder = stateFolder(sources.env);
  const { file, exists } = await findConfig(sources.env, folder);
  const text = exists ? await readConfigFile(file) : undefined;
  if (text === undefined && sources.env['OPENCLAW_CONFIG_PATH']) {
    throw new ConfigError({ file }, 'OPENCLAW_CONFIG_PATH names this file, but it does not exist; create it, or unset the variable');
  }
  return understand(text ?? '', { ...sources, folder, file, exists: text !== undefined });
};

interface ConfigPlaces extends ConfigSources {
  readonly folder: StateFolder;
  readonly file: string;
  readonly exists: boolean;
}

const understand = async (text: string, { env, flags = {}, folder, file, exists }: ConfigPlaces): Promise<LoadedConfig> => {
  try {
    // Without a file, no parser need be loaded.
    const parsed = exists ? await parseConfig(text, file) : { tree: {}, locate: () => undefined };
    const { config, expanded, reports } = checkConfig(parsed, { file, env });
    const settings = settingsFrom(config, { env, folder, flags, file });
    const secrets = [...new Set([...findSecrets(expanded), ...passwordsIn(settings.store.postgresUrl ?? '')])];
    return { settings, config, reports: [...reports, ...adviceOn(config)], secrets, folder, file, text: exists ? text : undefined };
  } catch (error) {
    throw error instanceof ConfigError && existsSync(folder.lastGoodConfig) ? namingLastGood(error, file, folder) : error;
  }
};

/** Keeps the text of a configuration that worked, for the person whose next edit does not. */
export const keepLastGood = async ({ folder, text }: LoadedConfig): Promise<void> => {
  if (text === undefined) return;
  await makeStateFolder(folder);
  await writeFileAtomic(folder.lastGoodConfig, text);
};

const namingLastGood = (error: ConfigError, file: string, { lastGoodConfig }: StateFolder): ConfigError =>
  new ConfigError(
    { file: error.file, path: error.path, line: error.line, column: error.column },
    `${error.reason}\nThe last configuration that worked is kept in ${lastGoodConfig}. To compare: diff ${shellWord(lastGoodConfig)} ${shellWord(file)}`,
  );

const shellWord = (path: string): string => (/^[\w./@%+:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

const API_PREFIX = '/api/v1';

const adviceOn = (config: Config): readonly ConfigReport[] => {
  const prefix = config.api?.prefix?.replace(/\/+$/, '');
  if (prefix === undefined || prefix === API_PREFIX) return [];
  return [{ level: 'warn', path: 'api.prefix', message: `api.prefix is "${prefix}", but the routes stay under ${API_PREFIX}; let a proxy in front move them` }];
};
