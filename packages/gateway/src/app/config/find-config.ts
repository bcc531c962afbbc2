import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fromHome, type Environment, type StateFolder } from '../state/state-folder.ts';
import { ConfigError } from './config-error.ts';

export interface FoundConfig {
  /** The file there is, or the one that `config set` would make. */
  readonly file: string;
  readonly exists: boolean;
}

/** The one configuration file that counts. Two in the state directory are an error: nobody could say which is meant. */
export const findConfig = async (env: Environment, folder: StateFolder): Promise<FoundConfig> => {
  const named = env['OPENCLAW_CONFIG_PATH'];
  if (named) {
    const file = resolve(fromHome(named, env));
    return { file, exists: await isThere(file) };
  }
  const present = await Promise.all(folder.configFiles.map(async (file) => ((await isThere(file)) ? [file] : [])));
  const [file, second] = present.flat();
  if (file !== undefined && second !== undefined) {
    throw new ConfigError({ file }, `${second} is there as well, and only one of the two can count; remove or rename the other`);
  }
  return file === undefined ? { file: folder.configFiles[0] ?? '', exists: false } : { file, exists: true };
};

const isThere = async (file: string): Promise<boolean> => {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false;
    throw new ConfigError({ file }, error instanceof Error ? error.message : 'unreadable');
  }
};
