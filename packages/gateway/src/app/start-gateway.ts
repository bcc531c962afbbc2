import { mkdir } from 'node:fs/promises';
import { type Authenticator, createAuthenticator } from '../engine/access/index.ts';
import type { AgentSettings } from '../engine/agent/index.ts';
import type { TurnQueue } from '../engine/ports/queue.ts';
import type { Store } from '../engine/ports/store.ts';
import type { Tool } from '../engine/ports/tool.ts';
import type { Log } from '../kernel/log.ts';
import { createHttpServer, unhandledOperations } from '../surfaces/kit/http/server.ts';
import type { SocketLimits } from '../surfaces/kit/socket/limits.ts';
import { SocketServer } from '../surfaces/kit/socket/server.ts';
import { Doorkeeper, type DoorkeeperSettings } from '../surfaces/kit/wire/doorkeeper.ts';
import { announce, announceStop, type RunningFlags, withdraw } from './announcement.ts';
import { compose } from './compose.ts';
import type { LiveConfig } from './config/live-config.ts';
import type { Settings } from './config/settings.ts';
import { Ports, PortTaken } from './listen.ts';
import { openModels } from './open-models.ts';
import { openStore } from './open-store.ts';
import { dialects, tools } from './plugins.gen.ts';
import { blockedAddresses } from './state/blocked-addresses.ts';
import type { GatewayToken } from './state/gateway-token.ts';
import type { Environment, StateFolder } from './state/state-folder.ts';
import { welcome } from './welcome.ts';

/** What runs may take of the ten seconds an orderly stop has. */
const GRACE_MS = 7_000;
const LAST_WORDS_MS = 1_000;
const READY_FOR_MS = 1_000;
const MAIN = 'main';

export interface StartOptions {
  readonly env: Environment;
  readonly config: LiveConfig;
  readonly folder: StateFolder;
  readonly token: GatewayToken;
  readonly log: Log;
  readonly logsDropped: () => number;
  readonly flags?: RunningFlags;
  /** For who embeds the gateway: tools beside the built-in ones, a hand between the engine and its store or its queue, other bounds. */
  readonly extras?: {
    readonly tools?: readonly Tool[];
    readonly store?: (store: Store) => Store;
    readonly queue?: (queue: TurnQueue) => TurnQueue;
    readonly authenticator?: (authenticator: Authenticator) => Authenticator;
    readonly doorkeeper?: (doorkeeper: Doorkeeper) => Pick<Doorkeeper, 'admit' | 'foreign'>;
    readonly socketLimits?: Partial<SocketLimits>;
  };
}

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
  const behind = await openBehind(options).catch(async (thrown: unknown) => {
    config.close();
    await ports.close(0);
    throw thrown;
  });
  const { http, sockets, models, stop } = behind;
  ports.lead({ request: (request, response) => http.routing(request, response), upgrade: (request, socket, head) => sockets.upgrade(request, socket, head) });
  const { host } = settings.gateway;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const url = `http://${shown.includes(':') ? `[${shown}]` : shown}:${first}`;
  await announce(folder.root, url, options.flags);
  log('info', 'ready', { url, store: behind.store, model: models.current().defaultId });
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

/** Everything behind the ports: the store, the models, the engine, and the servers that lead to its door. */
const openBehind = async ({ env, config, folder, token, log, logsDropped, extras = {} }: StartOptions) => {
  const settings = config.current();
  const [opened, models, blocked] = await Promise.all([
    openStore(settings.store.postgresUrl, folder.database, log),
    openModels(config, env, log),
    blockedAddresses(folder.root, log),
    mkdir(agentSettings(settings, MAIN).workspaceFolder, { recursive: true, mode: 0o700 }),
  ]);
  const { gateway, metrics, stop } = compose({
    opened: {
      ...opened,
      store: extras.store?.(opened.store) ?? opened.store,
      queue: extras.queue?.(opened.queue) ?? opened.queue,
    },
    models: models.current,
    tools: () => [...allowedTools(config.current()), ...(extras.tools ?? [])],
    agent: createAgents(() => config.current()),
    knowsAgent: (id) => Object.hasOwn(config.current().agents, id),
    slots: () => config.current().limits.maxConcurrentTurns,
    log,
  });
  const missing = unhandledOperations(gateway);
  if (missing.length > 0) throw new Error(`nothing handles ${missing.join(', ')}`);

  let draining = false;
  const ownAuthenticator = createAuthenticator(
    () => {
      const { gateway: { authRequired, token: configured }, api } = config.current();
      return { token: authRequired ? (configured ?? token.token) : undefined, requestsPerMinute: api.rateLimit };
    },
    { blocked },
  );
  const authenticator = extras.authenticator?.(ownAuthenticator) ?? ownAuthenticator;
  config.onChange(() => authenticator.refresh());
  const ownDoorkeeper = new Doorkeeper(doorkeeperSettings(config));
  const doorkeeper = extras.doorkeeper?.(ownDoorkeeper) ?? ownDoorkeeper;
  const shared = { gateway, dialects, authenticator, doorkeeper, isDraining: () => draining, log };
  const http = createHttpServer({
    ...shared,
    corsMethods: () => config.current().api.cors.methods,
    metrics: () => metrics.text(),
    ready: rarely(READY_FOR_MS, () => opened.store.ping()),
  });
  const sockets = new SocketServer({ ...shared, maxConnections: () => config.current().gateway.maxConnections, limits: extras.socketLimits });
  metrics.gauge('openclaw_log_lines_dropped', 'Log lines the disk did not take', logsDropped);
  metrics.gauge('openclaw_sockets', 'WebSocket connections', () => sockets.size);
  await http.ready();
  return {
    http,
    sockets,
    models,
    store: opened.name,
    /** New work is refused while the ports still answer; `hangUp` comes when the last answers are out. */
    stop: (hangUp: () => Promise<void>): Promise<void> => {
      draining = true;
      sockets.drain();
      return stop(GRACE_MS, hangUp);
    },
  };
};

/** Put together once a configuration: it is looked at with every request. */
const doorkeeperSettings = (config: LiveConfig) => {
  let known: { readonly settings: Settings; readonly value: DoorkeeperSettings } | undefined;
  return (): DoorkeeperSettings => {
    const settings = config.current();
    if (known?.settings === settings) return known.value;
    const { allowedHosts, host, allowedOrigins, trustedProxies, authRequired } = settings.gateway;
    const value = { allowedHosts: [...allowedHosts, host], allowedOrigins: [...allowedOrigins, ...settings.api.cors.origins], trustedProxies, authRequired };
    known = { settings, value };
    return value;
  };
};

const withAdvice = (taken: PortTaken): PortTaken => {
  taken.message = `${taken.message}. Choose another with --port, or gateway.port in the configuration.`;
  return taken;
};

/** Asks at most once in a while, however often it is called: anybody may call `/readyz`. */
const rarely = (everyMs: number, ask: () => Promise<void>): (() => Promise<void>) => {
  let answer: Promise<void> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (answer === undefined || performance.now() - askedAt > everyMs) {
      askedAt = performance.now();
      answer = ask();
      answer.catch(() => {});
    }
    return answer;
  };
};

const allowedTools = ({ tools: { allow, deny } }: Settings) =>
  tools.filter(({ name }) => (allow === undefined || allow.includes(name)) && !deny.includes(name));

/** Each agent's settings, put together once a configuration. */
const createAgents = (current: () => Settings): ((id: string) => AgentSettings) => {
  const known = new WeakMap<Settings, Map<string, AgentSettings>>();
  return (id) => {
    const settings = current();
    const agents = known.get(settings) ?? new Map<string, AgentSettings>();
    known.set(settings, agents);
    const agent = agents.get(id) ?? agentSettings(settings, id);
    agents.set(id, agent);
    return agent;
  };
};

const agentSettings = (settings: Settings, id: string): AgentSettings => {
  const agent = settings.agents[id] ?? settings.agentDefaults;
  const { limits } = settings;
  return {
    workspaceFolder: agent.workspace,
    model: agent.model,
    systemPrompt: agent.systemPrompt,
    timezone: agent.timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    language: agent.language,
    maxTokens: agent.maxTokens ?? 8_192,
    compaction: agent.compaction,
    limits: {
      maxSteps: limits.maxStepsPerTurn,
      maxRepeatedToolCalls: limits.maxRepeatedToolCalls,
      maxTokens: limits.maxTokensPerTurn,
      maxCostUSD: limits.maxCostPerTurnUSD,
      turnTimeoutSeconds: agent.timeoutSeconds ?? limits.turnTimeoutSeconds,
      toolTimeoutSeconds: limits.toolTimeoutSeconds,
    },
  };
};
