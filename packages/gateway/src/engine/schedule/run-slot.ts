import { createTask, GatewayError, type Operation, type OutputOf, type RequestOf, sendMessage, toGatewayError } from '@openclaw/contract';
import type { Caller, Standing } from '../access/index.ts';
import type { Call } from '../gateway.ts';
import type { CronJobRecord, JobDelivery, NewWake } from '../ports/schedule-records.ts';
import type { MissedSlots, SlotRun } from '../ports/slot-records.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';
import type { Duties, OwnedChannel, ReplyAddress } from '../ports/turn-records.ts';
import { sessionKey } from '../sessions/index.ts';
import { newId } from '../../kernel/ids.ts';
import type { DueSlots } from './due-slots.ts';
import { type ChatRules, requireAnnounce, requireReply } from './require-way-out.ts';

export interface RunSlotDeps extends ChatRules {
  readonly store: Pick<ScheduleStore, 'settleSlot'>;
  /** The one door. */
  readonly call: <Op extends Operation>(operation: Op, input: RequestOf<Op>, call: Call) => Promise<OutputOf<Op>>;
  readonly standing: Standing;
  /** The channels of a workspace. */
  readonly channelsOf: (workspace: string) => readonly OwnedChannel[];
  readonly now: () => number;
}

/** What may be tried again in a moment: it says nothing of the job. */
const PASSING: ReadonlySet<string> = new Set(['gateway_busy', 'store_unavailable', 'storage_full', 'draining', 'starting', 'internal', 'rate_limited']);
/** What the job is not to blame for: its time is skipped, and the next one is tried. */
const SKIPPING: ReadonlySet<string> = new Set(['budget_exceeded', 'forbidden', 'workspace_not_found', 'auth_invalid', 'channel_not_found']);

/** Something passing stood in the way. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

/** With who asked: what is asked for in this turn is theirs, too. */
const replyTo = (delivery: Extract<JobDelivery, { mode: 'reply' }>): ReplyAddress => {
  const { mode: _, ...address } = delivery;
  return address;
};

const wayOf = (delivery: CronJobRecord['delivery'], channels: () => readonly OwnedChannel[]): Pick<Duties, 'deliver' | 'deliverToLast'> => {
  if (delivery.mode === 'reply') return { deliver: replyTo(delivery) };
  if (delivery.mode !== 'announce') return {};
  const { channel, to, thread } = delivery;
  return to === undefined ? { deliverToLast: { channels: channels() } } : { deliver: { channel, to, ...(thread !== undefined && { thread }) } };
};

/** Begins a turn for a job, as whoever it acts for; the record of its slot comes with it. Resolves to the turn's id. */
export const beginJob = async ({ call, channelsOf, ...rules }: Pick<RunSlotDeps, 'call' | 'channelsOf' | keyof ChatRules>, job: CronJobRecord, caller: Caller, run: SlotRun, idempotencyKey?: string): Promise<string> => {
  const { payload, target, workspace, agent, schedule, delivery } = job;
  // Where it may speak can have been taken from them, or the channel given to others, since.
  requireAnnounce(caller, delivery, rules.workspaceOf);
  requireReply(job, rules);
  const text = payload.kind === 'systemEvent' ? payload.text : payload.message;
  const options = payload.kind === 'systemEvent' ? {} : { model: payload.model, runTimeoutSeconds: payload.timeoutSeconds };
  const context = { channel: 'cron', ...(schedule.kind === 'cron' && { timezone: schedule.tz }) };
  const duties: Duties = { run, ...wayOf(delivery, () => channelsOf(workspace)) };
  const around: Call = { caller, idempotencyKey, entrusted: { duties }, origin: { surface: 'cron', requestId: job.id } };
  if (target === 'isolated') return (await call(createTask, { prompt: text, label: job.name, workspace, agent, context, options }, around)).turnId;
  const session = target === 'main' ? sessionKey(agent, workspace, 'main') : target.slice('session:'.length);
  return (await call(sendMessage, { session, text, workspace, context, options, timeoutSeconds: 0 }, around)).turnId;
};

/**
 * Does what is due of a job, once: whoever else does it at the same time, here or elsewhere. Resolves to the id of the turn that has begun, if one
 * has; throws `NotNow` where it must be tried again.
 */
export const runDue = async (deps: RunSlotDeps, job: CronJobRecord, due: DueSlots): Promise<string | undefined> => {
  const { store, standing, now } = deps;
  const { run, missed, next } = due;
  const settle = async (slot: Parameters<ScheduleStore['settleSlot']>[0]['slot'], wake?: NewWake): Promise<undefined> => {
    await store.settleSlot({ jobId: job.id, revision: job.revision, next, now: now(), missed, slot, wake });
  };
  const skip = (reason: string) => settle(run && { scheduledFor: run.slot, state: 'skipped', via: run.via, reason, error: undefined });
  if (!run) return settle(undefined);
  const { slot: scheduledFor, via, reason } = run;
  const held = standing(job.caller);
  if ('refused' in held) return skip(held.refused);
  try {
    if (job.wakeMode === 'next-heartbeat' && job.payload.kind === 'systemEvent') {
      const at = now();
      const wake = { id: newId('wake', at), workspace: job.workspace, agent: job.agent, text: job.payload.text, now: at };
      return await settle({ scheduledFor, state: via === 'catch_up' ? 'caught_up' : 'ran', via, reason, error: undefined }, wake);
    }
    return await beginJob(deps, job, held.caller, toRun(job, { scheduledFor, via, reason, missed, next }));
  } catch (thrown) {
    const error = toGatewayError(thrown);
    const { code, message, details } = error;
    // It has its record, from before the clock was put back: on to the next.
    if (code === 'conflict' && details['cron'] === 'slot') return settle(undefined);
    // Changed, taken or gone: it is looked at again as it is now.
    if (code === 'conflict' && details['cron'] === 'job') return undefined;
    if (PASSING.has(code)) throw new NotNow(message, { cause: error });
    if (SKIPPING.has(code)) return skip(message);
    return settle({ scheduledFor, state: 'failed', via, reason, error: { code, message } });
  }
};

interface Slot {
  readonly scheduledFor: number;
  readonly via: SlotRun['via'];
  readonly reason: string | undefined;
  readonly missed?: MissedSlots | undefined;
  readonly next: number | undefined;
}

const toRun = (job: CronJobRecord, { scheduledFor, via, reason, missed, next }: Slot): SlotRun => ({
  jobId: job.id, jobName: job.name, scheduledFor, via, reason, missed, job: { revision: job.revision, next: next ?? null },
});

/** A run that somebody asks for, besides the job's times. */
export const requestedRun = (job: CronJobRecord, at: number): SlotRun => ({
  jobId: job.id, jobName: job.name, scheduledFor: at, via: 'request', job: { revision: job.revision },
});

export const isTaken = (thrown: unknown): boolean => thrown instanceof GatewayError && thrown.code === 'conflict' && thrown.details['cron'] !== undefined;
