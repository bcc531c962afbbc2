import type { Budget, OutputOf, Session, sessionStatus } from '@openclaw/contract';
import * as operations from '@openclaw/contract';
import { AuditTrail, type ConfiguredKey, CredentialBook } from '../engine/access/index.ts';
import { createInstructions } from '../engine/agent/index.ts';
import { BudgetKeeper } from '../engine/budgets/index.ts';
import { credentialHandlers } from '../engine/credentials/index.ts';
import { Gateway } from '../engine/gateway.ts';
import { modelHandlers, type Models } from '../engine/models/index.ts';
import type { Tool } from '../engine/ports/tool.ts';
import { sessionHandlers } from '../engine/sessions/index.ts';
import { createOffer, skillHandlers, type SkillRegistry } from '../engine/skills/index.ts';
import { statsHandlers } from '../engine/stats/index.ts';
import { statusHandler, usageHandler } from '../engine/status/index.ts';
import { taskHandlers } from '../engine/tasks/index.ts';
import { activityHandler, LiveTurns, turnHandlers, TurnRunner } from '../engine/turns/index.ts';
import { WorkspaceBook, workspaceHandlers } from '../engine/workspaces/index.ts';
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
  /** For credentials without a limit of their own. */
  readonly requestsPerMinute: () => number | undefined;
  readonly skills: SkillRegistry;
  readonly slots: () => number;
  /** Of everything in a day. */
  readonly budget: () => Budget | undefined;
  readonly log: Log;
  readonly now?: () => number;
}

export interface Composed {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly runner: TurnRunner;
  readonly credentials: CredentialBook;
  /** Stops in order: no new work, running turns to their end or back to the queue, the last answers, then the store. */
  stop(graceMs: number, lastAnswers?: () => Promise<unknown>): Promise<void>;
}

/** Puts the engine together over the drivers it is given. */
export const compose = async ({
  opened, models, tools, agents: agentsFor, knowsAgent, profiles, configuredKeys, requestsPerMinute, skills, slots, budget, log, now = Date.now,
}: Parts): Promise<Composed> => {
  const { store, queue, bus } = opened;
  const credentials = new CredentialBook({ store, bus, requestsPerMinute, log, now });
  const workspaces = new WorkspaceBook(store, bus, log);
  await Promise.all([credentials.read(), workspaces.read()]);
  const agents = agentsFor((workspace) => workspaces.get(workspace)?.agent);
  const main = () => agents.settings({ agent: MAIN, workspace: 'main' });
  const timezone = () => main().timezone;
  const budgets = new BudgetKeeper({
    store, gateway: budget, workspace: (id) => workspaces.get(id)?.budget, agent: agents.settings, timezone, log, now,
    isSomewhere: () => workspaces.budgeted || agents.budgeted,
  });
  const metrics = new Metrics();
  const audit = new AuditTrail(store, log);
  const live = new LiveTurns(bus);
  const gateway = new Gateway({ store, audit, metrics, rates: opened.rates, log, now });
  const offer = createOffer(skills);
  const runner: TurnRunner = new TurnRunner({
    store, queue, bus, live, slots, budgets, log, now,
    agent: {
      // Read anew for each turn: the configuration may have changed.
      get models() { return models(); },
      get tools() { return tools(); },
      settings: agents.settings,
      instructions: createInstructions(),
      skills: (workspace) => offer(workspaces.get(workspace)?.skills),
      budgets,
      call: (operation, input, caller) => gateway.call(operation, input, { caller }),
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
  const cancelAll = (id: string): Promise<void> => runner.cancelSession(id);
  const sessions = sessionHandlers({ store, agent: MAIN, requireUsable, configOf, cancelAll, now });
  const named = modelHandlers(models);
  const skilled = skillHandlers(skills);
  const stats = statsHandlers({ store, timezone, now });
  const keys = credentialHandlers({ store, bus, book: credentials, configured: configuredKeys, now });
  const places = workspaceHandlers({ store, bus, book: workspaces, profiles, clearSessions: sessions.clearWorkspace, removeFiles: agents.removeFiles, now });
  const begin = { store, bus, live, now, checkModel: (name: string | undefined) => void models().resolve(name ?? main().model), worker: runner, budgets };
  const turns = turnHandlers({ ...begin, agent: MAIN, knowsAgent, requireUsable });
  const tasks = taskHandlers({ ...begin, agent: MAIN, requireUsable, settings: agents.settings, cancelAll });
  gateway
    .handle(operations.sendMessage, turns.send)
    .handle(operations.getTurn, turns.get)
    .handle(operations.watchTurn, turns.watch)
    .handle(operations.cancelTurn, turns.cancel)
    .handle(operations.createTask, tasks.create)
    .handle(operations.runTask, tasks.run)
    .handle(operations.getTask, tasks.get)
    .handle(operations.taskResult, tasks.result)
    .handle(operations.listTasks, tasks.list)
    .handle(operations.cancelTask, tasks.cancel)
    .handle(operations.deleteTask, tasks.remove)
    .handle(operations.watchTask, tasks.watch)
    .handle(operations.createSession, sessions.create)
    .handle(operations.listSessions, sessions.list)
    .handle(operations.getSession, sessions.get)
    .handle(operations.sessionStatus, sessions.status)
    .handle(operations.sessionHistory, sessions.history)
    .handle(operations.deleteSession, sessions.remove)
    .handle(operations.clearSessions, sessions.clear)
    .handle(operations.listWorkspaces, places.list)
    .handle(operations.getWorkspace, places.get)
    .handle(operations.createWorkspace, places.create)
    .handle(operations.updateWorkspace, places.update)
    .handle(operations.changeAllowlist, places.allowlist)
    .handle(operations.deleteWorkspace, places.remove)
    .handle(operations.createCredential, keys.create)
    .handle(operations.listCredentials, keys.list)
    .handle(operations.revokeCredential, keys.revoke)
    .handle(operations.rotateCredential, keys.rotate)
    .handle(operations.watchActivity, activityHandler({ store, live, agent: MAIN }))
    .handle(operations.listModels, named.list)
    .handle(operations.testModel, named.test)
    .handle(operations.usageToday, usageHandler({ store, timezone, now }))
    .handle(operations.getStats, stats.get)
    .handle(operations.workspaceStats, stats.workspaces)
    .handle(operations.userStats, stats.users)
    .handle(operations.modelStats, stats.models)
    .handle(operations.listSkills, skilled.list)
    .handle(operations.getSkill, skilled.get)
    .handle(operations.installSkill, skilled.install)
    .handle(operations.enableSkill, skilled.enable)
    .handle(operations.disableSkill, skilled.disable)
    .handle(operations.removeSkill, skilled.remove)
    .handle(operations.listEvents, async ({ after, limit }) => {
      const events = [...(await store.listEvents(after, limit))];
      return { events, next: events.at(-1)?.seq ?? after };
    })
    .handle(operations.getStatus, statusHandler({
      store, queue, version: version(), agent: MAIN, storeName: opened.name,
      model: () => models().resolve(main().model).id,
    }));

  metrics.gauge('openclaw_turns_running', 'Turns running on this node', () => runner.running);
  metrics.gauge('openclaw_memory_bytes', 'Resident memory of this process', () => process.memoryUsage.rss());
  metrics.gauge('openclaw_uptime_seconds', 'Seconds since the start of this process', () => process.uptime());

  const sweeper = setInterval(() => {
    store.sweep(now()).catch((thrown: unknown) => log('warn', 'old rows could not be swept', { cause: String(thrown) }));
  }, SWEEP_MS);
  runner.start();

  return {
    gateway,
    metrics,
    runner,
    credentials,
    stop: async (graceMs, lastAnswers) => {
      gateway.close();
      clearInterval(sweeper);
      await runner.stop(graceMs);
      live.close();
      await lastAnswers?.();
      await audit.flush();
      workspaces.close();
      await credentials.close();
      await bus.close();
      await queue.close();
      await store.close();
    },
  };
};
