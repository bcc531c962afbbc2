import { addCronJob, CronJob, CronPayload, CronRun, CronSchedule, listCronJobs, TurnOptions } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';
import { WireFlag } from '../../../kit/openapi/wire-words.ts';

const { id, name, describes, target, workspace, enabled, createdAt, nextRunAt } = CronJob.shape;
const [cronSchedule] = CronSchedule.options;
const [, agentTurn] = CronPayload.options;
const { state, reason, error, scheduledFor } = CronRun.shape;

const ScheduledJob = z.object({
  id,
  name,
  cron: cronSchedule.shape.expr.nullable().describe('null where the schedule is of another kind: see `schedule`.'),
  tz: cronSchedule.shape.tz.nullable(),
  message: z.string(),
  enabled,
  nextRun: nextRunAt.describe('null where nothing is to come.'),
  lastRun: z.object({ at: scheduledFor, state, reason, error }).nullable(),
  schedule: CronSchedule,
  describes: describes.describe('The schedule in words: `At 08:00, Asia/Hong_Kong`.'),
  target,
  workspace,
  createdAt,
});

const wanted = addCronJob.input.shape;

const NewScheduledJob = z.object({
  name: wanted.name,
  cron: z.string().max(256).describe('Five fields, six with seconds before them, or a word such as `@daily`. Nothing runs more often than once a second.'),
  tz: z.string().max(64).optional().describe('`Asia/Hong_Kong`; the agent’s own zone where none is named.'),
  message: agentTurn.shape.message.describe('What to tell the agent each time.'),
  model: TurnOptions.shape.model,
  target: wanted.target.describe('`isolated` (a task in a session of its own each time, the default), `main`, or `session:<name>`.'),
  workspace: wanted.workspace,
  enabled: wanted.enabled,
});

const { limit, offset } = listCronJobs.input.shape;

const example = {
  id: 'cron_abc123', name: 'Morning briefing', cron: '0 8 * * *', tz: 'Asia/Hong_Kong', message: 'Check email, calendar, and weather. Send me a morning summary.', enabled: true,
  nextRun: '2026-05-01T00:00:00.000Z', lastRun: null, schedule: { kind: 'cron' as const, expr: '0 8 * * *', tz: 'Asia/Hong_Kong' }, describes: 'At 08:00, Asia/Hong_Kong', target: 'isolated', workspace: 'main',
  createdAt: '2026-04-30T10:00:00.000Z',
};

export const cronDescribed: PartDescription = {
  schemas: { ScheduledJob, NewScheduledJob },
  routes: {
    'GET /api/cron': {
      id: 'listCronJobs',
      tag: 'Cron Jobs',
      query: z.object({ limit, offset, workspace: listCronJobs.input.shape.workspace, enabled: WireFlag.optional().describe('Only those that are switched on, or off.') }),
      reply: z.object({ ...listCronJobs.output.shape, jobs: z.array(ScheduledJob) }),
      examples: { reply: { jobs: [example], total: 1, limit: 50, offset: 0 } },
    },
    'POST /api/cron': {
      id: 'createCronJob',
      tag: 'Cron Jobs',
      body: NewScheduledJob,
      reply: ScheduledJob,
      examples: { body: { name: 'Morning briefing', cron: '0 8 * * *', tz: 'Asia/Hong_Kong', message: example.message }, reply: example },
    },
    'DELETE /api/cron/:id': {
      id: 'deleteCronJob',
      tag: 'Cron Jobs',
      params: z.object({ id: z.string().describe('`cron_…`') }),
      reply: z.object({ deleted: z.boolean() }),
      examples: { reply: { deleted: true } },
    },
  },
};
