/** `0009-webhooks`: who is told of what, and every telling with its tries. Deliveries of one `lane` go one after the other; most have none. */
export const webhookSchema: readonly string[] = [
  `CREATE TABLE webhooks (
    id TEXT PRIMARY KEY, name TEXT, source TEXT NOT NULL, workspace TEXT, events TEXT NOT NULL, delivery_order TEXT NOT NULL, definition TEXT, secrets TEXT NOT NULL,
    enabled BIGINT NOT NULL, disabled_reason TEXT, failures BIGINT NOT NULL DEFAULT 0, failing_since BIGINT, created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)`,
  `CREATE TABLE webhook_topics (type TEXT NOT NULL, webhook_id TEXT NOT NULL, called TEXT NOT NULL, PRIMARY KEY (type, webhook_id)) {by_key}`,
  `CREATE TABLE deliveries (
    seq {seq}, id TEXT NOT NULL UNIQUE, webhook_id TEXT NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL, called TEXT NOT NULL, at BIGINT NOT NULL, session_key TEXT,
    lane TEXT, data TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', tries BIGINT NOT NULL DEFAULT 0, tries_now BIGINT NOT NULL DEFAULT 0, begun_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL, claim BIGINT NOT NULL DEFAULT 0, claimed_by TEXT, last_status BIGINT, last_error TEXT)`,
  `CREATE INDEX deliveries_due ON deliveries (webhook_id, next_at) WHERE state = 'pending'`,
  `CREATE INDEX deliveries_in_order ON deliveries (webhook_id, lane, seq) WHERE state = 'pending' AND lane IS NOT NULL`,
  `CREATE INDEX deliveries_listed ON deliveries (webhook_id, seq)`,
  `CREATE INDEX deliveries_age ON deliveries (at)`,
  `CREATE TABLE delivery_tries (
    delivery BIGINT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, ms BIGINT NOT NULL, status BIGINT, error TEXT, response TEXT, PRIMARY KEY (delivery, n)) {by_key}`,
];
