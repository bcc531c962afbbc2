import { addCronJob, CronJob, CronJobWithSecret, CronRun, CronSchedule, listCronJobs, listCronRuns, runCronJob } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';
import { WireFlag } from '../../../kit/openapi/wire-words.ts';

const ms = z.number().int().describe('Milliseconds since 1970.');
const status = z.enum(['ok', 'error', 'skipped', 'running']);

const delivered = z.enum(['delivered', 'not-delivered', 'unknown']).describe('`unknown` while it waits or is tried again.');

const CronJobState = z.object({
  nextRunAtMs: ms.optional().describe('Not there where nothing is to come.'),
  running: z.literal(true).optional(),
  lastRunAtMs: ms.optional(),
  lastRunStatus: status.optional(),
  lastStatus: status.optional().describe('The same as `lastRunStatus`.'),
  lastError: z.string().optional().describe('Why it failed, was late or was skipped.'),
  lastDurationMs: z.number().int().optional(),
  lastDeliveryStatus: delivered.optional().describe('Of telling its webhook.'),
  lastDeliveryError: z.string().optional(),
});

const { id, name, enabled, deleteAfterRun, agent, workspace, describes, target, wakeMode, payload, delivery } = CronJob.shape;

const ScheduledJob = z.object({
  id,
  name,
  description: z.string().optional(),
  enabled,
  deleteAfterRun,
  agentId: agent,
  workspace,
  createdAtMs: ms,
  updatedAtMs: ms,
  schedule: CronSchedule,
  describes: describes.describe('The schedule in words.'),
  sessionTarget: target,
  wakeMode,
  payload,
  delivery,
  webhook: z.string().optional().describe('The id of its own webhook, where it delivers to one.'),
  state: CronJobState,
});

const MadeJob = ScheduledJob.extend({ webhookSecret: CronJobWithSecret.shape.webhookSecret.describe('What its webhook is signed with, where the gateway made it. It is told this once.') });

const run = CronRun.shape;

const RunLogEntry = z.object({
  ts: ms,
  jobId: run.jobId,
  action: z.enum(['started', 'finished']),
  status,
  runAtMs: ms.describe('The time at which it was due.'),
  durationMs: z.number().int().optional(),
  error: z.string().optional(),
  reason: z.string().optional().describe('Why it was late, or skipped.'),
  runId: z.string().optional().describe('The id of its turn.'),
  sessionKey: z.string().optional(),
  deliveryStatus: delivered.optional().describe('Of telling the job’s webhook.'),
  delivered: z.boolean().optional(),
  deliveryError: z.string().optional(),
  missed: z.object({ fromMs: ms, toMs: ms, count: z.number().int(), more: z.boolean() }).optional().describe('Where one entry stands for several times that were missed.'),
});

const wanted = addCronJob.input.shape;

const WireSchedule = z.union([
  z.object({ kind: z.literal('cron'), expr: z.string().max(256), tz: z.string().max(64).optional() }),
  z.object({ kind: z.literal('every'), everyMs: z.number().int().min(1_000), anchorMs: z.number().int().optional() }),
  z.object({ kind: z.literal('at'), at: z.string().max(64), tz: z.string().max(64).optional() }),
]);

const WantedJob = z.object({
  name: wanted.name,
  description: wanted.description,
  schedule: WireSchedule.describe('`at` takes a moment (`2026-03-02T09:00:00+01:00`), a local time with its `tz`, or how long from now (`20m`). Nothing runs more often than once a second.'),
  payload: wanted.payload,
  sessionTarget: wanted.target.describe('`main`, `isolated` (a task in a session of its own each time), or `session:<name>`.'),
  wakeMode: wanted.wakeMode,
  delivery: wanted.delivery.describe('`announce` sends the answer to a channel, which takes `channels:write`; `webhook` tells an address of each end of a run, signed, which takes `webhooks:write`.'),
  deleteAfterRun: wanted.deleteAfterRun,
  enabled: wanted.enabled,
  agentId: wanted.agent,
  workspace: wanted.workspace,
});

const NewJobRequest = z.object({ job: WantedJob });
const UpdateJobRequest = z.object({ id: z.string().max(100), patch: WantedJob.omit({ workspace: true }).partial() });
const jobId = z.object({ id: z.string().max(100).describe('`cron_…`; `jobId` will do too.') });

const { limit, offset } = listCronJobs.input.shape;

const morning = { name: 'daily-summary', schedule: { kind: 'cron' as const, expr: '0 9 * * *', tz: 'America/New_York' }, payload: { kind: 'systemEvent' as const, text: 'Time for the daily summary!' } };

export const cronDescribed: PartDescription = {
  schemas: { ScheduledJob, MadeJob, CronJobState, RunLogEntry, NewJobRequest, UpdateJobRequest },
  routes: {
    'POST /api/cron/add': { id: 'cronAdd', tag: 'Cron', body: NewJobRequest, reply: MadeJob, examples: { body: { job: { ...morning, sessionTarget: 'main' } } } },
    'GET /api/cron/list': {
      id: 'cronList',
      tag: 'Cron',
      query: z.object({ limit, offset, workspace: listCronJobs.input.shape.workspace, enabled: WireFlag.optional().describe('Only those that are switched on, or off.') }),
      reply: z.object({ ...listCronJobs.output.shape, jobs: z.array(ScheduledJob) }),
    },
    'POST /api/cron/update': { id: 'cronUpdate', tag: 'Cron', body: UpdateJobRequest, reply: MadeJob, examples: { body: { id: 'cron_abc123', patch: { enabled: false } } } },
    'POST /api/cron/enable': { id: 'cronEnable', tag: 'Cron', body: jobId.extend({ enabled: z.boolean().default(true) }), reply: ScheduledJob },
    'POST /api/cron/run': {
      id: 'cronRun',
      tag: 'Cron',
      body: jobId.extend({ mode: runCronJob.input.shape.mode }),
      reply: z.object({ ok: z.literal(true), ran: z.boolean(), reason: z.string().optional(), run: RunLogEntry.optional() }),
    },
    'GET /api/cron/runs': {
      id: 'cronRuns',
      tag: 'Cron',
      query: z.object({ id: z.string().max(100).optional().describe('Of one job; `jobId` will do too.'), limit, offset, workspace: listCronRuns.input.shape.workspace, state: z.array(run.state).optional() }),
      reply: z.object({ ...listCronRuns.output.shape, runs: z.array(RunLogEntry) }),
    },
    'POST /api/cron/remove': { id: 'cronRemove', tag: 'Cron', body: jobId, reply: z.object({ ok: z.literal(true), removed: z.boolean() }) },
  },
};
