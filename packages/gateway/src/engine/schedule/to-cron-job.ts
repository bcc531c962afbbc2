import type { CronJob, CronRun } from '@openclaw/contract';
import type { CronJobRecord, CronRunRecord, JobDelivery } from '../ports/schedule-records.ts';
import { webhookOf } from '../ports/webhook-store.ts';
import { taskOf } from '../turns/index.ts';
import type { Timetable } from './timetable.ts';

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | undefined): string | null => (at === undefined ? null : iso(at));

export const toCronRun = ({ missed, startedAt, endedAt, turnId, sessionKey, scheduledFor, reason, error, delivery, ...run }: CronRunRecord): CronRun => ({
  jobId: run.jobId,
  jobName: run.jobName,
  workspace: run.workspace,
  scheduledFor: iso(scheduledFor),
  state: run.state,
  via: run.via,
  reason: reason ?? null,
  error: error ?? null,
  turnId: turnId ?? null,
  // Its name says that the session is a task's.
  taskId: turnId !== undefined && sessionKey?.includes(':task-') ? taskOf(turnId) : null,
  sessionKey: sessionKey ?? null,
  startedAt: isoOrNull(startedAt),
  endedAt: isoOrNull(endedAt),
  durationMs: startedAt === undefined || endedAt === undefined ? null : endedAt - startedAt,
  missed: missed ? { ...missed, from: iso(missed.from), to: iso(missed.to) } : null,
  delivery: delivery ? { ...delivery, status: delivery.status ?? null, error: delivery.error ?? null } : null,
});

/** To people, an answer that goes to where it was asked for is one that is announced there. */
const shown = (delivery: JobDelivery): CronJob['delivery'] => {
  if (delivery.mode !== 'reply') return delivery;
  const { channel, to, thread } = delivery;
  return { mode: 'announce', channel, to, ...(thread !== undefined && { thread }) };
};

export const toCronJob = async (timetable: Timetable, job: CronJobRecord): Promise<CronJob> => ({
  id: job.id,
  name: job.name,
  description: job.description ?? null,
  enabled: job.enabled,
  workspace: job.workspace,
  agent: job.agent,
  schedule: job.schedule,
  describes: await timetable.describe(job.schedule),
  payload: job.payload,
  target: job.target,
  wakeMode: job.wakeMode,
  delivery: shown(job.delivery),
  webhook: job.delivery.mode === 'webhook' ? webhookOf(job.id) : null,
  deleteAfterRun: job.deleteAfterRun,
  actsFor: job.caller.id,
  createdAt: iso(job.createdAt),
  updatedAt: iso(job.updatedAt),
  nextRunAt: job.enabled ? isoOrNull(job.nextAt) : null,
  running: job.runningTurn !== undefined,
  lastRun: job.lastRun ? toCronRun(job.lastRun) : null,
});
