import { mkdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../../kernel/atomic-write.ts';
import type { ServiceFile } from '../../surfaces/cli/gateway/gateway-host.ts';
import { type Environment, fromHome, stateFolder } from '../state/state-folder.ts';
import { SYSTEMD_UNIT } from './find-gateway.ts';
import { serviceFile } from './service-file.ts';

const LAUNCHER = fileURLToPath(new URL('../../../../../bin/openclaw', import.meta.url));

/** The gateway as a service of this user: this Node, this checkout, this state directory. */
export const serviceHere = (env: Environment): ServiceFile =>
  serviceFile({
    platform: process.platform,
    home: env['HOME'] || homedir(),
    configHome: env['XDG_CONFIG_HOME'],
    command: [process.execPath, LAUNCHER, 'gateway', 'run'],
    environment: placesOf(env),
    output: join(stateFolder(env).logs, 'gateway.out'),
  });

/** A service starts in a folder of its own: a relative path would mean another place there. */
const placesOf = (env: Environment): Readonly<Record<string, string>> => {
  const [chosen, config] = [env['OPENCLAW_STATE_DIR'], env['OPENCLAW_CONFIG_PATH']];
  return {
    ...(chosen && { OPENCLAW_STATE_DIR: stateFolder(env).root }),
    ...(config && { OPENCLAW_CONFIG_PATH: resolve(fromHome(config, env)) }),
  };
};

export const writeService = async (env: Environment): Promise<ServiceFile> => {
  const service = serviceHere(env);
  await mkdir(dirname(service.file), { recursive: true });
  // launchd opens the output itself, and makes no folder for it.
  await mkdir(stateFolder(env).logs, { recursive: true, mode: 0o700 });
  await writeFileAtomic(service.file, service.text);
  return service;
};

export const removeService = async (env: Environment): Promise<ServiceFile & { readonly removed: boolean }> => {
  const service = serviceHere(env);
  const removed = await stat(service.file).then(() => true, () => false);
  await rm(service.file, { force: true });
  // What `systemctl enable` made: without the unit it would point nowhere.
  if (process.platform === 'linux') await rm(join(dirname(service.file), 'default.target.wants', SYSTEMD_UNIT), { force: true });
  return { ...service, removed };
};
