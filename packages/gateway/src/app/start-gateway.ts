import type { Server } from 'node:http';
import { mkdir } from 'node:fs/promises';
import { createAuthenticator } from '../engine/access/index.ts';
import type { AgentSettings } from '../engine/agent/index.ts';
import type { TurnQueue } from '../engine/ports/queue.ts';
import type { Store } from '../engine/ports/store.ts';
import type { Tool } from '../engine/ports/tool.ts';
import type { Log } from '../kernel/log.ts';
import { createHttpServer, unhandledOperations } from '../surfaces/kit/http-server.ts';
import { announce, type RunningFlags, withdraw } from './announcement.ts';
import { compose } from './compose.ts';
import type { LiveConfig } from './config/live-config.ts';
import type { Settings } from './config/settings.ts';
import { listen, listenAlso, PortTaken, portOf } from './listen.ts';
import { openModels } from './open-models.ts';
import { openStore } from './open-store.ts';
import { dialects, tools } from './plugins.gen.ts';
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
  /** For who embeds the gateway: tools beside the built-in ones, a hand between the engine and its store or its queue. */
  readonly extras?: {
    readonly tools?: readonly Tool[];
    readonly store?: (store: Store) => Store;
    readonly queue?: (queue: TurnQueue) => TurnQueue;
  };
}

export interface RunningGateway {
  readonly url: string;
  /** What a person is shown once it is ready. */
  readonly welcome: string;
  stop(): Promise<void>;
}

/** Opens everything, and then the door. */
export const startGateway = async ({ env, config, folder, token, log, logsDropped, flags, extras = {} }: StartOptions): Promise<RunningGateway> => {
  const settings = config.current();
  const [opened, models] = await Promise.all([
    openStore(settings.store.postgresUrl, folder.database, log),
    openModels(config, env, log),
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
  metrics.gauge('openclaw_log_lines_dropped', 'Log lines the disk did not take', logsDropped);

  let draining = false;
  const ready = rarely(READY_FOR_MS, () => opened.store.ping());
  const app = createHttpServer({
    gateway,
    dialects,
    authenticate: createAuthenticator(() => (config.current().gateway.authRequired ? (config.current().gateway.token ?? token.token) : undefined)),
    allowedHosts: () => [...config.current().gateway.allowedHosts, config.current().gateway.host],
    metrics: () => metrics.text(),
    ready,
    isDraining: () => draining,
    log,
  });
  const { host } = settings.gateway;
  let second: Server | undefined;
  try {
    const port = await listen(app, host, settings.gateway.port);
    second = await openSecond(app, settings, port, log);
    const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
    const url = `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
    await announce(folder.root, url, flags);
    log('info', 'ready', { url, store: opened.name, model: models.current().defaultId });
    return {
      url,
      welcome: welcome({ url, second: second && portOf(second), token, authRequired: settings.gateway.authRequired, model: models.current().defaultId, modelSource: models.source(), folder }),
      stop: async () => {
        draining = true;
        await withdraw(folder.root);
        config.close();
        const closed = Promise.all([app.close(), second && closeServer(second)]);
        await stop(GRACE_MS, async () => {
          // Whoever still sends a request, or reads an answer, has this long for the rest of it.
          const hangUp = setTimeout(() => [app.server, second].forEach((server) => server?.closeAllConnections()), LAST_WORDS_MS);
          await closed;
          clearTimeout(hangUp);
        });
        await models.close();
      },
    };
  } catch (thrown) {
    await app.close();
    await stop(0);
    await models.close();
    config.close();
    throw thrown instanceof PortTaken ? withAdvice(thrown) : thrown;
  }
};

const openSecond = async (app: ReturnType<typeof createHttpServer>, settings: Settings, port: number, log: Log): Promise<Server | undefined> => {
  const wanted = settings.api.port;
  if (wanted === null || wanted === port) return undefined;
  try {
    return await listenAlso(app, settings.gateway.host, wanted);
  } catch (thrown) {
    if (!(thrown instanceof PortTaken)) throw thrown;
    log('warn', `${thrown.message}; going on without it (api.port chooses another, api.port: null needs none)`);
    return undefined;
  }
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });

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
