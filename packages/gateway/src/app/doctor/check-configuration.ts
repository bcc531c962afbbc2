import { constants, open } from 'node:fs/promises';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Environment } from '../state/state-folder.ts';
import { looseMode } from './private-path.ts';
import { type Check, error, type Noted, ok, type Scene, shellWord, warn } from './scene.ts';

const STRONG = 32;
const MAKE_TOKEN = 'openclaw config set gateway.token "$(openssl rand -hex 32)"';

/** The configuration, or what is wrong with it. */
export const readConfiguration = async (env: Environment): Promise<Pick<Scene, 'loaded' | 'refused'>> => {
  try {
    return { loaded: await loadConfig({ env }) };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return { refused: error('Config', thrown.message, `edit ${shellWord(thrown.file)}${thrown.line === undefined ? '' : `, line ${thrown.line}`}`) };
  }
};

export const checkConfig: Check = async ({ loaded, refused }) => {
  if (refused !== undefined) return [refused];
  if (loaded === undefined) return [];
  const { file, text, reports, secrets } = loaded;
  if (text === undefined) return [ok('Config', 'there is none, so the defaults count')];
  const warnings = reports.filter(({ level }) => level === 'warn').map(({ path, message }) => warn('Config', message, `edit ${shellWord(file)}, or: openclaw config unset ${shellWord(path)}`));
  const loose = secrets.length > 0 ? await looseMode('Config', file, 'secrets') : undefined;
  const findings = [...warnings, ...(loose ? [loose] : [])];
  return findings.length > 0 ? findings : [ok('Config', file)];
};

export const checkToken: Check = async ({ env, folder, loaded }) => {
  const settings = loaded?.settings.gateway;
  if (settings?.authRequired === false) {
    return [warn('Token', 'authentication is off: every program and every user of this machine commands the agent', 'openclaw config set gateway.auth.enabled true')];
  }
  if (settings?.token !== undefined) return [strengthOf(settings.token, 'gateway.token in the configuration', MAKE_TOKEN)];
  const named = ['OPENCLAW_AUTH_TOKEN', 'OPENCLAW_GATEWAY_TOKEN'].filter((name) => env[name]);
  const [first, second] = named;
  if (first !== undefined) {
    if (second !== undefined && env[first] !== env[second]) return [error('Token', `${first} and ${second} are set to different values, and only one can count`, `unset ${second}`)];
    return [strengthOf(env[first] ?? '', `the environment variable ${first}`, `export ${first}="$(openssl rand -hex 32)"`)];
  }
  return checkTokenFile(folder.tokenFile);
};

const checkTokenFile = async (file: string): Promise<readonly Noted[]> => {
  const read = await readStart(file);
  if (read === undefined) return [ok('Token', `${file} is not there yet; the first start makes one`)];
  const mend = `rm ${shellWord(file)}   # the next start makes a new one`;
  if (read instanceof Error) return [error('Token', `${file} cannot be read: ${read.message}`, mend)];
  if (!/^[\x21-\x7e]{8,1024}$/.test(read.trim())) return [error('Token', `${file} does not hold a token`, mend)];
  const loose = await looseMode('Token', file, 'the token that opens everything');
  return loose ? [loose] : [strengthOf(read.trim(), file, mend)];
};

const readStart = async (file: string): Promise<string | Error | undefined> => {
  try {
    // Without O_NONBLOCK, a pipe in its place would hold this up for ever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    return thrown instanceof Error ? thrown : new Error('unreadable');
  }
};

/** Says how long it is, never what it is. */
const strengthOf = (token: string, source: string, mend: string): Noted =>
  token.length >= STRONG ? ok('Token', source) : warn('Token', `the one in ${source} has ${token.length} characters; at least ${STRONG} random ones cannot be guessed`, mend);

const EVERY_ADDRESS = new Set(['0.0.0.0', '::']);

export const checkReach: Check = async ({ loaded }) => {
  if (loaded === undefined) return [];
  const { host, allowedHosts } = loaded.settings.gateway;
  if (!EVERY_ADDRESS.has(host) || allowedHosts.length > 0) return [ok('Reach', `listens on ${host}${allowedHosts.length > 0 ? `, also asked for as ${allowedHosts.join(', ')}` : ''}`)];
  return [warn('Reach', `it listens on every address (${host}): other machines reach it by its addresses, but by no name`, `openclaw config set gateway.allowedHosts '["<name of this machine>"]'`)];
};
