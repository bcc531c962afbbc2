import type { OutputOf, Session, sessionStatus } from '@openclaw/contract';
import * as operations from '@openclaw/contract';
import type { AuditTrail, CredentialBook } from '../engine/access/index.ts';
import { auditHandlers } from '../engine/audit/index.ts';
import { channelHandlers, type Channels } from '../engine/channels/index.ts';
import type { BudgetKeeper } from '../engine/budgets/index.ts';
import { configurationHandlers } from '../engine/configuration/index.ts';
import { credentialHandlers } from '../engine/credentials/index.ts';
import { type Alarms, eventsHandler } from '../engine/events/index.ts';
import type { Gateway } from '../engine/gateway.ts';
import { heartbeatHandlers, wakeHandler } from '../engine/heartbeat/index.ts';
import { modelHandlers } from '../engine/models/index.ts';
import { cronHandlers } from '../engine/schedule/index.ts';
import { sessionHandlers } from '../engine/sessions/index.ts';
import { skillHandlers } from '../engine/skills/index.ts';
import { statsHandlers } from '../engine/stats/index.ts';
import { statusHandler, usageHandler } from '../engine/status/index.ts';
import { taskHandlers } from '../engine/tasks/index.ts';
import { activityHandler, type LiveTurns, turnHandlers, type TurnRunner } from '../engine/turns/index.ts';
import { type WorkspaceBook, workspaceHandlers } from '../engine/workspaces/index.ts';
import { type Agents, MAIN } from './agents.ts';
import type { Schedule } from './compose-schedule.ts';
import type { OpenedStore } from './opened-store.ts';
import type { Webhooks } from './open-webhooks.ts';
import type { Parts } from './parts.ts';
import { version } from './version.ts';

/** What the engine is made of, once it is put together. */
interface Engine extends Omit<Parts, 'agents' | 'channels' | 'now' | 'webhooks'>, Pick<OpenedStore, 'store' | 'queue' | 'bus'> {
  readonly live: LiveTurns;
  readonly runner: TurnRunner;
  readonly agents: Agents;
  readonly workspaces: WorkspaceBook;
  readonly credentials: CredentialBook;
  readonly budgets: BudgetKeeper;
  readonly audit: AuditTrail;
  readonly channels: Channels;
  readonly timed: Schedule;
  readonly webhooks: Webhooks;
  readonly alarms: Alarms;
  /** Of the agent: where its days begin. */
  readonly timezone: () => string;
  readonly now: () => number;
}

/** Puts a handler behind the door for everything that can be asked. */
export const answerOperations = (gateway: Gateway, engine: Engine): void => {
  const { opened, store, queue, bus, live, runner, models, tools, agents, knowsAgent, profiles, configuredKeys, configFile } = engine;
  const { webhooks: { handlers: hooks, ofJobs }, alarms, skills, workspaces, credentials, budgets, audit, channels, timed, schedule, timezone, now } = engine;
  const main = () => agents.settings({ agent: MAIN, workspace: 'main' });
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
  const configuration = configurationHandlers(configFile);
  const trail = auditHandlers({ store, trail: audit, broken: (seq, reason) => alarms.security('audit_chain_broken', 'critical', { seq, reason }) });
  const stats = statsHandlers({ store, timezone, now });
  const keys = credentialHandlers({ store, book: credentials, configured: configuredKeys, now });
  const places = workspaceHandlers({ store, book: workspaces, profiles, clearSessions: sessions.clearWorkspace, removeFiles: agents.removeFiles, webhooksChanged: ofJobs.changed, now });
  const chats = channelHandlers({ store, channels, now, allow: async (workspace, sender, context) => places.allowlist({ id: workspace, add: [sender], remove: [] }, context) });
  const begin = { store, bus, live, now, checkModel: (name: string | undefined) => void models().resolve(name ?? main().model), worker: runner, budgets };
  const turns = turnHandlers({ ...begin, agent: MAIN, knowsAgent, requireUsable });
  const tasks = taskHandlers({ ...begin, agent: MAIN, knowsAgent, requireUsable, settings: agents.settings, cancelAll });
  const cron = cronHandlers({
    store, agent: MAIN, knowsAgent, requireUsable, checkModel: begin.checkModel, timetable: timed.timetable, now,
    call: (operation, input, how) => gateway.call(operation, input, how), standing: timed.standing, channelsOf: timed.channelsOf, ...timed.chats, mostJobs: () => schedule().mostJobs, nudge: timed.nudge, webhooks: ofJobs,
  });
  const heartbeat = heartbeatHandlers({
    heart: timed.heart, agent: MAIN, knowsAgent, requireUsable, now,
    modelOf: (place) => models().resolve(agents.settings(place).model).id,
    timezone: (agent) => agents.settings({ agent, workspace: 'main' }).timezone,
  });
  gateway
    .handle(operations.sendMessage, turns.send)
    .handle(operations.getTurn, turns.get)
    .handle(operations.watchTurn, turns.watch)
    .handle(operations.cancelTurn, turns.cancel)
    .handle(operations.wakeAgent, wakeHandler({ store, agent: MAIN, knowsAgent, requireUsable, send: turns.send, now }))
    .handle(operations.addCronJob, cron.add)
    .handle(operations.listCronJobs, cron.list)
    .handle(operations.getCronJob, cron.get)
    .handle(operations.updateCronJob, cron.update)
    .handle(operations.removeCronJob, cron.remove)
    .handle(operations.runCronJob, cron.run)
    .handle(operations.listCronRuns, cron.runs)
    .handle(operations.previewCron, cron.preview)
    .handle(operations.triggerHeartbeat, heartbeat.trigger)
    .handle(operations.heartbeatStatus, heartbeat.status)
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
    .handle(operations.createWebhook, hooks.create)
    .handle(operations.listWebhooks, hooks.list)
    .handle(operations.getWebhook, hooks.get)
    .handle(operations.updateWebhook, hooks.update)
    .handle(operations.deleteWebhook, hooks.remove)
    .handle(operations.rotateWebhook, hooks.rotate)
    .handle(operations.testWebhook, hooks.test)
    .handle(operations.listDeliveries, hooks.deliveries.list)
    .handle(operations.redeliver, hooks.deliveries.again)
    .handle(operations.replayWebhook, hooks.deliveries.replay)
    .handle(operations.createCredential, keys.create)
    .handle(operations.listCredentials, keys.list)
    .handle(operations.revokeCredential, keys.revoke)
    .handle(operations.rotateCredential, keys.rotate)
    .handle(operations.getConfig, configuration.get)
    .handle(operations.patchConfig, configuration.patch)
    .handle(operations.listChannels, chats.list)
    .handle(operations.channelStatus, chats.status)
    .handle(operations.sendToChannel, chats.send)
    .handle(operations.testChannel, chats.test)
    .handle(operations.listSends, chats.sends)
    .handle(operations.listPairings, chats.pairings)
    .handle(operations.approvePairing, chats.approve)
    .handle(operations.denyPairing, chats.deny)
    .handle(operations.listAudit, trail.list)
    .handle(operations.verifyAudit, trail.verify)
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
    .handle(operations.listEvents, eventsHandler(store))
    .handle(operations.getStatus, statusHandler({
      store, queue, version: version(), agent: MAIN, storeName: opened.name, channels: () => channels.states(),
      model: () => models().resolve(main().model).id,
      wantedModel: () => main().model ?? models().defaultId,
    }));
};
