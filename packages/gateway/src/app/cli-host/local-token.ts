import { readFile } from 'node:fs/promises';
import { CliError } from '../../surfaces/cli/host.ts';
import { findConfig } from '../config/find-config.ts';
import { readConfigFile } from '../config/read-config-file.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';

/** The credential of this machine's gateway, looked for where the gateway looks: configuration, environment, file. */
export const tokenFor = async (env: Environment): Promise<string | undefined> => {
  if (env['OPENCLAW_TOKEN']) return env['OPENCLAW_TOKEN'];
  if (!isHere(env['OPENCLAW_URL'])) throw new CliError('OPENCLAW_URL names another machine: set OPENCLAW_TOKEN to a credential it knows');
  return (await configuredToken(env)) ?? (env['OPENCLAW_AUTH_TOKEN'] || env['OPENCLAW_GATEWAY_TOKEN'] || storedToken(env));
};

export const isHere = (url: string | undefined): boolean => !url || /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(url);

const PLACES = [['gateway', 'token'], ['gateway', 'auth', 'token']] as const;

/**
 * Only the token is read, not the configuration: checking all of it takes longer than everything else a short command does, and a
 * shell need not have the variables that the gateway has.
 */
const configuredToken = async (env: Environment): Promise<string | undefined> => {
  const { file, exists } = await findConfig(env, stateFolder(env));
  const text = exists ? await readConfigFile(file) : undefined;
  if (text === undefined || !mayHoldToken(text)) return undefined;
  const [{ parseConfig }, { expandVariables }, { valueAt }] = await Promise.all([import('../config/text/parse-config.ts'), import('../config/expand-variables.ts'), import('../config/text/tree.ts')]);
  const { tree, unset } = expandVariables((await parseConfig(text, file)).tree, env);
  for (const place of PLACES) {
    const token = valueAt(tree, place);
    const missing = unset.find(({ path }) => path.join('.') === place.join('.'));
    if (missing) throw new CliError(`${file}: ${place.join('.')} stands in the environment variable ${missing.variable}, which is not set here; set it, or OPENCLAW_TOKEN`);
    if (typeof token === 'string') return token;
  }
  return undefined;
};

/** A text without the word sets no token, and needs no parser; unless a letter of it is written as an escape. */
const mayHoldToken = (text: string): boolean => /token|\\/i.test(text.replace(/\b(?:max|context|reserve|keepRecent)Tokens\w*/g, ''));

const storedToken = (env: Environment): Promise<string | undefined> =>
  readFile(stateFolder(env).tokenFile, 'utf8').then((text) => text.trim(), () => undefined);
