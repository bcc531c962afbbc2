import { GatewayError } from '@openclaw/contract/errors';
import type { Once } from '../../../engine/ports/once.ts';
import type { CronJobChange } from '../../../engine/ports/schedule-records.ts';
import type { Sql } from '../../../engine/ports/sql.ts';
import { type NewWebhook, type WebhookChange, webhookOf, type WebhookRecord, type WebhookTopic } from '../../../engine/ports/webhook-store.ts';
import { keepOnce } from './once.ts';
import { isOneOf } from './session-transactions.ts';
import { laneOf, toWebhook, type WebhookRow } from './webhook-rows.ts';

const webhooks = async (sql: Sql, ids: readonly string[] | undefined): Promise<WebhookRecord[]> =>
  (await sql.all<WebhookRow>(`SELECT * FROM webhooks WHERE ${isOneOf('id', ids)} ORDER BY created_at DESC, id DESC`, ...(ids ?? []))).map(toWebhook);

const setTopics = async (sql: Sql, id: string, topics: readonly WebhookTopic[]): Promise<void> => {
  await sql.run('DELETE FROM webhook_topics WHERE webhook_id = ?', id);
  for (const { type, called } of topics) await sql.run('INSERT INTO webhook_topics (type, webhook_id, called) VALUES (?, ?, ?)', type, id, called);
};

export const insertWebhook = async (sql: Sql, webhook: NewWebhook): Promise<void> => {
  const { id, name, source, workspace, events, order, definition, secrets, enabled, createdBy, createdAt } = webhook;
  await sql.run(
    `INSERT INTO webhooks (id, name, source, workspace, events, delivery_order, definition, secrets, enabled, created_by, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id, name ?? null, source, workspace ?? null, JSON.stringify(events), order, definition ? JSON.stringify(definition) : null, JSON.stringify(secrets), enabled ? 1 : 0,
    createdBy, createdAt, createdAt,
  );
  await setTopics(sql, id, webhook.topics);
};

const addWebhook = async (sql: Sql, { webhook, most, once }: { webhook: NewWebhook; most: number; once: Once | undefined }): Promise<string> => {
  const earlier = once && (await keepOnce(sql, once, webhook.id, webhook.createdAt));
  if (earlier) return earlier;
  const has = await sql.one<{ total: number }>('SELECT COUNT(*) AS total FROM webhooks WHERE created_by = ? AND source = ?', webhook.createdBy, webhook.source);
  if ((has?.total ?? 0) >= most) throw new GatewayError('conflict', `This credential has ${most} webhooks, which is the most it may have: delete some first`);
  await insertWebhook(sql, webhook);
  return webhook.id;
};

const changeWebhook = async (sql: Sql, { id, change }: { id: string; change: WebhookChange }): Promise<WebhookRecord | undefined> => {
  // Takes the row for this transaction: of two who change it at once, the second sees what the first did.
  const row = await sql.one<WebhookRow>('UPDATE webhooks SET updated_at = ? WHERE id = ? RETURNING *', change.now, id);
  if (!row) return undefined;
  const before = toWebhook(row);
  const enabled = change.enabled ?? before.enabled;
  const definition = change.definition ?? before.definition;
  const after = await sql.one<WebhookRow>(
    `UPDATE webhooks SET name = ?, events = ?, delivery_order = ?, definition = ?, secrets = ?, enabled = ?, disabled_reason = ?, failures = ?, failing_since = ? WHERE id = ? RETURNING *`,
    change.name === undefined ? row.name : change.name, JSON.stringify(change.events ?? before.events), change.order ?? before.order,
    definition ? JSON.stringify(definition) : null, JSON.stringify(change.secrets ?? before.secrets), enabled ? 1 : 0,
    enabled ? null : (change.disabledReason ?? row.disabled_reason), change.enabled ? 0 : row.failures, change.enabled ? null : row.failing_since, id,
  );
  if (change.topics) await setTopics(sql, id, change.topics);
  if (change.order !== undefined && change.order !== before.order) {
    await sql.run(`UPDATE deliveries SET lane = (SELECT ${laneOf('deliveries.session_key')} FROM webhooks w WHERE w.id = deliveries.webhook_id) WHERE webhook_id = ? AND state = 'pending'`, id);
  }
  return after && toWebhook(after);
};

export const removeWebhook = async (sql: Sql, id: string): Promise<boolean> => {
  const removed = await sql.run('DELETE FROM webhooks WHERE id = ?', id);
  await sql.run('DELETE FROM webhook_topics WHERE webhook_id = ?', id);
  await sql.run('DELETE FROM delivery_tries WHERE delivery IN (SELECT seq FROM deliveries WHERE webhook_id = ?)', id);
  await sql.run('DELETE FROM deliveries WHERE webhook_id = ?', id);
  return removed > 0;
};

/** Switched off by hand, or by what it answered: stays so, whatever the file says about the rest of it. */
const settleWebhooks = async (sql: Sql, { configured, now }: { configured: readonly NewWebhook[]; now: number }): Promise<void> => {
  const there = (await sql.all<WebhookRow>(`SELECT * FROM webhooks WHERE source = 'config'`)).map(toWebhook);
  for (const { id } of there) if (!configured.some((one) => one.id === id)) await removeWebhook(sql, id);
  for (const webhook of configured) {
    const before = there.find(({ id }) => id === webhook.id);
    if (!before) await insertWebhook(sql, webhook);
    else await changeWebhook(sql, { id: webhook.id, change: { name: webhook.name ?? null, events: webhook.events, topics: webhook.topics, order: webhook.order, now } });
  }
};

/** For a job: as it is asked for now, and in use, whatever befell it before. */
export const putJobWebhook = async (sql: Sql, { made, secretAsked }: NonNullable<CronJobChange['webhook']>): Promise<void> => {
  const change: WebhookChange = { definition: made.definition, enabled: true, now: made.createdAt, ...(secretAsked && { secrets: made.secrets }) };
  if (!(await changeWebhook(sql, { id: made.id, change }))) await insertWebhook(sql, made);
};

/** What it was to be told still stands in the records of the runs: as failed, with the reason. */
export const dropJobWebhook = async (sql: Sql, id: string, reason: string): Promise<void> => {
  if ((await sql.run(`DELETE FROM webhooks WHERE id = ? AND source = 'cron'`, id)) === 0) return;
  await sql.run(`UPDATE deliveries SET state = 'failed', last_error = ?, claimed_by = NULL WHERE webhook_id = ? AND state = 'pending'`, reason, id);
};

const retireWebhooks = (sql: Sql): Promise<number> =>
  sql.run(
    `DELETE FROM webhooks WHERE source = 'cron' AND NOT EXISTS (SELECT 1 FROM cron_jobs j WHERE '${webhookOf('')}' || j.id = webhooks.id)
     AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook_id = webhooks.id AND d.state = 'pending')`,
  );

export const webhookTransactions = { webhooks, addWebhook, changeWebhook, removeWebhook, settleWebhooks, retireWebhooks };
