import { createHmac, randomBytes } from 'node:crypto';
import { GatewayError } from '@openclaw/contract';
import type { ConfigFile, ConfigText, Decide } from '../../engine/ports/config-file.ts';
import type { Environment } from '../state/state-folder.ts';
import { checkConfig } from './check-config.ts';
import { ConfigError } from './config-error.ts';
import { keysFixedAtStart } from './keys-fixed-at-start.ts';
import { knownKeys } from './keys/known-keys.ts';
import { reportKeys } from './keys/report-keys.ts';
import type { LiveConfig } from './live-config.ts';
import type { LoadedConfig } from './load-config.ts';
import { readConfigFile } from './read-config-file.ts';
import { ConfigSchema } from './schema.ts';
import { hideSecrets } from './secret-keys.ts';
import { type ConfigFlags, settingsFrom } from './settings.ts';
import { parseConfig } from './text/parse-config.ts';
import { isBranch, type Tree } from './text/tree.ts';
import { changeConfig, configVersion, type WrittenConfig } from './write-config.ts';

/** Each change reads it whole, while others wait. */
const MOST_BYTES = 1_048_576;

interface Options {
  readonly config: LiveConfig;
  readonly env: Environment;
  readonly flags?: ConfigFlags | undefined;
}

/** The configuration file of the running gateway, for the gateway itself. */
export const openConfigFile = ({ config, env, flags = {} }: Options): ConfigFile => {
  const started = config.current();
  // A plain hash of the text would let who knows the rest of it try out what is hidden.
  const key = randomBytes(32);
  const versionOf = (text: string | undefined): string => createHmac('sha256', key).update(text === undefined ? '' : `text ${text}`).digest('hex').slice(0, 32);

  const shown = async (text: string | undefined, file: string): Promise<ConfigText> => {
    const { tree } = await parseConfig(text ?? '', file);
    return { config: sectionOf(hideSecrets(tree)), version: versionOf(text) };
  };

  /** What stands on the disk now, if a change can begin there. */
  const textToChange = async (loaded: LoadedConfig, version: string | undefined): Promise<string | undefined> => {
    const text = await readConfigFile(loaded.file);
    if (saysSomething(loaded.text) && !saysSomething(text)) throw new GatewayError('conflict', 'The configuration file is gone or empty: put it back before you change it', { setting: 'config' });
    if (version !== undefined && version !== versionOf(text)) throw changedMeanwhile();
    await refuseBroken(text ?? '', loaded);
    return text;
  };

  const refuseBroken = async (text: string, { file, folder }: LoadedConfig): Promise<void> => {
    try {
      settingsFrom(checkConfig(await parseConfig(text, file), { file, env }).config, { env, folder, flags, file });
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      throw new GatewayError('conflict', `The configuration file cannot be used as it stands, so it cannot be changed from here: ${placed(thrown)}`, { setting: 'config' });
    }
  };

  const write = async (decide: Decide, version: string | undefined): Promise<WrittenConfig> => {
    const loaded = config.loaded();
    const text = await textToChange(loaded, version);
    const expected = version === undefined ? {} : { expectedVersion: text === undefined ? null : configVersion(text) };
    return changeConfig(loaded.file, (stored) => decide({ stored, shown: sectionOf(hideSecrets(stored)) }), { env, flags, allowUnset: false, mostBytes: MOST_BYTES, ...expected });
  };

  return {
    read: async () => {
      // What was written a moment ago by hand may not have been noticed yet.
      await config.reload();
      const { text, file } = config.loaded();
      return shown(text, file);
    },
    change: async (decide, version) => {
      const { text } = await write(decide, version).catch((thrown: unknown) => {
        throw toRefusal(thrown);
      });
      if (!(await config.reload())) throw new GatewayError('conflict', 'The change was written, but somebody else has broken the file since; it is not in force');
      const { file } = config.loaded();
      const { tree } = await parseConfig(text, file);
      return {
        ...(await shown(text, file)),
        needsRestart: keysFixedAtStart(started, config.current()),
        reports: reportKeys(tree, knownKeys(ConfigSchema)).map(({ path, message }) => ({ path, message })),
      };
    },
  };
};

const saysSomething = (text: string | undefined): boolean => text !== undefined && text.trim() !== '';

const sectionOf = (tree: Tree): { readonly [key: string]: Tree } => (isBranch(tree) ? tree : {});

const changedMeanwhile = (): GatewayError => new GatewayError('conflict', 'The configuration has changed since it was read; read it again', { setting: 'config' });

const placed = ({ path, reason }: ConfigError): string => (path === undefined || path === '' ? reason : `${path}: ${reason}`);

/** In words for a caller, who need not know where on this machine the file is. */
const toRefusal = (thrown: unknown): GatewayError => {
  if (thrown instanceof ConfigError) return new GatewayError('invalid_request', placed(thrown), { path: thrown.path ?? '' });
  // Its message names the file.
  if (thrown instanceof GatewayError) return thrown.code === 'conflict' && thrown.details['setting'] === undefined ? changedMeanwhile() : thrown;
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new GatewayError('storage_full', 'The disk is full: the configuration is as it was', { retryAfterSeconds: 5 }, thrown);
  return new GatewayError('store_unavailable', 'The configuration file cannot be written now: it is as it was', { retryAfterSeconds: 5 }, thrown);
};
