import { addCronJob, listCronJobs, listCronRuns, removeCronJob, runCronJob, updateCronJob } from '@openclaw/contract';
import { route, type WireRequest } from '../../kit/dialect.ts';
import { fieldsOf, flagOf, listOf } from '../../kit/read-fields.ts';
import { jobWords, runWords, toWanted } from './cron-words.ts';

const filters = ({ query, body }: WireRequest): Readonly<Record<string, unknown>> => ({ ...query, ...fieldsOf(body) });

/** Under either of its names. */
const idOf = ({ id, jobId = id }: Readonly<Record<string, unknown>>): unknown => jobId;

const add = route({
  method: 'POST',
  path: '/api/cron/add',
  operation: addCronJob,
  status: 200,
  toInput: ({ body }) => {
    const sent = fieldsOf(body);
    const job = fieldsOf(sent['job'] ?? sent, 'job');
    return { ...toWanted(job), workspace: job['workspace'] ?? sent['workspace'] };
  },
  toReply: jobWords,
});

const list = route({
  method: 'GET',
  path: '/api/cron/list',
  operation: listCronJobs,
  status: 200,
  toInput: (request) => {
    const { limit, offset, workspace, enabled } = filters(request);
    return { limit, offset, workspace, enabled: flagOf(enabled) };
  },
  toReply: ({ jobs, ...page }) => ({ jobs: jobs.map(jobWords), ...page }),
});

const update = route({
  method: 'POST',
  path: '/api/cron/update',
  operation: updateCronJob,
  status: 200,
  toInput: ({ body }) => {
    const sent = fieldsOf(body);
    return { job: idOf(sent), ...toWanted(fieldsOf(sent['patch'] ?? {}, 'patch')) };
  },
  toReply: jobWords,
});

const enable = route({
  method: 'POST',
  path: '/api/cron/enable',
  operation: updateCronJob,
  status: 200,
  toInput: ({ body }) => {
    const sent = fieldsOf(body);
    const { enabled = true } = sent;
    return { job: idOf(sent), enabled };
  },
  toReply: jobWords,
});

const run = route({
  method: 'POST',
  path: '/api/cron/run',
  operation: runCronJob,
  status: 200,
  toInput: ({ body }) => {
    const sent = fieldsOf(body);
    const { mode } = sent;
    return { job: idOf(sent), mode };
  },
  toReply: ({ ran, run: record, reason }) => ({ ok: true, ran, ...(reason !== null && { reason }), ...(record && { run: runWords(record) }) }),
});

const runs = route({
  method: 'GET',
  path: '/api/cron/runs',
  operation: listCronRuns,
  status: 200,
  toInput: (request) => {
    const sent = filters(request);
    const { limit, offset, workspace, state } = sent;
    return { job: idOf(sent), limit, offset, workspace, state: listOf(state) };
  },
  toReply: ({ runs: records, ...page }) => ({ runs: records.map(runWords), ...page }),
});

const remove = route({
  method: 'POST',
  path: '/api/cron/remove',
  operation: removeCronJob,
  status: 200,
  toInput: ({ body }) => ({ job: idOf(fieldsOf(body)) }),
  toReply: ({ removed }) => ({ ok: true, removed }),
});

export const cronRoutes = [add, list, update, enable, run, runs, remove];
