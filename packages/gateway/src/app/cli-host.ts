import { connect } from '@openclaw/client';
import { overHttp } from '@openclaw/client/over-http';
import type { CliHost } from '../surfaces/cli/host.ts';
import type { DoctorHost } from '../surfaces/cli/doctor/doctor-host.ts';
import type { GatewayHost } from '../surfaces/cli/gateway/gateway-host.ts';
import type { LogHost } from '../surfaces/cli/logs/log-host.ts';
import { readAnnouncement } from './announcement.ts';
import { tokenFor } from './cli-host/local-token.ts';
import { type Environment, stateFolder } from './state/state-folder.ts';
import { version } from './version.ts';

/** The command line's view of this machine. What each command needs is loaded when it is used. */
export const createCliHost = (env: Environment): CliHost => ({
  version: version(),
  connect: async () => {
    const url = (env['OPENCLAW_URL'] || (await localUrl(env))).replace(/\/+$/, '');
    return { url, client: connect({ baseUrl: url, token: await tokenFor(env), ask: overHttp }) };
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
  verifyAuditAtRest: async (expect) => (await import('./cli-host/audit-at-rest.ts')).verifyAuditAtRest(env, expect),
  config: async () => (await import('./cli-host/config.ts')).configHost(env),
  chatHistory: async () => (await import('./cli-host/chat-history.ts')).chatHistory(env),
  onboard: async () => (await import('./cli-host/onboard.ts')).onboardHost(env),
  openApi: async () => (await import('./cli-host/open-api.ts')).openApi(),
  gateway: gatewayHost(env),
  doctor: doctorHost(env),
  logs: logHost(env),
});

const gatewayHost = (env: Environment): GatewayHost => ({
  find: async () => (await import('./cli-host/find-gateway.ts')).findGateway(env),
  start: async (flags) => (await import('./cli-host/start-detached.ts')).startDetached(env, flags),
  stop: async (options) => (await import('./cli-host/stop-gateway.ts')).stopGateway(env, options),
  service: async () => (await import('./cli-host/install-service.ts')).serviceHere(env),
  writeService: async () => (await import('./cli-host/install-service.ts')).writeService(env),
  removeService: async () => (await import('./cli-host/install-service.ts')).removeService(env),
});

const doctorHost = (env: Environment): DoctorHost => ({
  examine: async (options) => (await import('./doctor/examine.ts')).examine(env, options),
});

const logHost = (env: Environment): LogHost => ({
  open: async () => (await import('./cli-host/local-log.ts')).openLocalLog(env),
});

/** Where the gateway of this state directory listens: what it announced when it started, else what the configuration says. */
const localUrl = async (env: Environment): Promise<string> => {
  const announced = await readAnnouncement(stateFolder(env).root);
  if (announced !== undefined) return announced.url;
  const { loadConfig } = await import('./config/load-config.ts');
  const { settings } = await loadConfig({ env });
  return `http://127.0.0.1:${settings.gateway.port}`;
};
