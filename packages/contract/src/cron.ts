import { z } from 'zod';
import { CronDelivery, WantedDelivery } from './cron-delivery.ts';
import { MessageText, TurnOptions } from './messages.ts';
import { operation } from './operation.ts';
import { Page, Workspace } from './sessions.ts';
import { plainText } from './text.ts';
import { WakeMode } from './wake.ts';
import { DeliveryState } from './webhooks.ts';
import { wholeNumber } from './whole-number.ts';

const EVERY = [1_000, 10 * 365 * 86_400_000] as const;

/** `Asia/Hong_Kong`; whether there is such a zone is seen where it is used. */
const Zone = plainText(64).min(1);

const Expression = plainText(256).min(1);

/** When a job is due. Nothing is due more often than once a second. */
export const CronSchedule = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cron'), expr: z.string(), tz: z.string() }),
  z.object({ kind: z.literal('every'), everyMs: z.number().int(), anchorMs: z.number().int() }),
  z.object({ kind: z.literal('at'), at: z.iso.datetime() }),
]);
export type CronSchedule = z.infer<typeof CronSchedule>;

/** The same as it may be asked for. */
export const WantedSchedule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('cron'),
    /** Five fields, six with seconds, or a word such as `@daily`. */
    expr: Expression,
    /** Without one: the zone of the agent. */
    tz: Zone.optional(),
  }),
  z.strictObject({
    kind: z.literal('every'),
    everyMs: z.number().int().min(EVERY[0]).max(EVERY[1]),
    /** A moment that is one of them; without one, the moment in which it is asked for. */
    anchorMs: z.number().int().min(0).max(8_640_000_000_000_000).optional(),
  }),
  z.strictObject({
    kind: z.literal('at'),
    /** A moment (`2026-03-02T09:00:00+01:00`), a local time (`2026-03-02T09:00`, in `tz`), or how long from now (`20m`, `in 2 h`). */
    at: plainText(64).min(1),
    tz: Zone.optional(),
  }),
]);
export type WantedSchedule = z.infer<typeof WantedSchedule>;

/** A note of something that happened, or something for the agent to do. */
export const CronPayload = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('systemEvent'), text: MessageText.max(100_000) }),
  z.strictObject({
    kind: z.literal('agentTurn'),
    message: MessageText.max(100_000),
    model: TurnOptions.shape.model,
    /** The run is stopped after this long. */
    timeoutSeconds: TurnOptions.shape.runTimeoutSeconds,
  }),
]);
export type CronPayload = z.infer<typeof CronPayload>;

/** The main session of the agent, a task in a session of its own each time, or `session:<its id, key or name>`. */
export const CronTarget = plainText(300).regex(/^(?:main|isolated|session:.+)$/u, 'main, isolated, or session:<id, key or name>');
export type CronTarget = z.infer<typeof CronTarget>;

/** `ran`: in time. `caught_up`: late, after a stop, a jump of the clock, or a run that went on too long. `skipped` says why in its `reason`. */
export const CronRunState = z.enum(['running', 'ran', 'failed', 'caught_up', 'skipped']);
export type CronRunState = z.infer<typeof CronRunState>;

/** What brought it about. */
export const CronRunVia = z.enum(['schedule', 'catch_up', 'request']);
export type CronRunVia = z.infer<typeof CronRunVia>;

const moment = z.iso.datetime();

/** What became of one time at which a job was due. */
export const CronRun = z.object({
  jobId: z.string(),
  jobName: z.string(),
  workspace: z.string(),
  scheduledFor: moment,
  state: CronRunState,
  via: CronRunVia,
  reason: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  turnId: z.string().nullable(),
  /** Of the task, where it was one. */
  taskId: z.string().nullable(),
  sessionKey: z.string().nullable(),
  startedAt: moment.nullable(),
  endedAt: moment.nullable(),
  durationMs: z.number().int().nullable(),
  /** Where this stands for several times that were missed: the first, the last, and how many; `more` where there were more than were counted. */
  missed: z.object({ from: moment, to: moment, count: z.number().int(), more: z.boolean() }).nullable(),
  /** What became of telling the job's webhook, where it has one. */
  delivery: z.object({ id: z.string(), state: DeliveryState, tries: z.number().int(), status: z.number().int().nullable(), error: z.string().nullable() }).nullable(),
});
export type CronRun = z.infer<typeof CronRun>;

export const CronJob = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  enabled: z.boolean(),
  workspace: z.string(),
  agent: z.string(),
  schedule: CronSchedule,
  /** The schedule in words: `At 08:00, Asia/Hong_Kong`. */
  describes: z.string(),
  payload: CronPayload,
  target: CronTarget,
  wakeMode: WakeMode,
  delivery: CronDelivery,
  /** The id of the webhook that is its own, where it delivers to one. */
  webhook: z.string().nullable(),
  deleteAfterRun: z.boolean(),
  /** The id of the credential on whose behalf it runs. */
  actsFor: z.string(),
  createdAt: moment,
  updatedAt: moment,
  nextRunAt: moment.nullable(),
  running: z.boolean(),
  lastRun: CronRun.nullable(),
});
export type CronJob = z.infer<typeof CronJob>;

/** With the secret of its webhook, where the gateway made it: it is told this once. */
export const CronJobWithSecret = CronJob.extend({ webhookSecret: z.string().optional() });
export type CronJobWithSecret = z.infer<typeof CronJobWithSecret>;

const JobId = plainText(100).min(1);

const wanted = {
  name: plainText(200).trim().min(1),
  description: plainText(2_000).optional(),
  schedule: WantedSchedule,
  payload: CronPayload,
  /** Without one: `main` for an event, `isolated` for something to do. */
  target: CronTarget.optional(),
  /** `next-heartbeat` has an event wait until the agent's heart beats next; for events to `main` only. */
  wakeMode: WakeMode.optional(),
  delivery: WantedDelivery.optional(),
  /** Without one: a job for one moment goes when it has run. */
  deleteAfterRun: z.boolean().optional(),
  enabled: z.boolean().optional(),
  /** Whose session and folder it is; the main agent's where none is named. */
  agent: plainText(64).min(1).optional(),
};

export const addCronJob = operation({
  name: 'cron.add',
  permission: 'cron:write',
  kind: 'write',
  summary: 'Has the agent do something at its time, once or again and again, on behalf of whoever asks. That takes messages:write too; where its answers go to a webhook webhooks:write, and where to a channel channels:write.',
  input: z.strictObject({
    ...wanted,
    /** Without one: the caller's own, which is `main` unless the credential is bound to others. */
    workspace: Workspace.optional(),
  }),
  output: CronJobWithSecret,
  errors: ['workspace_not_found', 'channel_not_found', 'model_not_configured', 'conflict'],
});

export const listCronJobs = operation({
  name: 'cron.list',
  permission: 'cron:read',
  kind: 'read',
  summary: 'The jobs of the schedule, the one that is due first before the others.',
  input: z.strictObject({ ...Page.shape, workspace: Workspace.optional(), enabled: z.boolean().optional(), target: CronTarget.optional() }),
  output: z.object({ jobs: z.array(CronJob), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const getCronJob = operation({
  name: 'cron.get',
  permission: 'cron:read',
  kind: 'read',
  summary: 'One job of the schedule.',
  input: z.strictObject({ job: JobId }),
  output: CronJob,
  errors: ['job_not_found'],
});

export const updateCronJob = operation({
  name: 'cron.update',
  permission: 'cron:write',
  kind: 'write',
  summary: 'Changes what is named of a job, or switches it on or off. Whoever gives it a new payload is whom it acts for from then on, and needs the permissions to make it as it is then.',
  input: z.strictObject({ job: JobId, ...z.object(wanted).partial().shape }),
  output: CronJobWithSecret,
  errors: ['job_not_found', 'channel_not_found', 'model_not_configured', 'conflict'],
});

export const removeCronJob = operation({
  name: 'cron.remove',
  permission: 'cron:write',
  kind: 'write',
  summary: 'Takes a job from the schedule. A run that goes on ends by itself, and what it did stays in the records.',
  input: z.strictObject({ job: JobId }),
  output: z.object({ removed: z.boolean() }),
  errors: ['job_not_found'],
});

export const runCronJob = operation({
  name: 'cron.run',
  permission: 'cron:write',
  kind: 'write',
  summary: 'Runs a job now, besides its times; with `due`, only where it is due anyway.',
  input: z.strictObject({ job: JobId, mode: z.enum(['due', 'force']).default('force') }),
  output: z.object({ ran: z.boolean(), run: CronRun.nullable(), reason: z.string().nullable() }),
  errors: ['job_not_found', 'conflict', 'model_not_configured', 'budget_exceeded', 'gateway_busy', 'session_not_found', 'channel_not_found'],
});

export const listCronRuns = operation({
  name: 'cron.runs',
  permission: 'cron:read',
  kind: 'read',
  summary: 'What became of the times at which jobs were due, the newest first. Records are kept for thirty days, of one job the newest 10,000 and those of two days, also of jobs that are gone.',
  input: z.strictObject({ ...Page.shape, job: JobId.optional(), workspace: Workspace.optional(), state: z.array(CronRunState).min(1).optional() }),
  output: z.object({ runs: z.array(CronRun), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const previewCron = operation({
  name: 'cron.preview',
  permission: 'cron:read',
  kind: 'read',
  summary: 'The next times of a schedule, and the schedule in words. Nothing is kept.',
  input: z.strictObject({ schedule: WantedSchedule, count: wholeNumber(1, 100).prefault(5) }),
  output: z.object({ schedule: CronSchedule, describes: z.string(), times: z.array(moment) }),
});
