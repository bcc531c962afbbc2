import type { CronRunTrim, EndedCronSessions } from '../../../engine/ports/schedule-records.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import { deliveryOf } from './cron-rows.ts';
import { deleteSession, isOneOf } from './session-transactions.ts';

interface Ended {
  job_id: string;
  scheduled_for: number;
  session_id: string | null;
}

/** A session in which something happened since is somebody's by now, until nothing has for as long. */
const clearCronSessions = async (sql: Sql, { before, most, now }: EndedCronSessions): Promise<number> => {
  const ended = await sql.all<Ended>(
    `SELECT r.job_id AS job_id, r.scheduled_for AS scheduled_for, s.id AS session_id FROM cron_runs r LEFT JOIN sessions s ON s.key = r.session_key
     WHERE r.own_session = 1 AND r.ended_at < ? AND (s.id IS NULL OR s.last_active_at < ?) ORDER BY r.ended_at LIMIT ?`,
    before, before, most,
  );
  for (const { job_id: job, scheduled_for: slot, session_id: sessionId } of ended) {
    if (sessionId !== null) await deleteSession(sql, { sessionId, now });
    await sql.run('UPDATE cron_runs SET own_session = 0 WHERE job_id = ? AND scheduled_for = ?', job, slot);
  }
  return ended.length;
};

const trimCronRuns = async (sql: Sql, { after, jobs, most, ...how }: CronRunTrim): Promise<{ last: string | undefined; more: boolean }> => {
  const ids = (await sql.all<{ id: string }>('SELECT id FROM cron_jobs WHERE id > ? ORDER BY id LIMIT ?', after, jobs)).map(({ id }) => id);
  let left = most;
  for (const id of ids) {
    const gone = await trimJob(sql, id, { ...how, most: left });
    left -= gone;
    // The same job once more: it may have others.
    if (left <= 0) return { last: ids[ids.indexOf(id) - 1] ?? after, more: true };
  }
  return { last: ids.at(-1), more: ids.length === jobs };
};

const trimJob = async (sql: Sql, id: string, { keep, most, before, sessionsStay }: Omit<CronRunTrim, 'after' | 'jobs'>): Promise<number> => {
  const gone = await sql.all<{ scheduled_for: number }>(
    `DELETE FROM cron_runs WHERE job_id = ? AND scheduled_for IN (
       SELECT scheduled_for FROM cron_runs WHERE job_id = ? AND state <> 'running' ${sessionsStay ? '' : 'AND own_session = 0'}
         AND scheduled_for < ? AND scheduled_for <= (SELECT scheduled_for FROM cron_runs WHERE job_id = ? ORDER BY scheduled_for DESC LIMIT 1 OFFSET ?)
       ORDER BY scheduled_for LIMIT ?) RETURNING scheduled_for`,
    id, id, before, id, keep, most,
  );
  if (gone.length === 0) return 0;
  const ids = gone.map(({ scheduled_for: scheduledFor }) => deliveryOf({ jobId: id, scheduledFor }));
  const over = `${isOneOf('id', ids)} AND state <> 'pending'`;
  await sql.run(`DELETE FROM delivery_tries WHERE delivery IN (SELECT seq FROM deliveries WHERE ${over})`, ...ids);
  await sql.run(`DELETE FROM deliveries WHERE ${over}`, ...ids);
  return gone.length;
};

export const cronUpkeep = { clearCronSessions, trimCronRuns };
