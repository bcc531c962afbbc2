import type { LogLevel as ConfigLogLevel } from './config/settings.ts';
import { createSecrets } from '../kernel/secrets.ts';
import { boundYoungGeneration } from '../kernel/young-generation.ts';
import { openLiveConfig } from './config/live-config.ts';
import { loadConfig } from './config/load-config.ts';
import { openLog, type Terminal } from './log/open-log.ts';
import { startGateway } from './start-gateway.ts';
import type { StartOptions } from './start-options.ts';
import { gatewayToken } from './state/gateway-token.ts';
import { type Environment, makeStateFolder } from './state/state-folder.ts';
import { uncheckedCertificates } from './unchecked-certificates.ts';

/** An orderly stop takes at most this long; then the process ends anyway. */
const LONGEST_STOP_MS = 9_500;
const STOPPING = ['SIGTERM', 'SIGINT'] as const;
/** More makes nothing faster: measured with turns and with short connections. */
const YOUNG_GENERATION = 16 * 1024 * 1024;

/** `openclaw gateway run`: a gateway in this process, until a signal ends it. */
export const runGateway = async (
  env: Environment,
  flags: { readonly port?: number; readonly apiPort?: number | null; readonly host?: string },
  extras: StartOptions['extras'] = {},
): Promise<void> => {
  boundYoungGeneration(YOUNG_GENERATION);
  const secrets = createSecrets();
  const { settings, folder } = await loadConfig({ env, flags });
  await makeStateFolder(folder);
  const { level, file, pretty, maxFileMB, maxFiles } = settings.logging;
  const opened = openLog({ folder: file?.folder, ...(file && { name: file.name }), level, pretty, terminal: terminalFor(level), maxFileMB, maxFiles, secrets });
  const { logger, log } = opened;
  const config = await openLiveConfig({ env, flags, log: logger, secrets });
  const token = await gatewayToken({ configured: config.current().gateway.token, env, folder });
  secrets.register(token.token);
  if (token.warning) log('warn', token.warning);
  const unchecked = uncheckedCertificates(env);
  if (unchecked) log('warn', `${unchecked.message}; ${unchecked.mend}`);

  // Until it is ready nothing has been accepted. Said all the same: as the first process of a container it would not hear a signal that nobody handles.
  const leave = (signal: string): void => {
    log('info', `stopped before it was ready (${signal})`);
    void opened.close().finally(() => process.exit(0));
  };
  for (const signal of STOPPING) process.once(signal, leave);
  const gateway = await startGateway({ env, config, folder, token, log, logsDropped: () => opened.dropped(), flags, extras });
  const stop = (signal: string): void => {
    log('info', `stopping (${signal})`);
    setTimeout(() => process.exit(0), LONGEST_STOP_MS).unref();
    gateway
      .stop()
      .then(() => log('info', 'stopped'))
      .catch((thrown: unknown) => log('error', 'the stop was not orderly', { cause: String(thrown) }))
      .then(() => opened.close())
      .then(() => process.exit(0), () => process.exit(1));
  };
  for (const signal of STOPPING) process.off(signal, leave).once(signal, stop);
  process.on('unhandledRejection', (reason) => {
    log('error', 'a promise was left alone', { cause: reason instanceof Error ? reason.stack : String(reason) });
  });
  process.stdout.write(gateway.welcome);
};

/** On a screen the log shows beside the welcome; into a pipe or a service only what matters goes there, the rest is in the file. */
const terminalFor = (level: ConfigLogLevel): Terminal | undefined => (level === 'silent' ? undefined : process.stderr);
