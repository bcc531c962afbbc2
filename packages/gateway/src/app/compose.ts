import {
  cancelTurn, clearSessions, createSession, deleteSession, disableSkill, enableSkill, getSession, getSkill, getStatus, getTurn, installSkill, listEvents, listModels,
  listSessions, listSkills, type OutputOf, removeSkill, runTask, sendMessage, sessionHistory, sessionStatus, testModel, usageToday, watchActivity, watchTurn,
} from '@openclaw/contract';
import { AuditTrail } from '../engine/access/index.ts';
import { type AgentSettings, createInstructions } from '../engine/agent/index.ts';
import { Gateway } from '../engine/gateway.ts';
import { modelHandlers, type Models } from '../engine/models/index.ts';
import type { Tool } from '../engine/ports/tool.ts';
import { sessionHandlers } from '../engine/sessions/index.ts';
import { createOffer, skillHandlers, type SkillRegistry } from '../engine/skills/index.ts';
import { statusHandler, usageHandler } from '../engine/status/index.ts';
import { activityHandler, LiveTurns, turnHandlers, TurnRunner } from '../engine/turns/index.ts';
import type { Log } from '../kernel/log.ts';
import { Metrics } from '../kernel/metrics.ts';
import { MAIN } from './agents.ts';
import type { OpenedStore } from './opened-store.ts';
import { version } from './version.ts';

const SWEEP_MS = 10 * 60_000;

export interface Parts {
  readonly opened: OpenedStore;
  readonly models: () => Models;
  readonly tools: () => readonly Tool[];
  readonly agent: (id: string) => AgentSettings;
  readonly knowsAgent: (id: string) => boolean;
  readonly skills: SkillRegistry;
  /** The skills a workspace's sessions may use; undefined is all. */
  readonly skillsOf: (workspace: string) => readonly string[] | undefined;
  readonly slots: () => number;
  readonly log: Log;
  readonly now?: () => number;
}

export interface Composed {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly runner: TurnRunner;
  /** Stops in order: no new work, running turns to their end or back to the queue, the last answers, then the store. */
  stop(graceMs: number, lastAnswers?: () => Promise<unknown>): Promise<void>;
}

/** Puts the engine together over the drivers it is given. */
export const compose = ({ opened, models, tools, agent, knowsAgent, skills, skillsOf, slots, log, now = Date.now }: Parts): Composed => {
  const { store, queue, bus } = opened;
  const metrics = new Metrics();
  const audit = new AuditTrail(store, log);
  const live = new LiveTurns(bus);
  const offer = createOffer(skills);
  const gateway = new Gateway({ store, audit, metrics, log, now });
  const runner: TurnRunner = new TurnRunner({
    store, queue, bus, live, slots, log, now,
    agent: {
      // Read anew for each turn: the configuration may have changed.
      get models() { return models(); },
      get tools() { return tools(); },
      settings: agent,
      instructions: createInstructions(),
      skills: (workspace) => offer(skillsOf(workspace)),
      call: (operation, input, caller) => gateway.call(operation, input, { caller }),
      log,
      now,
    },
  });

  const configOf = (id: string): OutputOf<typeof sessionStatus>['config'] => {
    const { model, maxTokens, timezone, limits } = agent(id);
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
  const sessions = sessionHandlers({ store, agent: MAIN, configOf, cancelAll: (id) => runner.cancelSession(id), now });
  const asked = modelHandlers(models);
  const skilled = skillHandlers(skills);
  const turns = turnHandlers({
    store, bus, live, agent: MAIN, knowsAgent, now,
    checkModel: (name) => void models().resolve(name ?? agent(MAIN).model),
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
    .handle(watchActivity, activityHandler({ store, live, agent: MAIN }))
    .handle(listModels, asked.list)
    .handle(testModel, asked.test)
    .handle(listSkills, skilled.list)
    .handle(getSkill, skilled.get)
    .handle(installSkill, skilled.install)
    .handle(enableSkill, skilled.enable)
    .handle(disableSkill, skilled.disable)
    .handle(removeSkill, skilled.remove)
    .handle(usageToday, usageHandler({ store, timezone: () => agent(MAIN).timezone, now }))
    .handle(listEvents, async ({ after, limit }) => {
      const events = [...(await store.listEvents(after, limit))];
      return { events, next: events.at(-1)?.seq ?? after };
    })
    .handle(getStatus, statusHandler({
      store, queue, version: version(), agent: MAIN, storeName: opened.name,
      model: () => models().resolve(agent(MAIN).model).id,
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
    stop: async (graceMs, lastAnswers) => {
      gateway.close();
      clearInterval(sweeper);
      await runner.stop(graceMs);
      live.close();
      await lastAnswers?.();
      await audit.flush();
      await bus.close();
      await queue.close();
      await store.close();
    },
  };
};
