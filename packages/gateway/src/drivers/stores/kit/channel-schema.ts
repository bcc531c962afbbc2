/** What comes in and goes out through channels, and which node serves which. */
export const channelSchema: readonly string[] = [
  // One row an answer, in the order in which they were made. `sent_to` is how much of the text has gone out, `sending_to` how far the part reaches
  // that is on its way now; `doubts` counts the parts of which nobody knows whether they arrived, `skipped` those among them that were not sent again. `hold` is the hold of whoever sent last.
  `CREATE TABLE sends (
    seq {seq}, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, conversation TEXT NOT NULL, address TEXT NOT NULL, text TEXT NOT NULL, state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0, next_at BIGINT NOT NULL, hold BIGINT, sent_to BIGINT NOT NULL DEFAULT 0, sending_to BIGINT,
    draft_id TEXT, external_ids TEXT NOT NULL DEFAULT '[]', doubts BIGINT NOT NULL DEFAULT 0, skipped BIGINT NOT NULL DEFAULT 0, error TEXT,
    turn_id TEXT, session_key TEXT, workspace TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  `CREATE INDEX sends_open ON sends (channel, conversation, seq) WHERE state IN ('queued', 'sending')`,
  `CREATE INDEX sends_age ON sends (created_at)`,
  `CREATE INDEX sends_doubtful ON sends (created_at) WHERE doubts > 0`,
  // One row a channel that was ever served. `number` grows with each new holder: writes that carry an older one are refused.
  `CREATE TABLE channel_holds (
    channel TEXT PRIMARY KEY, owner TEXT NOT NULL, number BIGINT NOT NULL, held_until BIGINT NOT NULL, state TEXT NOT NULL, error TEXT, since BIGINT NOT NULL)`,
  // One row a message that was looked at: what was let in counts towards the limits, and what was not has its reason.
  `CREATE TABLE arrivals (
    channel TEXT NOT NULL, conversation TEXT NOT NULL, message_id TEXT NOT NULL, sender TEXT, at BIGINT NOT NULL, refused TEXT,
    PRIMARY KEY (channel, conversation, message_id))`,
  'CREATE INDEX arrivals_age ON arrivals (at)',
  'CREATE INDEX arrivals_channel ON arrivals (channel, at)',
  'CREATE INDEX arrivals_sender ON arrivals (channel, sender, at)',
  `CREATE TABLE pairings (
    channel TEXT NOT NULL, sender TEXT NOT NULL, code TEXT NOT NULL UNIQUE, name TEXT, address TEXT NOT NULL, workspace TEXT NOT NULL,
    created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, PRIMARY KEY (channel, sender))`,
];

/** Files that go out with a send. What they are is said beside it, for as long as it is listed; what is in them is kept until it is over. */
export const channelFilesSchema: readonly string[] = [
  'ALTER TABLE sends ADD COLUMN files TEXT',
  'CREATE TABLE send_files (send_id TEXT NOT NULL, number BIGINT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (send_id, number))',
];
