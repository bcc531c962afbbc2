/** What is to happen at its time. */
export const scheduleSchema: readonly string[] = [
  `CREATE TABLE cron_jobs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, workspace TEXT NOT NULL, enabled BIGINT NOT NULL, definition TEXT NOT NULL, caller TEXT NOT NULL, caller_id TEXT NOT NULL,
    delete_after_run BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, revision BIGINT NOT NULL DEFAULT 1,
    next_at BIGINT, running_turn TEXT, last_run TEXT)`,
  // Whatever is asked again and again is found by its time alone.
  'CREATE INDEX cron_due ON cron_jobs (next_at, id) WHERE enabled = 1 AND next_at IS NOT NULL',
  'CREATE INDEX cron_callers ON cron_jobs (caller_id)',
  'CREATE INDEX cron_workspaces ON cron_jobs (workspace)',
  `CREATE TABLE cron_runs (
    job_id TEXT NOT NULL, scheduled_for BIGINT NOT NULL, job_name TEXT NOT NULL, workspace TEXT NOT NULL, state TEXT NOT NULL, via TEXT NOT NULL, reason TEXT,
    error_code TEXT, error_message TEXT, turn_id TEXT, session_key TEXT, started_at BIGINT, ended_at BIGINT,
    missed_to BIGINT, missed_count BIGINT, missed_more BIGINT, PRIMARY KEY (job_id, scheduled_for))`,
  'CREATE INDEX cron_runs_by_time ON cron_runs (scheduled_for)',
  `CREATE TABLE wakes (
    seq {seq}, id TEXT NOT NULL UNIQUE, workspace TEXT NOT NULL, agent TEXT NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, source TEXT, at BIGINT NOT NULL,
    UNIQUE (workspace, agent, hash))`,
];
