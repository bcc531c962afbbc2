import { NANO_USD } from './usage-entries.ts';
import { MEASURES } from './usage-sums.ts';

const measures = MEASURES.map((measure) => `${measure} BIGINT NOT NULL DEFAULT 0`).join(', ');

/** The first call of a turn that has no price: the one its message is counted with. */
const FIRST_UNPRICED = `m.cost_usd IS NULL AND m.seq = (SELECT MIN(f.seq) FROM messages f
  WHERE f.session_id = m.session_id AND f.turn_seq = m.turn_seq AND f.input_tokens IS NOT NULL AND f.cost_usd IS NULL)`;

/** `0006-usage`: what was used, from the first message that is still there. Credentials came after these messages, so none is named. */
export const usageSchema: readonly string[] = [
  `ALTER TABLE turns ADD COLUMN workspace TEXT`,
  `ALTER TABLE turns ADD COLUMN agent TEXT`,
  `ALTER TABLE turns ADD COLUMN user_id TEXT`,
  `ALTER TABLE turns ADD COLUMN unpriced BIGINT NOT NULL DEFAULT 0`,
  `CREATE TABLE usage_entries (
    seq {place}, at BIGINT NOT NULL, workspace TEXT NOT NULL, agent TEXT NOT NULL, caller TEXT NOT NULL, user_id TEXT, model TEXT NOT NULL DEFAULT '', ${measures})`,
  `CREATE TABLE usage_sums (
    what TEXT NOT NULL, place TEXT NOT NULL, span TEXT NOT NULL, start BIGINT NOT NULL, name TEXT NOT NULL, ${measures},
    PRIMARY KEY (what, place, span, start, name)) {by_key}`,
  `CREATE TABLE usage_users (
    span TEXT NOT NULL, start BIGINT NOT NULL, workspace TEXT NOT NULL, name TEXT NOT NULL, ${measures},
    PRIMARY KEY (span, start, workspace, name)) {by_key}`,
  `CREATE TABLE usage_folding (id BIGINT PRIMARY KEY, folds BIGINT NOT NULL)`,
  `INSERT INTO usage_folding (id, folds) VALUES (1, 0)`,
  `CREATE TABLE budget_warnings (id TEXT PRIMARY KEY, at BIGINT NOT NULL)`,
  `UPDATE turns SET
    workspace = (SELECT workspace FROM sessions WHERE sessions.id = turns.session_id),
    agent = (SELECT agent FROM sessions WHERE sessions.id = turns.session_id),
    user_id = (SELECT user_id FROM sessions WHERE sessions.id = turns.session_id),
    unpriced = CASE WHEN EXISTS (SELECT 1 FROM messages m WHERE m.session_id = turns.session_id AND m.turn_seq = turns.seq
      AND m.input_tokens IS NOT NULL AND m.cost_usd IS NULL) THEN 1 ELSE 0 END`,
  `INSERT INTO usage_entries (at, workspace, agent, caller, user_id, messages)
    SELECT m.created_at, s.workspace, s.agent, '', s.user_id, 1 FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.role = 'user'`,
  `INSERT INTO usage_entries (at, workspace, agent, caller, user_id, model, calls, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
      cost_nanousd, unpriced_calls, unpriced_messages)
    SELECT m.created_at, s.workspace, s.agent, '', s.user_id, COALESCE(m.model, ''), 1, m.input_tokens, COALESCE(m.output_tokens, 0), COALESCE(m.cache_read_tokens, 0),
      COALESCE(m.cache_write_tokens, 0), CAST(ROUND(COALESCE(m.cost_usd, 0) * ${NANO_USD}) AS BIGINT),
      CASE WHEN m.cost_usd IS NULL THEN 1 ELSE 0 END, CASE WHEN ${FIRST_UNPRICED} THEN 1 ELSE 0 END
    FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.input_tokens IS NOT NULL`,
  `INSERT INTO usage_entries (at, workspace, agent, caller, user_id, model, replies, latency_ms)
    SELECT t.ended_at, s.workspace, s.agent, '', s.user_id,
      COALESCE((SELECT m.model FROM messages m WHERE m.session_id = t.session_id AND m.turn_seq = t.seq AND m.role = 'assistant' ORDER BY m.seq DESC LIMIT 1), ''),
      1, t.ended_at - t.created_at
    FROM turns t JOIN sessions s ON s.id = t.session_id WHERE t.state = 'done'`,
  // Sums of the day are read from the rows above now, and each step is spared its entry in this index.
  `DROP INDEX messages_usage`,
];
