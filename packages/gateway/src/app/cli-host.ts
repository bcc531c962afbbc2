import { readFile } from 'node:fs/promises';
import { connect } from '@openclaw/client';
import { type CliHost, CliError } from '../surfaces/cli/host.ts';
import { ANNOUNCEMENT, type Announcement } from './announcement.ts';
import { loadConfig } from './config/load-config.ts';
import { type Environment, stateFolder } from './state/state-folder.ts';
import { version } from './version.ts';

/** The command line's view of this machine. What each command needs is loaded when it is used. */
export const createCliHost = (env: Environment): CliHost => ({
  version: version(),
  connect: async () => {
    const url = (env['OPENCLAW_URL'] ?? (await localUrl(env))).replace(/\/+$/, '');
    return { url, client: connect({ baseUrl: url, token: await tokenFor(env) }) };
  },
  runGateway: async (flags) => {
    const { runGateway } = await import('./run-gateway.ts');
    await runGateway(env, flags);
  },
  createBackup: async (folder) => {
    const { createBackup } = await import('./backup.ts');
    return createBackup(env, folder);
  },
  restoreBackup: async (folder) => {
    const { restoreBackup } = await import('./backup.ts');
    return restoreBackup(env, folder);
  },
  config: async () => (await import('./cli-host/config.ts')).configHost(env),
  chatHistory: async () => (await import('./cli-host/chat-history.ts')).chatHistory(env),
  onboard: async () => (await import('./cli-host/onboard.ts')).onboardHost(env),
});

/** Where the gateway of this state directory listens: what it announced when it started, else what the configuration says. */
const localUrl = async (env: Environment): Promise<string> => {
  const announced = await readFile(`${stateFolder(env).root}/${ANNOUNCEMENT}`, 'utf8').catch(() => undefined);
  // Written by `announce` in this version or another; a broken one counts as none.
  if (announced !== undefined) {
    try {
      return (JSON.parse(announced) as Announcement).url;
    } catch {
      // Falls through to the configuration.
    }
  }
  const { settings } = await loadConfig({ env });
  return `http://127.0.0.1:${settings.gateway.port}`;
};

const tokenFor = async (env: Environment): Promise<string | undefined> => {
  if (env['OPENCLAW_TOKEN']) return env['OPENCLAW_TOKEN'];
  if (env['OPENCLAW_URL'] && !/^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:|\/|$)/.test(env['OPENCLAW_URL'])) {
    throw new CliError('OPENCLAW_URL names another machine: set OPENCLAW_TOKEN to a credential it knows');
  }
  const { settings } = await loadConfig({ env });
  if (settings.gateway.token !== undefined) return settings.gateway.token;
  const named = env['OPENCLAW_AUTH_TOKEN'] || env['OPENCLAW_GATEWAY_TOKEN'];
  if (named) return named;
  return readFile(stateFolder(env).tokenFile, 'utf8').then((text) => text.trim(), () => undefined);
};
