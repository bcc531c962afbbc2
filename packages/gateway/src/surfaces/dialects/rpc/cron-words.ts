import type { CronJob, CronJobWithSecret, CronRun } from '@openclaw/contract';
import { parseDuration } from '../../../kernel/duration.ts';
import { fieldsOf } from '../../kit/read-fields.ts';

// The public project's form of a job. Its clients, and the agents that write for it, name the same thing in several ways: each is understood.

type Fields = Readonly<Record<string, unknown>>;

const objectOr = (sent: unknown, what: string): Fields => fieldsOf(sent ?? {}, what);

const toMoment = (sent: unknown): unknown => (typeof sent === 'number' && Number.isFinite(sent) && Math.abs(sent) <= 8.64e15 ? new Date(sent).toISOString() : sent);

const toMs = (sent: unknown): unknown => (typeof sent === 'string' ? (parseDuration(sent) ?? sent) : sent);

/** `{kind, …}`, the same without its kind, an expression alone, or its fields beside those of the job. */
export const scheduleOf = (job: Fields): object | undefined => {
  const sent = typeof job['schedule'] === 'string' ? { expr: job['schedule'] } : objectOr(job['schedule'] ?? job, 'job.schedule');
  const { kind, expr = sent['cron'], tz = job['tz'], at = sent['atMs'], everyMs = sent['every'], anchorMs } = sent;
  const meant = kind ?? (expr !== undefined ? 'cron' : everyMs !== undefined ? 'every' : at !== undefined ? 'at' : undefined);
  if (meant === undefined && job['schedule'] === undefined) return undefined;
  if (meant === 'cron') return { kind: 'cron', expr, tz };
  if (meant === 'every') return { kind: 'every', everyMs: toMs(everyMs), anchorMs };
  return meant === 'at' ? { kind: 'at', at: toMoment(at), tz } : { kind: meant };
};

export const payloadOf = (job: Fields): object | undefined => {
  const { kind, text, message, model, timeoutSeconds } = typeof job['payload'] === 'string' ? { message: job['payload'] } : objectOr(job['payload'] ?? job, 'job.payload');
  if (job['payload'] === undefined && text === undefined && message === undefined) return undefined;
  const meant = kind ?? (text !== undefined && message === undefined ? 'systemEvent' : 'agentTurn');
  if (meant === 'systemEvent') return { kind: meant, text: text ?? message };
  return meant === 'agentTurn' ? { kind: meant, message: message ?? text, model, timeoutSeconds } : { kind: meant };
};

const deliveryOf = (sent: unknown): object | undefined => {
  if (sent === undefined) return undefined;
  const { mode = 'none', channel, url, to = url, threadId, thread = threadId, secret } = objectOr(sent, 'job.delivery');
  if (mode === 'webhook') return { mode, to, secret };
  // Without a place it is where the owner wrote from last.
  return mode === 'announce' ? { mode, channel: channel ?? (to === undefined ? 'last' : undefined), to, thread } : { mode };
};

/** What is named of a job; what is not stays undefined. */
export const toWanted = (job: Fields): Fields => {
  const { name, description, enabled, deleteAfterRun, agentId: agent, sessionTarget: target, wakeMode } = job;
  const payload = payloadOf(job);
  // Its clients send a mode with every job; it says something of events alone.
  const mode = payload && 'text' in payload && (target ?? 'main') === 'main' ? wakeMode : undefined;
  return { name, description, enabled, deleteAfterRun, agent, target, wakeMode: mode, schedule: scheduleOf(job), payload, delivery: deliveryOf(job['delivery']) };
};

const ms = (at: string | null): number | undefined => (at === null ? undefined : Date.parse(at));

/** As its clients call it; what waits is not known yet. */
const DELIVERED = { delivered: 'delivered', failed: 'not-delivered', filtered: 'not-delivered', pending: 'unknown' } as const;

const STATUS = { running: 'running', ran: 'ok', caught_up: 'ok', failed: 'error', skipped: 'skipped' } as const;

const stateWords = ({ nextRunAt, running, lastRun }: CronJob): object => ({
  nextRunAtMs: ms(nextRunAt),
  ...(running && { running }),
  ...(lastRun && {
    lastRunAtMs: ms(lastRun.startedAt ?? lastRun.scheduledFor),
    lastRunStatus: STATUS[lastRun.state],
    lastStatus: STATUS[lastRun.state],
    ...(lastRun.error || lastRun.reason !== null ? { lastError: lastRun.error?.message ?? lastRun.reason } : {}),
    ...(lastRun.durationMs !== null && { lastDurationMs: lastRun.durationMs }),
    ...(lastRun.delivery && { lastDeliveryStatus: DELIVERED[lastRun.delivery.state] }),
    ...(lastRun.delivery?.error != null && { lastDeliveryError: lastRun.delivery.error }),
  }),
});

export const jobWords = (job: CronJob & Pick<CronJobWithSecret, 'webhookSecret'>): object => ({
  id: job.id,
  name: job.name,
  ...(job.description !== null && { description: job.description }),
  enabled: job.enabled,
  deleteAfterRun: job.deleteAfterRun,
  agentId: job.agent,
  workspace: job.workspace,
  createdAtMs: ms(job.createdAt),
  updatedAtMs: ms(job.updatedAt),
  schedule: job.schedule,
  describes: job.describes,
  sessionTarget: job.target,
  wakeMode: job.wakeMode,
  payload: job.payload,
  delivery: job.delivery,
  ...(job.webhook !== null && { webhook: job.webhook }),
  ...(job.webhookSecret !== undefined && { webhookSecret: job.webhookSecret }),
  state: stateWords(job),
});

/** One line of the log of runs. */
export const runWords = (run: CronRun): object => ({
  ts: ms(run.endedAt ?? run.startedAt ?? run.scheduledFor),
  jobId: run.jobId,
  action: run.state === 'running' ? 'started' : 'finished',
  status: STATUS[run.state],
  runAtMs: ms(run.scheduledFor),
  ...(run.durationMs !== null && { durationMs: run.durationMs }),
  ...(run.error && { error: run.error.message }),
  ...(run.reason !== null && { reason: run.reason }),
  ...(run.turnId !== null && { runId: run.turnId }),
  ...(run.sessionKey !== null && { sessionKey: run.sessionKey }),
  ...(run.delivery && { deliveryStatus: DELIVERED[run.delivery.state], delivered: run.delivery.state === 'delivered' }),
  ...(run.delivery?.error != null && { deliveryError: run.delivery.error }),
  ...(run.missed && { missed: { fromMs: ms(run.missed.from), toMs: ms(run.missed.to), count: run.missed.count, more: run.missed.more } }),
});
