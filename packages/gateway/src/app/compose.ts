import {
  cancelTurn, changeAllowlist, clearSessions, createCredential, createSession, createWorkspace, deleteSession, deleteWorkspace, getConfig, getSession, getStatus, getTurn,
  getWorkspace, listAudit, listCredentials, listEvents, listModels, listSessions, listWorkspaces, type OutputOf, patchConfig, revokeCredential, rotateCredential, runTask, sendMessage, type Session, sessionHistory,
  sessionStatus, testModel, updateWorkspace, usageToday, verifyAudit, watchActivity, watchTurn,
} from '@openclaw/contract';
import { AuditTrail, type ConfiguredKey, CredentialBook, WrongCredentials } from '../engine/access/index.ts';
import { credentialHandlers } from '../engine/credentials/index.ts';
import { auditHandlers, pruneAudit } from '../engine/audit/index.ts';
import { configurationHandlers } from '../engine/configuration/index.ts';
import { createInstructions } from '../engine/agent/index.ts';
import { Gateway } from '../engine/gateway.ts';
import { modelHandlers, type Models } from '../engine/models/index.ts';
import type { ConfigFile } from '../engine/ports/config-file.ts';
import type { Tool } from '../engine/ports/tool.ts';
import { sessionHandlers } from '../engine/sessions/index.ts';
import { statusHandler, usageHandler } from '../engine/status/index.ts';
import { WorkspaceBook, workspaceHandlers } from '../engine/workspaces/index.ts';
import { activityHandler, LiveTurns, turnHandlers, TurnRunner } from '../engine/turns/index.ts';
import type { Log } from '../kernel/log.ts';
import { Metrics } from '../kernel/metrics.ts';
import { type Agents, MAIN } from './agents.ts';
import type { OpenedStore } from './opened-store.ts';
import { version } from './version.ts';

const SWEEP_MS = 10 * 60_000;

export interface Parts {
  readonly opened: OpenedStore;
  readonly models: () => Models;
  readonly tools: () => readonly Tool[];
  /** The agents, given the profile that each workspace has chosen. */
  readonly agents: (profileOf: (workspace: string) => string | undefined) => Agents;
  readonly knowsAgent: (id: string) => boolean;
  /** The names a workspace's profile may have. */
  readonly profiles: () => readonly string[];
  readonly configuredKeys: () => readonly ConfiguredKey[];
  readonly configFile: ConfigFile;
  /** For credentials without a limit of their own. */
  readonly requestsPerMinute: () => number | undefined;
  readonly slots: () => number;
  /** Days after which the audit log is pruned; undefined is never. */
  readonly keepAuditDays: () => number | undefined;
  readonly log: Log;
  readonly now?: () => number;
}

export interface Composed {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly runner: TurnRunner;
  readonly credentials: CredentialBook;
  readonly audit: AuditTrail;
  readonly wrongCredentials: WrongCredentials;
  /** Stops in order: no new work, running turns to their end or back to the queue, the last answers, then the store. */
  stop(graceMs: number, lastAnswers?: () => Promise<unknown>): Promise<void>;
}

/** Puts the engine together over the drivers it is given. */
export const compose = async ({
  opened, models, tools, agents: agentsFor, knowsAgent, profiles, configuredKeys, configFile, requestsPerMinute, slots, keepAuditDays, log, now = Date.now,
}: Parts): Promise<Composed> => {
  const { store, queue, bus } = opened;
  const credentials = new CredentialBook({ store, bus, requestsPerMinute, log, now });
  const workspaces = new WorkspaceBook(store, bus, log);
  await Promise.all([credentials.read(), workspaces.read()]);
  const agents = agentsFor((workspace) => workspaces.get(workspace)?.agent);
  const main = () => agents.settings({ agent: MAIN, workspace: 'main' });
  const metrics = new Metrics();
  const audit = new AuditTrail(store, log);
  const wrongCredentials = new WrongCredentials(audit, now);
  const live = new LiveTurns(bus);
  const gateway = new Gateway({ store, audit, metrics, log, now });
  const runner: TurnRunner = new TurnRunner({
    store, queue, bus, live, slots, log, now,
    agent: {
      // Read anew for each turn: the configuration may have changed.
      get models() { return models(); },
      get tools() { return tools(); },
      settings: agents.settings,
      instructions: createInstructions(),
      call: (operation, input, caller) => gateway.call(operation, input, { caller, origin: { surface: 'tool' } }),
      log,
      now,
    },
  });

  const configOf = (session: Session): OutputOf<typeof sessionStatus>['config'] => {
    const { model, maxTokens, timezone, limits } = agents.settings(session);
    const resolved = models().resolve(model);
    return {
      model: resolved.id,
      contextTokens: resolved.contextTokens,
      maxTokens: Math.min(maxTokens, resolved.maxOutputTokens),
      timezone,
      turnTimeoutSeconds: limits.turnTimeoutSeconds,
      tools: tools().map(({ name }) => name),
    };
  };
  const requireUsable = workspaces.requireUsable.bind(workspaces);
  const sessions = sessionHandlers({ store, agent: MAIN, requireUsable, configOf, cancelAll: (id) => runner.cancelSession(id), now });
  const asked = modelHandlers(models);
  const keys = credentialHandlers({ store, bus, book: credentials, configured: configuredKeys, now });
  const places = workspaceHandlers({ store, bus, book: workspaces, profiles, clearSessions: sessions.clearWorkspace, removeFiles: agents.removeFiles, now });
  const configuration = configurationHandlers(configFile);
  const trail = auditHandlers({ store, trail: audit });
  const turns = turnHandlers({
    store, bus, live, agent: MAIN, knowsAgent, requireUsable, now,
    checkModel: (name) => void models().resolve(name ?? main().model),
    worker: runner,
  });
  gateway
    .handle(sendMessage, turns.send)
    .handle(getTurn, turns.get)
    .handle(watchTurn, turns.watch)
    .handle(cancelTurn, turns.cancel)
    .handle(runTask, turns.run)
    .handle(createSession, sessions.create)
    .handle(listSessions, sessions.list)
    .handle(getSession, sessions.get)
    .handle(sessionStatus, sessions.status)
    .handle(sessionHistory, sessions.history)
    .handle(deleteSession, sessions.remove)
    .handle(clearSessions, sessions.clear)
    .handle(listWorkspaces, places.list)
    .handle(getWorkspace, places.get)
    .handle(createWorkspace, places.create)
    .handle(updateWorkspace, places.update)
    .handle(changeAllowlist, places.allowlist)
    .handle(deleteWorkspace, places.remove)
    .handle(createCredential, keys.create)
    .handle(listCredentials, keys.list)
    .handle(revokeCredential, keys.revoke)
    .handle(rotateCredential, keys.rotate)
    .handle(getConfig, configuration.get)
    .handle(patchConfig, configuration.patch)
    .handle(listAudit, trail.list)
    .handle(verifyAudit, trail.verify)
    .handle(watchActivity, activityHandler({ store, live, agent: MAIN }))
    .handle(listModels, asked.list)
    .handle(testModel, asked.test)
    .handle(usageToday, usageHandler({ store, timezone: () => main().timezone, now }))
    .handle(listEvents, async ({ after, limit }) => {
      const events = [...(await store.listEvents(after, limit))];
      return { events, next: events.at(-1)?.seq ?? after };
    })
    .handle(getStatus, statusHandler({
      store, queue, version: version(), agent: MAIN, storeName: opened.name,
      model: () => models().resolve(main().model).id,
    }));

  metrics.gauge('openclaw_turns_running', 'Turns running on this node', () => runner.running);
  metrics.gauge('openclaw_memory_bytes', 'Resident memory of this process', () => process.memoryUsage.rss());
  metrics.gauge('openclaw_uptime_seconds', 'Seconds since the start of this process', () => process.uptime());

  const sweeper = setInterval(() => {
    const done = Promise.all([store.sweep(now()), pruneAudit({ store, audit, keepDays: keepAuditDays(), now: now() })]);
    done.catch((thrown: unknown) => log('warn', 'old rows could not be swept', { cause: String(thrown) }));
  }, SWEEP_MS);
  runner.start();

  return {
    gateway,
    metrics,
    runner,
    credentials,
    audit,
    wrongCredentials,
    stop: async (graceMs, lastAnswers) => {
      gateway.close();
      clearInterval(sweeper);
      await runner.stop(graceMs);
      live.close();
      await lastAnswers?.();
      wrongCredentials.tell();
      await audit.flush();
      workspaces.close();
      await credentials.close();
      await bus.close();
      await queue.close();
      await store.close();
    },
  };
};
