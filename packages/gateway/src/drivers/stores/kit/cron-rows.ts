import type { CronRunState, CronRunVia } from '@openclaw/contract';
import { GatewayError } from '@openclaw/contract/errors';
import type { CronDefinition, CronJobRecord, CronRunRecord, SettledSlot } from '../../../engine/ports/schedule-records.ts';
import type { MissedSlots, SlotRun } from '../../../engine/ports/slot-records.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { StoredCaller, TurnEnding } from '../../../engine/ports/turn-records.ts';
import { webhookOf } from '../../../engine/ports/webhook-store.ts';
import { insertEvent } from './append.ts';
import type { EndedTurn } from './rows.ts';
import { takeWakes } from './wake-transactions.ts';
import { tellJob } from './webhook-rows.ts';

// The part of the schedule in the transactions of its turns, and what its rows mean.

export interface JobRow {
  id: string;
  name: string;
  workspace: string;
  enabled: number;
  definition: string;
  caller: string;
  caller_id: string;
  delete_after_run: number;
  created_at: number;
  updated_at: number;
  revision: number;
  next_at: number | null;
  running_turn: string | null;
  last_run: string | null;
}

export interface RunRow {
  job_id: string;
  scheduled_for: number;
  job_name: string;
  workspace: string;
  state: CronRunState;
  via: CronRunVia;
  reason: string | null;
  error_code: string | null;
  error_message: string | null;
  turn_id: string | null;
  session_key: string | null;
  started_at: number | null;
  ended_at: number | null;
  missed_to: number | null;
  missed_count: number | null;
  missed_more: number | null;
}

// Columns of JSON hold only what the transactions here and in cron-transactions.ts put there.
export const toJob = (row: JobRow): CronJobRecord => ({
  ...(JSON.parse(row.definition) as CronDefinition),
  id: row.id,
  name: row.name,
  workspace: row.workspace,
  enabled: row.enabled === 1,
  caller: JSON.parse(row.caller) as StoredCaller,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  revision: row.revision,
  nextAt: row.next_at ?? undefined,
  runningTurn: row.running_turn ?? undefined,
  lastRun: row.last_run === null ? undefined : toRun(JSON.parse(row.last_run) as RunRow),
});

export const toRun = (row: RunRow): CronRunRecord => ({
  jobId: row.job_id,
  jobName: row.job_name,
  workspace: row.workspace,
  scheduledFor: row.scheduled_for,
  state: row.state,
  via: row.via,
  reason: row.reason ?? undefined,
  error: row.error_code === null ? undefined : { code: row.error_code, message: row.error_message ?? '' },
  turnId: row.turn_id ?? undefined,
  sessionKey: row.session_key ?? undefined,
  startedAt: row.started_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  missed: row.missed_to === null ? undefined : { from: row.scheduled_for, to: row.missed_to, count: row.missed_count ?? 0, more: row.missed_more === 1 },
});

type Job = Pick<JobRow, 'id' | 'name' | 'workspace'>;

/** Undefined where the slot has its record already. */
export const insertRun = (sql: Sql, job: Job, run: Partial<RunRow> & Pick<RunRow, 'scheduled_for' | 'state' | 'via'>): Promise<RunRow | undefined> =>
  sql.one<RunRow>(
    `INSERT INTO cron_runs (job_id, scheduled_for, job_name, workspace, state, via, reason, error_code, error_message, turn_id, session_key, started_at, ended_at, missed_to, missed_count, missed_more)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job_id, scheduled_for) DO NOTHING RETURNING *`,
    job.id, run.scheduled_for, job.name, job.workspace, run.state, run.via, run.reason ?? null, run.error_code ?? null, run.error_message ?? null,
    run.turn_id ?? null, run.session_key ?? null, run.started_at ?? null, run.ended_at ?? null, run.missed_to ?? null, run.missed_count ?? null, run.missed_more ?? null,
  );

export const insertMissed = async (sql: Sql, job: Job, { from, to, count, more, reason }: MissedSlots, now: number): Promise<RunRow | undefined> => {
  const row = await insertRun(sql, job, {
    scheduled_for: from, state: 'skipped', via: 'schedule', reason, ended_at: now, missed_to: to, missed_count: count, missed_more: more ? 1 : 0,
  });
  if (row) await tellEnd(sql, row, now);
  return row;
};

/** As much of an answer as events hold; the job's own webhook gets all that it can be sent. */
const IN_AN_EVENT = 4_000;
const IN_A_DELIVERY = 90_000;

const endOf = (jobId: string, scheduledFor: number): string => `evt_${jobId}_${scheduledFor}_end`;

/** What the end of a run is called where the job's own webhook is told of it. */
export const deliveryOf = ({ jobId, scheduledFor }: Pick<CronRunRecord, 'jobId' | 'scheduledFor'>): string => `${endOf(jobId, scheduledFor)}_${webhookOf(jobId)}`;

/** What happened is told with the record that says it. */
export const tellEnd = async (sql: Sql, row: RunRow, now: number, response?: string): Promise<void> => {
  const { jobId, jobName, workspace, scheduledFor, state, via, reason, error, turnId, sessionKey, startedAt, missed } = toRun(row);
  const event = {
    id: endOf(jobId, scheduledFor),
    type: 'cron.finished',
    at: now,
    sessionKey: sessionKey ?? null,
    data: {
      jobId, name: jobName, workspace, scheduledFor: iso(scheduledFor), state, via, reason: reason ?? null, error: error ?? null, turnId: turnId ?? null,
      durationMs: startedAt === undefined ? null : now - startedAt,
      response: response?.slice(0, IN_AN_EVENT) ?? null,
      ...(missed && { missed: { ...missed, from: iso(missed.from), to: iso(missed.to) } }),
    },
  } as const;
  await insertEvent(sql, event);
  await tellJob(sql, webhookOf(jobId), { ...event, data: { ...event.data, response: response?.slice(0, IN_A_DELIVERY) ?? null } });
};

const iso = (at: number): string => new Date(at).toISOString();

const refused = (cron: 'slot' | 'job', message: string): GatewayError => new GatewayError('conflict', message, { cron });

interface Accepted {
  readonly turnId: string;
  readonly sessionKey: string;
  readonly workspace: string;
  readonly now: number;
}

/** The slot's record, in the transaction that accepts its turn. It is the claim: whoever comes second begins nothing. */
export const beginRun = async (sql: Sql, run: SlotRun | undefined, { turnId, sessionKey, workspace, now }: Accepted): Promise<void> => {
  if (!run) return;
  const { jobId: id, jobName: name, scheduledFor, via, reason, job, missed, wakes = [] } = run;
  if (job) await claimJob(sql, id, job, turnId);
  const place = { id, name, workspace };
  if (missed) await insertMissed(sql, place, missed, now);
  const row = await insertRun(sql, place, { scheduled_for: scheduledFor, state: 'running', via, reason: reason ?? null, turn_id: turnId, session_key: sessionKey, started_at: now });
  if (!row) throw refused('slot', `The slot ${iso(scheduledFor)} of ${name} has its record already`);
  await takeWakes(sql, wakes);
};

const claimJob = async (sql: Sql, id: string, { revision, next }: NonNullable<SlotRun['job']>, turnId: string): Promise<void> => {
  const unmoved = next === undefined;
  const claimed = await sql.run(
    `UPDATE cron_jobs SET running_turn = ?, next_at = ${unmoved ? 'next_at' : '?'} WHERE id = ? AND revision = ? AND running_turn IS NULL${unmoved ? '' : ' AND enabled = 1'}`,
    ...(unmoved ? [turnId, id, revision] : [turnId, next, id, revision]),
  );
  if (claimed === 0) throw refused('job', 'The job was changed meanwhile, runs already, or is gone');
};

interface RunEnding extends Pick<TurnEnding, 'state' | 'now'>, Partial<Pick<TurnEnding, 'error' | 'reply'>> {
  /** Goes to what is said of it already. */
  readonly note?: string | undefined;
}

/** In the transaction that ends the turn, however it ends. */
export const endRun = async (sql: Sql, turn: EndedTurn, run: SlotRun, { state, now, error, reply, note }: RunEnding): Promise<void> => {
  const became: CronRunState = state !== 'done' ? 'failed' : run.via === 'catch_up' ? 'caught_up' : 'ran';
  const failure = state === 'cancelled' ? (error ?? { code: 'turn_cancelled', message: 'Cancelled' }) : error;
  const row = await sql.one<RunRow>(
    `UPDATE cron_runs SET state = ?, ended_at = ?, error_code = ?, error_message = ?, reason = ?, own_session = ? WHERE job_id = ? AND scheduled_for = ? AND turn_id = ? RETURNING *`,
    became, now, failure?.code ?? null, failure?.message ?? null, [run.reason, note].filter((words) => words !== undefined).join('; ') || null, turn.task_id === null ? 0 : 1, run.jobId, run.scheduledFor, turn.id,
  );
  // The heart is no job of the schedule: its slots are told by their turns alone.
  if (!row || !run.job) return;
  await tellEnd(sql, row, now, reply?.text);
  await release(sql, row, { ranWell: state === 'done', asked: run.via === 'request' });
};

/** The job may be due again; one that was for this moment only is over. */
const release = async (sql: Sql, row: RunRow, { ranWell, asked }: { readonly ranWell: boolean; readonly asked: boolean }): Promise<void> => {
  const goes = ranWell && !asked;
  if (goes && (await sql.run('DELETE FROM cron_jobs WHERE id = ? AND running_turn = ? AND delete_after_run = 1', row.job_id, row.turn_id)) > 0) return;
  await sql.run(
    'UPDATE cron_jobs SET running_turn = NULL, last_run = ?, enabled = CASE WHEN next_at IS NULL THEN 0 ELSE enabled END WHERE id = ? AND running_turn = ?',
    JSON.stringify(row), row.job_id, row.turn_id,
  );
};

/** What became of slots that began no turn. */
export const settle = async (sql: Sql, job: JobRow, { slot, missed, now }: SettledSlot): Promise<RunRow | undefined> => {
  const before = missed && (await insertMissed(sql, job, missed, now));
  if (!slot) return before;
  const { scheduledFor, state, via, reason, error } = slot;
  const row = await insertRun(sql, job, {
    scheduled_for: scheduledFor, state, via, reason: reason ?? null, error_code: error?.code ?? null, error_message: error?.message ?? null, started_at: now, ended_at: now,
  });
  if (row) await tellEnd(sql, row, now);
  return row;
};
