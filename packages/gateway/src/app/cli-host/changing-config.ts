import type { ConfigChanged } from '../../surfaces/cli/config/host.ts';
import { checkConfig } from '../config/check-config.ts';
import { findConfig } from '../config/find-config.ts';
import { keysFixedAtStart } from '../config/keys-fixed-at-start.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import { type Settings, settingsFrom } from '../config/settings.ts';
import { parseConfig } from '../config/text/parse-config.ts';
import type { WrittenConfig } from '../config/write-config.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';
import { findGateway } from './find-gateway.ts';

/** Changes the configuration, and finds out what that means for a gateway that runs. */
export const changingConfig = async (env: Environment, work: (file: string) => Promise<WrittenConfig>): Promise<ConfigChanged> => {
  const { file } = await findConfig(env, stateFolder(env));
  const before = await settingsNow(file, env);
  const { changed } = await work(file);
  const after = await settingsNow(file, env);
  return { file, changed, needsRestart: before && after ? keysFixedAtStart(before, after) : [], running: (await findGateway(env)).running !== undefined };
};

/** undefined where the file cannot be used as it is. */
const settingsNow = async (file: string, env: Environment): Promise<Settings | undefined> => {
  try {
    const parsed = await parseConfig((await readConfigFile(file)) ?? '', file);
    return settingsFrom(checkConfig(parsed, { file, env, allowUnset: true }).config, { env, folder: stateFolder(env), file });
  } catch {
    return undefined;
  }
};
