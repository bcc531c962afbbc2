import { GatewayError } from '@openclaw/contract/errors';
import type { Once } from '../../../engine/ports/once.ts';
import type {
  CronDefinition, CronJobChange, CronJobFilter, CronJobRecord, CronRunFilter, CronRunRecord, NewCronJob, SettledSlot,
} from '../../../engine/ports/schedule-records.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import { webhookOf } from '../../../engine/ports/webhook-store.ts';
import { deliveryOf, type JobRow, type RunRow, settle, toJob, toRun } from './cron-rows.ts';
import { keepOnce } from './once.ts';
import { isOneOf } from './session-transactions.ts';
import { addWake } from './wake-transactions.ts';
import type { DeliveryRow } from './webhook-rows.ts';
import { dropJobWebhook, insertWebhook, putJobWebhook } from './webhook-transactions.ts';

const findRow = (sql: Sql, id: string): Promise<JobRow | undefined> => sql.one<JobRow>('SELECT * FROM cron_jobs WHERE id = ?', id);

const definitionOf = ({ description, agent, schedule, payload, target, wakeMode, delivery, deleteAfterRun, name }: CronDefinition): string =>
  JSON.stringify({ name, description, agent, schedule, payload, target, wakeMode, delivery, deleteAfterRun });

const addCronJob = async (sql: Sql, { job, most, once }: { job: NewCronJob; most: number; once: Once | undefined }): Promise<CronJobRecord> => {
  const earlier = once && (await keepOnce(sql, once, job.id, job.createdAt));
  const row = earlier === undefined ? await insertJob(sql, job, most) : await findRow(sql, earlier);
  if (!row) throw new GatewayError('job_not_found', 'The job this request made is gone since');
  if (earlier === undefined && job.webhook) await insertWebhook(sql, job.webhook);
  return toJob(row);
};

const insertJob = async (sql: Sql, job: NewCronJob, most: number): Promise<JobRow | undefined> => {
  const { id, name, workspace, enabled, caller, deleteAfterRun, createdAt, updatedAt, nextAt } = job;
  const own = await sql.one<{ jobs: number }>('SELECT COUNT(*) AS jobs FROM cron_jobs WHERE caller_id = ?', caller.id);
  if ((own?.jobs ?? 0) >= most) {
    throw new GatewayError('conflict', `This credential has ${most} jobs, which is as many as it may have (cron.maxJobs): remove one first`, { limit: most, setting: 'cron.maxJobs' });
  }
  return sql.one<JobRow>(
    `INSERT INTO cron_jobs (id, name, workspace, enabled, definition, caller, caller_id, delete_after_run, created_at, updated_at, next_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    id, name, workspace, enabled ? 1 : 0, definitionOf(job), JSON.stringify(caller), caller.id, deleteAfterRun ? 1 : 0, createdAt, updatedAt, nextAt ?? null,
  );
};

const findCronJob = async (sql: Sql, id: string): Promise<CronJobRecord | undefined> => {
  const row = await findRow(sql, id);
  const [job] = row ? await withLastDelivery(sql, [toJob(row)]) : [];
  return job;
};

/** Each with what became of telling the end of its last run. */
const withLastDelivery = async (sql: Sql, jobs: readonly CronJobRecord[]): Promise<CronJobRecord[]> => {
  const told = await withDeliveries(sql, jobs.flatMap(({ lastRun }) => lastRun ?? []));
  const byJob = new Map(told.map((run) => [run.jobId, run]));
  return jobs.map((job) => ({ ...job, lastRun: byJob.get(job.id) }));
};

const withDeliveries = async (sql: Sql, runs: readonly CronRunRecord[]): Promise<CronRunRecord[]> => {
  const ids = runs.map(deliveryOf);
  const rows = await sql.all<Pick<DeliveryRow, 'id' | 'state' | 'tries' | 'last_status' | 'last_error'>>(
    `SELECT id, state, tries, last_status, last_error FROM deliveries WHERE ${isOneOf('id', ids)}`, ...ids,
  );
  const byId = new Map(rows.map(({ id, state, tries, last_status: status, last_error: error }) => [id, { id, state, tries, status: status ?? undefined, error: error ?? undefined }]));
  return runs.map((run) => ({ ...run, delivery: byId.get(deliveryOf(run)) }));
};

const listCronJobs = async (sql: Sql, { workspaces, enabled, target, limit, offset }: CronJobFilter): Promise<{ jobs: CronJobRecord[]; total: number }> => {
  const condition = `WHERE ${isOneOf('workspace', workspaces)}${enabled === undefined ? '' : ` AND enabled = ${enabled ? 1 : 0}`}${target === undefined ? '' : ` AND REPLACE(definition, ?, '') <> definition`}`;
  // As it stands in the definition, which is JSON: no text in it can hold this, its quotes are written otherwise.
  const values = [...(workspaces ?? []), ...(target === undefined ? [] : [JSON.stringify({ target }).slice(1, -1)])];
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM cron_jobs ${condition}`, ...values);
  const rows = await sql.all<JobRow>(
    `SELECT * FROM cron_jobs ${condition} ORDER BY CASE WHEN enabled = 1 AND next_at IS NOT NULL THEN 0 ELSE 1 END, next_at, id LIMIT ? OFFSET ?`,
    ...values, limit, offset,
  );
  return { jobs: await withLastDelivery(sql, rows.map(toJob)), total: count?.total ?? 0 };
};

const changeCronJob = async (sql: Sql, { id, revision, change }: { id: string; revision: number; change: CronJobChange }): Promise<CronJobRecord | undefined> => {
  // Takes the row for this transaction, at the revision that was looked at.
  const row = await sql.one<JobRow>('UPDATE cron_jobs SET revision = revision + 1, updated_at = ? WHERE id = ? AND revision = ? RETURNING *', change.now, id, revision);
  if (!row) return undefined;
  const { enabled, caller, nextAt, now: _, webhook, ...asked } = change;
  const before = toJob(row);
  const after = { ...before, ...asked };
  const actsFor = caller ?? before.caller;
  const changed = await sql.one<JobRow>(
    'UPDATE cron_jobs SET name = ?, enabled = ?, definition = ?, caller = ?, caller_id = ?, delete_after_run = ?, next_at = ? WHERE id = ? RETURNING *',
    after.name, enabled ? 1 : 0, definitionOf(after), JSON.stringify(actsFor), actsFor.id, after.deleteAfterRun ? 1 : 0, nextAt ?? null, id,
  );
  if (webhook) await putJobWebhook(sql, webhook);
  if (webhook === null) await dropJobWebhook(sql, webhookOf(id), 'the job delivers elsewhere now');
  return changed && toJob(changed);
};

const deleteCronJob = async (sql: Sql, id: string): Promise<boolean> => {
  const deleted = await sql.run('DELETE FROM cron_jobs WHERE id = ?', id);
  await dropJobWebhook(sql, webhookOf(id), 'the job was removed');
  return deleted > 0;
};

/** With the same words as the index, so that it is the index that is read. */
const WITH_A_TIME = 'enabled = 1 AND next_at IS NOT NULL';

const dueCronJobs = async (sql: Sql, { now, most }: { now: number; most: number }): Promise<CronJobRecord[]> =>
  (await sql.all<JobRow>(`SELECT * FROM cron_jobs WHERE ${WITH_A_TIME} AND next_at <= ? AND running_turn IS NULL ORDER BY next_at, id LIMIT ?`, now, most)).map(toJob);

const nextCronDue = async (sql: Sql, now: number): Promise<{ at: number | undefined; waiting: boolean }> => {
  const next = await sql.one<{ next_at: number }>(`SELECT next_at FROM cron_jobs WHERE ${WITH_A_TIME} AND next_at > ? ORDER BY next_at, id LIMIT 1`, now);
  const waits = await sql.one(`SELECT 1 AS waits FROM cron_jobs WHERE ${WITH_A_TIME} AND next_at <= ? LIMIT 1`, now);
  return { at: next?.next_at, waiting: waits !== undefined };
};

const settleSlot = async (sql: Sql, settled: SettledSlot): Promise<boolean> => {
  const { jobId, revision, next, wake } = settled;
  const job = await sql.one<JobRow>(
    'UPDATE cron_jobs SET next_at = ? WHERE id = ? AND revision = ? AND running_turn IS NULL AND enabled = 1 RETURNING *', next ?? null, jobId, revision,
  );
  if (!job) return false;
  const row = await settle(sql, job, settled);
  if (!row) return false;
  if (wake) await addWake(sql, { wake, once: undefined });
  if (row.state === 'ran' && job.delete_after_run === 1) {
    // Its webhook is still to be told.
    await sql.run('DELETE FROM cron_jobs WHERE id = ?', jobId);
  } else {
    await sql.run('UPDATE cron_jobs SET last_run = ?, enabled = CASE WHEN next_at IS NULL THEN 0 ELSE enabled END WHERE id = ?', JSON.stringify(row), jobId);
  }
  return true;
};

const cronJobsAfter = async (sql: Sql, { id, most }: { id: string; most: number }): Promise<CronJobRecord[]> =>
  (await sql.all<JobRow>('SELECT * FROM cron_jobs WHERE id > ? AND enabled = 1 ORDER BY id LIMIT ?', id, most)).map(toJob);

const moveCronJobs = async (sql: Sql, moves: readonly { id: string; revision: number; from: number; nextAt: number | undefined }[]): Promise<void> => {
  for (const { id, revision, from, nextAt } of moves) {
    await sql.run('UPDATE cron_jobs SET next_at = ? WHERE id = ? AND revision = ? AND next_at = ?', nextAt ?? null, id, revision, from);
  }
};

const listCronRuns = async (sql: Sql, { job, workspaces, states, limit, offset }: CronRunFilter): Promise<{ runs: CronRunRecord[]; total: number }> => {
  // Those of hearts are not among the jobs': whoever wants one names it.
  const condition = `WHERE ${job === undefined ? `job_id LIKE 'cron%'` : 'job_id = ?'} AND ${isOneOf('workspace', workspaces)} AND ${isOneOf('state', states)}`;
  const values = [...(job === undefined ? [] : [job]), ...(workspaces ?? []), ...(states ?? [])];
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM cron_runs ${condition}`, ...values);
  const rows = await sql.all<RunRow>(`SELECT * FROM cron_runs ${condition} ORDER BY scheduled_for DESC, job_id DESC LIMIT ? OFFSET ?`, ...values, limit, offset);
  return { runs: await withDeliveries(sql, rows.map(toRun)), total: count?.total ?? 0 };
};

export const cronTransactions = {
  addCronJob, findCronJob, listCronJobs, changeCronJob, deleteCronJob, dueCronJobs, nextCronDue, settleSlot, cronJobsAfter, moveCronJobs, listCronRuns,
};
