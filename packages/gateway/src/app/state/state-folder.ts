import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { StateRefused } from './state-refused.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where everything the gateway keeps lies. Nothing here touches the disk; `makeStateFolder` does. */
export interface StateFolder {
  readonly root: string;
  /** The names a configuration may have here, in the order they are looked for. */
  readonly configFiles: readonly string[];
  readonly lastGoodConfig: string;
  readonly database: string;
  readonly tokenFile: string;
  readonly logs: string;
  readonly backups: string;
  /** An agent's folder; with a workspace, the one it has there. */
  workspace(agent: string, workspace?: string): string;
  readonly skills: string;
  /** Channels the owner wrote, a folder each. */
  readonly channels: string;
  /** Modules of the owner that say what becomes of a hook. */
  readonly transforms: string;
}

const CONFIG_NAMES = ['openclaw.json', 'openclaw.json5', 'openclaw.yml', 'openclaw.yaml'];
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

export const stateFolder = (env: Environment): StateFolder => {
  const root = rootFolder(env);
  return {
    root,
    configFiles: CONFIG_NAMES.map((name) => join(root, name)),
    lastGoodConfig: join(root, 'config.last-good'),
    database: join(root, 'openclaw.sqlite'),
    tokenFile: join(root, 'gateway.token'),
    logs: join(root, 'logs'),
    backups: join(root, 'backups'),
    skills: join(root, 'skills'),
    channels: join(root, 'channels'),
    transforms: join(root, 'hooks', 'transforms'),
    workspace: (agent, workspace) => {
      for (const [what, name] of [['an agent', agent], ['a workspace', workspace ?? agent]] as const) {
        if (!NAME.test(name)) throw new Error(`"${name}" cannot be the name of ${what}: letters, digits, dot, dash and underscore only`);
      }
      return join(root, 'workspaces', workspace === undefined ? agent : `${agent}@${workspace}`);
    },
  };
};

/** Only the owner may look in: the folder holds the token and every conversation. */
export const makeStateFolder = async (folder: StateFolder): Promise<void> => {
  try {
    await mkdir(folder.root, { recursive: true, mode: 0o700 });
  } catch (thrown) {
    throw new StateRefused(`the state directory ${folder.root} cannot be made: ${thrown instanceof Error ? thrown.message : String(thrown)}; OPENCLAW_STATE_DIR chooses another`);
  }
};

/** `~` and `~/…` as a shell would read them; everything else as it is. */
export const fromHome = (path: string, env: Environment): string => (path === '~' || path.startsWith('~/') ? join(homeOf(env), path.slice(1)) : path);

const rootFolder = (env: Environment): string => {
  const chosen = env['OPENCLAW_STATE_DIR'];
  return chosen === undefined || chosen === '' ? join(homeOf(env), '.openclaw') : resolve(fromHome(chosen, env));
};

const homeOf = (env: Environment): string => env['HOME'] || homedir();
