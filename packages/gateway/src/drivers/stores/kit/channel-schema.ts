/** What goes out through channels. */
export const channelSchema: readonly string[] = [
  // One row an answer, in the order in which they were made. `sent_to` is how much of the text has gone out, `sending_to` how far the part reaches
  // that is on its way now; `doubts` counts the parts of which nobody knows whether they arrived.
  `CREATE TABLE sends (
    seq {seq}, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, conversation TEXT NOT NULL, address TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0, next_at BIGINT NOT NULL, hold BIGINT, sent_to BIGINT NOT NULL DEFAULT 0, sending_to BIGINT,
    external_ids TEXT NOT NULL DEFAULT '[]', doubts BIGINT NOT NULL DEFAULT 0, error TEXT,
    turn_id TEXT, session_key TEXT, workspace TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  `CREATE INDEX sends_open ON sends (channel, conversation, seq) WHERE state IN ('queued', 'sending')`,
  `CREATE INDEX sends_age ON sends (created_at)`,
  `CREATE INDEX sends_doubtful ON sends (created_at) WHERE doubts > 0`,
];
