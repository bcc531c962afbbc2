import { mkdir } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { openCalendar } from '../drivers/calendars/croner/index.ts';
import { type ConfiguredKey, createAuthenticator } from '../engine/access/index.ts';
import { equipmentOf, SkillRegistry } from '../engine/skills/index.ts';
import { rarely } from '../kernel/rarely.ts';
import { Doorkeeper, type DoorkeeperSettings } from '../surfaces/kit/wire/doorkeeper.ts';
import { agentLimitsOf, agentSettings, allowedTools, createAgents, heartbeatsOf, MAIN, profilesOf } from './agents.ts';
import { compose } from './compose.ts';
import { openConfigFile } from './config/config-file.ts';
import type { ConfigChange, LiveConfig } from './config/live-config.ts';
import type { ApiKeySettings, Settings } from './config/settings.ts';
import { openIngress } from './open-ingress.ts';
import { openModels } from './open-models.ts';
import { openSkills } from './open-skills.ts';
import { openStore } from './open-store.ts';
import { dialects } from './plugins.gen.ts';
import type { StartOptions } from './start-options.ts';
import { blockedAddresses } from './state/blocked-addresses.ts';
import { version } from './version.ts';

/** What runs may take of the ten seconds an orderly stop has. */
const GRACE_MS = 7_000;
/** Anybody may ask whether it is ready. */
const READY_FOR_MS = 1_000;

/** Everything inside the house: the store, the models, the engine, and the servers that lead to its door. */
export const openInside = async ({ env, config, folder, token, log, logsDropped, flags, extras = {} }: StartOptions, ownPorts: readonly number[]) => {
  const settings = config.current();
  const configFile = openConfigFile({ config, env, flags });
  const [opened, models, blocked, { createHttpServer, unhandledOperations }, { addDocs }, { addCallbacks, addHooks, addIngress }, { SocketServer }] = await Promise.all([
    openStore(settings.store.postgresUrl, folder.database, log),
    openModels(config, env, log),
    blockedAddresses(folder.root, log),
    // Loaded only now: meanwhile the store's thread opens the database.
    import('../surfaces/kit/http/server.ts'),
    import('../surfaces/docs/add-docs.ts'),
    import('../surfaces/ingress/index.ts'),
    import('../surfaces/kit/socket/server.ts'),
    mkdir(agentSettings(settings, MAIN).workspaceFolder, { recursive: true, mode: 0o700 }),
  ]);
  const store = extras.store?.(opened.store) ?? opened.store;
  const { sources, close: closeSources } = openSkills(config, env);
  const skills = new SkillRegistry({ folder: folder.skills, sources, equipment: equipmentOf(env), store, log, now: Date.now });
  await skills.recover();
  const configuredKeys = () => config.current().api.keys.map(toConfiguredKey);
  const requestsPerMinute = () => config.current().api.rateLimit;
  const { gateway, metrics, credentials, audit, wrongCredentials, alarms, channels, stop } = await compose({
    opened: { ...opened, store, queue: extras.queue?.(opened.queue) ?? opened.queue },
    models: models.current,
    tools: () => [...allowedTools(config.current()), ...(extras.tools ?? [])],
    agents: (profileOf) => createAgents({ current: () => config.current(), folder, profileOf }),
    knowsAgent: (id) => Object.hasOwn(config.current().agents, id),
    profiles: () => profilesOf(config.current()),
    configuredKeys,
    configFile: extras.configFile?.(configFile) ?? configFile,
    requestsPerMinute,
    channels: { config, folder: folder.channels, extra: extras.channels ?? {} },
    skills,
    calendar: openCalendar(),
    schedule: () => config.current().cron,
    heartbeats: () => heartbeatsOf(config.current()),
    slots: () => config.current().limits.maxConcurrentTurns,
    agentLimits: () => agentLimitsOf(config.current()),
    budget: () => config.current().limits.budget,
    keepAuditDays: () => config.current().audit.keepDays,
    webhooks: { config, ownPorts, state: folder.root, pace: extras.deliveryPace },
    log,
  });
  const missing = unhandledOperations(gateway);
  if (missing.length > 0) throw new Error(`nothing handles ${missing.join(', ')}`);

  const refused = (address: string, outcome: 'auth_invalid' | 'rate_limited'): void => {
    wrongCredentials.note(address, outcome);
    if (outcome === 'rate_limited') alarms.intrusion('credential_guessing', { address });
  };
  let draining = false;
  const ownAuthenticator = createAuthenticator(
    () => {
      const { authRequired, token: configured } = config.current().gateway;
      return { token: authRequired ? (configured ?? token.token) : undefined, keys: configuredKeys(), requestsPerMinute: requestsPerMinute() };
    },
    { book: credentials, blocked, shared: opened.rates && { rates: opened.rates, bus: opened.bus }, refused },
  );
  const authenticator = extras.authenticator?.(ownAuthenticator) ?? ownAuthenticator;
  config.onChange((change) => {
    authenticator.refresh();
    // Whoever made it: an edit of the file by hand has no other trace.
    audit.add({ at: Date.now(), caller: 'gateway', operation: 'config.reload', outcome: 'ok', resource: `config=${changedSections(change).join(',')}` });
  });
  const ownDoorkeeper = new Doorkeeper(doorkeeperSettings(config));
  const doorkeeper = extras.doorkeeper?.(ownDoorkeeper) ?? ownDoorkeeper;
  const shared = { gateway, dialects, authenticator, doorkeeper, isDraining: () => draining, log };
  const http = createHttpServer({
    ...shared,
    corsMethods: () => config.current().api.cors.methods,
    metrics: () => metrics.text(),
    ready: rarely(READY_FOR_MS, () => opened.store.ping()),
  });
  addDocs(http, { dialects, authenticator, version: version() });
  const { ingress, hooks, hooksPath, callbacks, close: closeIngress } = openIngress({ gateway, config, audit, alarms, channels, log });
  addIngress(http, { ingress: extras.ingress?.(ingress) ?? ingress, log });
  addHooks(http, { hooks, path: hooksPath, log });
  addCallbacks(http, { callbacks, log });
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
    stop: async (hangUp: () => Promise<void>): Promise<void> => {
      draining = true;
      sockets.drain();
      await stop(GRACE_MS, async () => {
        await hangUp();
        await closeIngress();
      });
      await closeSources();
    },
  };
};

const changedSections = ({ settings, previous }: ConfigChange): readonly string[] =>
  Object.entries(settings).flatMap(([section, now]) => (isDeepStrictEqual(now, Reflect.get(previous, section)) ? [] : [section]));

/** Known by its name, so that its limits and its keys of idempotency outlive a new secret. */
const toConfiguredKey = ({ key, label, permissions, workspaces, rateLimit, budget, addresses }: ApiKeySettings): ConfiguredKey => ({
  id: `config-key:${label}`,
  label,
  key,
  grants: { scope: undefined, permissions, workspaces, requestsPerMinute: rateLimit, budget, addresses },
});

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
