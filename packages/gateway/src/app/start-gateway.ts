import type { Log } from '../kernel/log.ts';
import { announce, announceStop, withdraw } from './announcement.ts';
import type { Settings } from './config/settings.ts';
import { Ports, PortTaken } from './listen.ts';
import { openInside } from './open-inside.ts';
import type { StartOptions } from './start-options.ts';
import { welcome } from './welcome.ts';

const LAST_WORDS_MS = 1_000;

export interface RunningGateway {
  readonly url: string;
  /** What a person is shown once it is ready. */
  readonly welcome: string;
  stop(): Promise<void>;
}

/** Takes the ports, opens everything, and then the door. */
export const startGateway = async (options: StartOptions): Promise<RunningGateway> => {
  const { config, log, folder, token } = options;
  const settings = config.current();
  const ports = new Ports();
  const { first, second } = await takePorts(ports, settings, log);
  const inside = await openInside(options, second === undefined ? [first] : [first, second]).catch(async (thrown: unknown) => {
    config.close();
    await ports.close(0);
    throw thrown;
  });
  const { http, sockets, models, stop } = inside;
  ports.lead({ request: (request, response) => http.routing(request, response), upgrade: (request, socket, head) => sockets.upgrade(request, socket, head) });
  const { host } = settings.gateway;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `http://${shown.includes(':') ? `[${shown}]` : shown}:${first}`;
  await announce(folder.root, url, options.flags);
  log('info', 'ready', { url, store: inside.store, model: models.current().defaultId });
  return {
    url,
    welcome: welcome({ url, second, token, authRequired: settings.gateway.authRequired, model: models.current().defaultId, modelSource: models.source(), folder }),
    stop: async () => {
      // A stop must not fail for want of a file.
      await announceStop(folder.root).catch(() => {});
      config.close();
      await stop(async () => {
        await Promise.all([sockets.close(), ports.close(LAST_WORDS_MS)]);
        await http.close();
      });
      await models.close();
      await withdraw(folder.root);
    },
  };
};

const takePorts = async (ports: Ports, { gateway: { host, port }, api }: Settings, log: Log): Promise<{ readonly first: number; readonly second: number | undefined }> => {
  const first = await ports.take(host, port).catch((thrown: unknown) => {
    throw thrown instanceof PortTaken ? withAdvice(thrown) : thrown;
  });
  if (api.port === null || api.port === first) return { first, second: undefined };
  const second = await ports.take(host, api.port).catch((thrown: unknown) => {
    if (!(thrown instanceof PortTaken)) throw thrown;
    log('warn', `${thrown.message}; going on without it (api.port chooses another, api.port: null needs none)`);
    return undefined;
  });
  return { first, second };
};

const withAdvice = (taken: PortTaken): PortTaken => {
  taken.message = `${taken.message}. Choose another with --port, or gateway.port in the configuration.`;
  return taken;
};
