import { addCronJob, type CronJob, listCronJobs, removeCronJob } from '@openclaw/contract';
import { route } from '../../kit/dialect.ts';
import { fieldsOf, flagOf } from '../../kit/read-fields.ts';

/** A job in the flat form of this document; what it cannot say of a schedule stands in `schedule`. */
const jobWords = ({ id, name, schedule, describes, payload, target, workspace, enabled, nextRunAt, lastRun, createdAt }: CronJob): object => ({
  id,
  name,
  cron: schedule.kind === 'cron' ? schedule.expr : null,
  tz: schedule.kind === 'cron' ? schedule.tz : null,
  message: payload.kind === 'agentTurn' ? payload.message : payload.text,
  enabled,
  nextRun: nextRunAt,
  lastRun: lastRun && { at: lastRun.scheduledFor, state: lastRun.state, reason: lastRun.reason, error: lastRun.error },
  schedule,
  describes,
  target,
  workspace,
  createdAt,
});

const list = route({
  method: 'GET',
  path: '/api/cron',
  operation: listCronJobs,
  status: 200,
  toInput: ({ query: { limit, offset, workspace, enabled } }) => ({ limit, offset, workspace, enabled: flagOf(enabled) }),
  toReply: ({ jobs, ...page }) => ({ jobs: jobs.map(jobWords), ...page }),
});

const add = route({
  method: 'POST',
  path: '/api/cron',
  operation: addCronJob,
  status: 201,
  toInput: ({ body }) => {
    const { name, cron, tz, message, model, target, workspace, enabled } = fieldsOf(body);
    return { name, schedule: { kind: 'cron', expr: cron, tz }, payload: { kind: 'agentTurn', message, model }, target, workspace, enabled };
  },
  toReply: jobWords,
});

const remove = route({
  method: 'DELETE',
  path: '/api/cron/:id',
  operation: removeCronJob,
  status: 200,
  toInput: ({ params }) => ({ job: params['id'] }),
  toReply: ({ removed: deleted }) => ({ deleted }),
});

export const cronRoutes = [list, add, remove];
