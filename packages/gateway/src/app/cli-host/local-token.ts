import { readFile } from 'node:fs/promises';
import { CliError } from '../../surfaces/cli/host.ts';
import { findConfig } from '../config/find-config.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';

/** The credential of this machine's gateway, looked for where the gateway looks: configuration, environment, file. */
export const tokenFor = async (env: Environment): Promise<string | undefined> => {
  if (env['OPENCLAW_TOKEN']) return env['OPENCLAW_TOKEN'];
  if (!isHere(env['OPENCLAW_URL'])) throw new CliError('OPENCLAW_URL names another machine: set OPENCLAW_TOKEN to a credential it knows');
  return (await configuredToken(env)) ?? (env['OPENCLAW_AUTH_TOKEN'] || env['OPENCLAW_GATEWAY_TOKEN'] || storedToken(env));
};

export const isHere = (url: string | undefined): boolean => !url || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url);

const configuredToken = async (env: Environment): Promise<string | undefined> => {
  if (!(await mayHoldToken(env))) return undefined;
  const { loadConfig } = await import('../config/load-config.ts');
  return (await loadConfig({ env })).settings.gateway.token;
};

/**
 * Reading a configuration takes longer than all else a short command does. A text without the word sets no token; where a letter
 * may be written as an escape, nobody can say so without a parser.
 */
const mayHoldToken = async (env: Environment): Promise<boolean> => {
  const { file, exists } = await findConfig(env, stateFolder(env));
  if (!exists) return Boolean(env['OPENCLAW_CONFIG_PATH']);
  const text = await readFile(file, 'utf8').catch(() => 'token');
  return /token|\\/i.test(text.replace(/\b(?:max|context|reserve|keepRecent)Tokens\w*/g, ''));
};

const storedToken = (env: Environment): Promise<string | undefined> =>
  readFile(stateFolder(env).tokenFile, 'utf8').then((text) => text.trim(), () => undefined);
