import { AuditTrail, CredentialBook, WrongCredentials } from '../engine/access/index.ts';
import { createInstructions } from '../engine/agent/index.ts';
import { pruneAudit } from '../engine/audit/index.ts';
import { BudgetKeeper } from '../engine/budgets/index.ts';
import { type Channels, sendAnswerFile } from '../engine/channels/index.ts';
import { Alarms } from '../engine/events/index.ts';
import { Gateway } from '../engine/gateway.ts';
import { createOffer } from '../engine/skills/index.ts';
import { LiveTurns, TurnRunner } from '../engine/turns/index.ts';
import { WorkspaceBook } from '../engine/workspaces/index.ts';
import { Metrics } from '../kernel/metrics.ts';
import { MAIN } from './agents.ts';
import { answerOperations } from './answer-operations.ts';
import { openChannels } from './open-channels.ts';
import { composeSchedule } from './compose-schedule.ts';
import { openWebhooks } from './open-webhooks.ts';
import type { Parts } from './parts.ts';

const SWEEP_MS = 10 * 60_000;
/** What deliveries on their way may take of an orderly stop. */
const LAST_DELIVERIES_MS = 3_000;

export interface Composed {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  readonly runner: TurnRunner;
  readonly credentials: CredentialBook;
  readonly audit: AuditTrail;
  readonly wrongCredentials: WrongCredentials;
  readonly alarms: Alarms;
  readonly channels: Channels;
  /** Stops in order: no new work, running turns to their end or back to the queue, the last answers, then the store. */
  stop(graceMs: number, lastAnswers?: () => Promise<unknown>): Promise<void>;
}

/** Puts the engine together over the drivers it is given. */
export const compose = async (parts: Parts): Promise<Composed> => {
  const { opened, models, tools, requestsPerMinute, skills, slots, agentLimits, budget, keepAuditDays, log, now = Date.now } = parts;
  const { store, queue, bus } = opened;
  const credentials = new CredentialBook({ store, bus, requestsPerMinute, log, now });
  const workspaces = new WorkspaceBook(store, bus, log);
  await Promise.all([credentials.read(), workspaces.read()]);
  const agents = parts.agents((workspace) => workspaces.get(workspace)?.agent);
  const main = () => agents.settings({ agent: MAIN, workspace: 'main' });
  const timezone = () => main().timezone;
  const budgets = new BudgetKeeper({
    store, gateway: budget, workspace: (id) => workspaces.get(id)?.budget, agent: agents.settings, timezone, log, now,
    isSomewhere: () => workspaces.budgeted || agents.budgeted,
  });
  const metrics = new Metrics();
  const audit = new AuditTrail(store, log);
  const wrongCredentials = new WrongCredentials(audit, now);
  const live = new LiveTurns(bus);
  const alarms = new Alarms({ store, log, now });
  const gateway = new Gateway({ store, audit, metrics, rates: opened.rates, log, unforeseen: (operation) => alarms.systemError(operation), now });
  const offer = createOffer(skills);
  const runner: TurnRunner = new TurnRunner({
    store, queue, bus, live, slots, agentLimits, budgets, log, now,
    agent: {
      // Read anew for each turn: the configuration may have changed.
      get models() { return models(); },
      get tools() { return tools(); },
      settings: agents.settings,
      instructions: createInstructions(),
      skills: (workspace) => offer(workspaces.get(workspace)?.skills),
      budgets,
      deliver: (file) => sendAnswerFile({ store, channels, now }, file),
      call: (operation, input, caller, conversation) => gateway.call(operation, input, { caller, origin: { surface: 'tool' }, entrusted: { conversation } }),
      log,
      now,
    },
  });

  const { channels, ...channelLife } = openChannels(parts.channels, { gateway, opened, workspaces, agents, log, now });
  const webhooks = await openWebhooks(parts.webhooks, { store, bus, log, now });
  const schedule = composeSchedule({ ...parts, store, bus, gateway, agents, workspaces, credentials, timezone, now });
  answerOperations(gateway, {
    ...parts, webhooks, alarms, timed: schedule, store, queue, bus, live, runner, agents, workspaces, credentials, budgets, audit, channels, timezone, now,
  });

  metrics.gauge('openclaw_turns_running', 'Turns running on this node', () => runner.running);
  metrics.gauge('openclaw_memory_bytes', 'Resident memory of this process', () => process.memoryUsage.rss());
  metrics.gauge('openclaw_uptime_seconds', 'Seconds since the start of this process', () => process.uptime());

  const sweeper = setInterval(() => {
    const done = Promise.all([store.sweep(now()), webhooks.retire(), pruneAudit({ store, audit, keepDays: keepAuditDays(), now: now() })]);
    done.catch((thrown: unknown) => log('warn', 'old rows could not be swept', { cause: String(thrown) }));
  }, SWEEP_MS);
  runner.start();
  channelLife.start();
  schedule.start();

  return {
    gateway,
    metrics,
    runner,
    credentials,
    audit,
    wrongCredentials,
    alarms,
    channels,
    stop: async (graceMs, lastAnswers) => {
      gateway.close();
      clearInterval(sweeper);
      await schedule.stop();
      await Promise.all([runner.stop(graceMs), webhooks.stop(LAST_DELIVERIES_MS)]);
      // The last answers still go out; what comes in is refused by now, and comes again.
      await channelLife.stop();
      live.close();
      await lastAnswers?.();
      wrongCredentials.tell();
      alarms.close();
      await audit.flush();
      workspaces.close();
      await credentials.close();
      await bus.close();
      await queue.close();
      await store.close();
    },
  };
};
