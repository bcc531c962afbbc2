import type { QueueInTransaction, Sql } from '../../../engine/ports/sql.ts';
import type { Lease } from '../../../engine/ports/queue.ts';

/**
 * One row a turn. `ready` is 1 for the first row of each session only, so taking work never looks at what must wait;
 * `owner` names the process that holds it.
 */
export const JOB_MIGRATIONS = [
  {
    id: '0001-jobs',
    statements: [
      `CREATE TABLE jobs (seq {seq}, session_id TEXT NOT NULL, turn_id TEXT NOT NULL UNIQUE, ready BIGINT NOT NULL, owner TEXT)`,
      `CREATE INDEX jobs_ready ON jobs (seq) WHERE ready = 1 AND owner IS NULL`,
      `CREATE INDEX jobs_session ON jobs (session_id, seq)`,
    ],
  },
  {
    id: '0002-jobs-of-agents',
    statements: [
      `ALTER TABLE jobs ADD COLUMN agent TEXT`,
      `UPDATE jobs SET agent = (SELECT agent FROM turns WHERE turns.id = jobs.turn_id)`,
      `DROP INDEX jobs_ready`,
      // With the agent in it, those that must wait are passed over without looking at their rows.
      `CREATE INDEX jobs_ready ON jobs (seq, agent) WHERE ready = 1 AND owner IS NULL`,
    ],
  },
];

export const sqliteQueueInTransaction: QueueInTransaction = {
  enqueue: async (sql, { turnId, sessionId, agent, takeFor }) => {
    const first = (await sql.one('SELECT 1 FROM jobs WHERE session_id = ? LIMIT 1', sessionId)) === undefined;
    const owner = first ? (takeFor ?? null) : null;
    const row = await sql.one<{ seq: number }>(
      'INSERT INTO jobs (session_id, turn_id, agent, ready, owner) VALUES (?, ?, ?, ?, ?) RETURNING seq',
      sessionId, turnId, agent, first ? 1 : 0, owner,
    );
    return row && owner !== null ? { jobId: String(row.seq), turnId, agent } : undefined;
  },
  finish: async (sql, { turnId }) => {
    const gone = await sql.one<{ session_id: string; ready: number }>('DELETE FROM jobs WHERE turn_id = ? RETURNING session_id, ready', turnId);
    if (gone?.ready !== 1) return;
    await sql.run('UPDATE jobs SET ready = 1 WHERE seq = (SELECT MIN(seq) FROM jobs WHERE session_id = ?)', gone.session_id);
  },
  giveBack: async (sql, { turnId }) => {
    await sql.run('UPDATE jobs SET owner = NULL WHERE turn_id = ?', turnId);
  },
};

interface JobRow {
  seq: number;
  turn_id: string;
  agent: string | null;
}

const takeJobs = async (sql: Sql, { owner, limit, without }: { owner: string; limit: number; without: readonly string[] }): Promise<Lease[]> => {
  const others = without.length > 0 ? `AND (agent IS NULL OR agent NOT IN (${without.map(() => '?').join(', ')}))` : '';
  const rows = await sql.all<JobRow>(
    `UPDATE jobs SET owner = ? WHERE seq IN (SELECT seq FROM jobs WHERE ready = 1 AND owner IS NULL ${others} ORDER BY seq LIMIT ?) RETURNING seq, turn_id, agent`,
    owner, ...without, limit,
  );
  return rows.toSorted((a, b) => a.seq - b.seq).map((row) => ({ jobId: String(row.seq), turnId: row.turn_id, agent: row.agent ?? undefined }));
};

const reclaimJobs = async (sql: Sql, { owner, known }: { owner: string; known: readonly string[] }): Promise<void> => {
  const marks = known.map(() => '?').join(', ');
  await sql.run(`UPDATE jobs SET owner = NULL WHERE owner = ? AND turn_id NOT IN (${marks})`, owner, ...known);
};

/** Only one process has this database, so whatever another owner held died with it. */
const freeJobsOfOthers = async (sql: Sql, owner: string): Promise<void> => {
  await sql.run('UPDATE jobs SET owner = NULL WHERE owner IS NOT NULL AND owner <> ?', owner);
};

const countJobs = async (sql: Sql): Promise<{ queued: number; running: number }> => {
  const row = await sql.one<{ queued: number; running: number }>(
    'SELECT COUNT(*) - COUNT(owner) AS queued, COUNT(owner) AS running FROM jobs',
  );
  return row ?? { queued: 0, running: 0 };
};

/** What a power cut may undo: no one holds a job after it. */
export const RELAXED_JOBS: readonly string[] = ['takeJobs'];

export const jobTransactions = { takeJobs, reclaimJobs, freeJobsOfOthers, countJobs };
export type JobTransactions = typeof jobTransactions;
