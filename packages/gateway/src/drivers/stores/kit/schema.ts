import { channelFilesSchema, channelSchema } from './channel-schema.ts';
import { scheduleSchema } from './schedule-schema.ts';
import { usageSchema } from './usage-schema.ts';
import { webhookSchema } from './webhook-schema.ts';

/** One step of the schema. `{seq}`, `{place}` (a number that may come again once its row is gone), `{event_seq}`, `{real}` and `{by_key}` (rows stand in the order of their key) are the places where the engines differ. */
export interface Migration {
  readonly id: string;
  readonly statements: readonly string[];
}

/** Every released step, in order; never edited once released. */
export const STORE_MIGRATIONS: readonly Migration[] = [
  {
    id: '0001-sessions-turns-messages',
    statements: [
      `CREATE TABLE sessions (
        id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, label TEXT, agent TEXT NOT NULL, workspace TEXT NOT NULL,
        user_id TEXT, channel TEXT NOT NULL, created_at BIGINT NOT NULL, last_active_at BIGINT NOT NULL,
        message_count BIGINT NOT NULL DEFAULT 0, last_seq BIGINT NOT NULL DEFAULT 0, summaries BIGINT NOT NULL DEFAULT 0,
        input_tokens BIGINT NOT NULL DEFAULT 0, output_tokens BIGINT NOT NULL DEFAULT 0,
        cache_read_tokens BIGINT NOT NULL DEFAULT 0, cache_write_tokens BIGINT NOT NULL DEFAULT 0,
        cost_usd {real} NOT NULL DEFAULT 0, unpriced_steps BIGINT NOT NULL DEFAULT 0)`,
      `CREATE TABLE turns (
        id TEXT PRIMARY KEY, session_id TEXT NOT NULL, session_key TEXT NOT NULL, seq BIGINT NOT NULL, state TEXT NOT NULL, execution TEXT,
        context TEXT NOT NULL, options TEXT NOT NULL, caller TEXT NOT NULL,
        created_at BIGINT NOT NULL, started_at BIGINT, ended_at BIGINT,
        attempts BIGINT NOT NULL DEFAULT 0, crashes BIGINT NOT NULL DEFAULT 0, cancel_requested BIGINT NOT NULL DEFAULT 0,
        reply TEXT, error_code TEXT, error_message TEXT)`,
      `CREATE TABLE messages (
        session_id TEXT NOT NULL, turn_seq BIGINT NOT NULL, seq BIGINT NOT NULL, id TEXT NOT NULL, turn_id TEXT NOT NULL, role TEXT NOT NULL, text TEXT NOT NULL,
        tool_calls TEXT, opaque TEXT, call_id TEXT, tool TEXT, tool_input TEXT, effect TEXT, state TEXT,
        model TEXT, input_tokens BIGINT, output_tokens BIGINT, cache_read_tokens BIGINT, cache_write_tokens BIGINT,
        cost_usd {real}, latency_ms BIGINT, covers_up_to BIGINT, created_at BIGINT NOT NULL,
        PRIMARY KEY (session_id, turn_seq, seq))`,
      `CREATE INDEX messages_summaries ON messages (session_id, turn_seq) WHERE role = 'summary'`,
      `CREATE INDEX messages_open_calls ON messages (turn_id) WHERE state = 'started'`,
      `CREATE TABLE answers (
        scope TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, ref TEXT NOT NULL, answer TEXT, expires_at BIGINT NOT NULL,
        PRIMARY KEY (scope, key))`,
      `CREATE INDEX answers_expiry ON answers (expires_at)`,
      `CREATE TABLE events (seq {event_seq}, id TEXT NOT NULL, type TEXT NOT NULL, at BIGINT NOT NULL, session_key TEXT, data TEXT NOT NULL)`,
      `CREATE INDEX events_age ON events (at)`,
      `CREATE TABLE audit (seq {seq}, at BIGINT NOT NULL, caller TEXT NOT NULL, operation TEXT NOT NULL, outcome TEXT NOT NULL, resource TEXT)`,
    ],
  },
  {
    id: '0002-usage-by-time',
    statements: [
      `CREATE INDEX messages_usage ON messages (created_at, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd)
        WHERE input_tokens IS NOT NULL`,
    ],
  },
  {
    id: '0003-tasks',
    statements: [
      `CREATE TABLE tasks (
        id TEXT PRIMARY KEY, turn_id TEXT NOT NULL, session_id TEXT NOT NULL, workspace TEXT NOT NULL, status TEXT NOT NULL, origin TEXT NOT NULL,
        caller TEXT NOT NULL, label TEXT, working_directory TEXT, created_at BIGINT NOT NULL, search TEXT NOT NULL, prompt TEXT NOT NULL, files TEXT)`,
      `CREATE INDEX tasks_by_time ON tasks (created_at, id, status, workspace)`,
      `CREATE INDEX tasks_by_workspace ON tasks (workspace, created_at, id, status)`,
      `CREATE INDEX tasks_session ON tasks (session_id)`,
      `ALTER TABLE turns ADD COLUMN task_id TEXT`,
    ],
  },
  {
    id: '0005-access',
    statements: [
      `CREATE TABLE credentials (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, public_part TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, grants TEXT NOT NULL,
        created_at BIGINT NOT NULL, expires_at BIGINT, last_used_at BIGINT, revoked_at BIGINT)`,
      `CREATE UNIQUE INDEX credentials_names ON credentials (kind, name) WHERE revoked_at IS NULL`,
      `CREATE TABLE workspaces (
        id TEXT PRIMARY KEY, label TEXT, agent TEXT, skills TEXT, allowlist TEXT NOT NULL, budget TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
      `INSERT INTO workspaces (id, allowlist, created_at, updated_at) SELECT workspace, '[]', MIN(created_at), MIN(created_at) FROM sessions GROUP BY workspace`,
      `CREATE INDEX sessions_workspace ON sessions (workspace)`,
    ],
  },
  { id: '0006-usage', statements: usageSchema },
  {
    // Rows that are there are hashed by the first append: no SQL that both engines read can.
    id: '0007-audit',
    statements: [
      'ALTER TABLE audit ADD COLUMN label TEXT',
      'ALTER TABLE audit ADD COLUMN address TEXT',
      'ALTER TABLE audit ADD COLUMN surface TEXT',
      'ALTER TABLE audit ADD COLUMN request_id TEXT',
      'ALTER TABLE audit ADD COLUMN hash TEXT',
      // For the rare among the many: without these, looking for one would read the whole log.
      'CREATE INDEX audit_callers ON audit (caller, seq)',
      'CREATE INDEX audit_operations ON audit (operation, seq)',
      'CREATE INDEX audit_outcomes ON audit (outcome, seq)',
      'CREATE TABLE audit_ends (id BIGINT PRIMARY KEY, anchor_seq BIGINT NOT NULL, anchor_hash TEXT NOT NULL, seq BIGINT NOT NULL, hash TEXT NOT NULL)',
      `INSERT INTO audit_ends (id, anchor_seq, anchor_hash, seq, hash) VALUES (1, 0, '', 0, '')`,
    ],
  },
  {
    id: '0008-sources-and-duties',
    statements: ['ALTER TABLE messages ADD COLUMN source TEXT', 'ALTER TABLE turns ADD COLUMN duties TEXT'],
  },
  { id: '0009-webhooks', statements: webhookSchema },
  { id: '0010-schedule', statements: scheduleSchema },
  { id: '0011-channels', statements: channelSchema },
  { id: '0012-turn-retry', statements: ['ALTER TABLE turns ADD COLUMN retry_at BIGINT'] },
  { id: '0013-channel-places', statements: ['ALTER TABLE channel_holds ADD COLUMN place TEXT'] },
  { id: '0014-send-files', statements: channelFilesSchema },
  {
    // Which runs have a session of their own that is still there.
    id: '0015-cron-sessions',
    statements: [
      'ALTER TABLE cron_runs ADD COLUMN own_session BIGINT NOT NULL DEFAULT 0',
      'UPDATE cron_runs SET own_session = 1 WHERE ended_at IS NOT NULL AND turn_id IN (SELECT id FROM turns WHERE task_id IS NOT NULL)',
      'CREATE INDEX cron_runs_sessions ON cron_runs (ended_at) WHERE own_session = 1',
    ],
  },
  { id: '0016-message-images', statements: ['ALTER TABLE messages ADD COLUMN images TEXT'] },
];
