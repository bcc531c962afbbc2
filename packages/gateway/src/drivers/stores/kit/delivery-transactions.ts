import type { EventType } from '@openclaw/contract';
import type { Sql } from '../../../engine/ports/sql.ts';
import { type ClaimedDelivery, type DeliveryClaim, type DeliveryFilter, type DeliveryOrder, type DeliveryRecord, type DeliveryTry, type TryRecord, webhookOf } from '../../../engine/ports/webhook-store.ts';
import { insertEvent } from './append.ts';
import { isOneOf } from './session-transactions.ts';
import { type DeliveryRow, insertDeliveries, toClaimed, toDelivery, type ToldEvent } from './webhook-rows.ts';

const DAY = 86_400_000;
/** Failures in a row after which the clock of an endpoint starts that does nothing else, and how long it runs. */
const SEVERAL = 5;
const FAILING_TOO_LONG = 5 * DAY;

/** When the next of a webhook `w` may go: by way of an index, so that a long queue costs no more than a short one. In one line its head decides. */
const NEXT = `CASE w.delivery_order
  WHEN 'fifo' THEN (SELECT d.next_at FROM deliveries d WHERE d.webhook_id = w.id AND d.lane = '' AND d.state = 'pending' ORDER BY d.seq LIMIT 1)
  ELSE (SELECT MIN(d.next_at) FROM deliveries d WHERE d.webhook_id = w.id AND d.state = 'pending') END`;

/** Those that something waits for, from one to the next in the index: jobs may have thousands of webhooks, for which nothing does. */
const WAITED_FOR = `WITH RECURSIVE waiting (id) AS (
  SELECT MIN(webhook_id) FROM deliveries WHERE state = 'pending'
  UNION ALL
  SELECT (SELECT MIN(d.webhook_id) FROM deliveries d WHERE d.state = 'pending' AND d.webhook_id > waiting.id) FROM waiting WHERE waiting.id IS NOT NULL)`;

const dueWebhooks = async (sql: Sql, now: number): Promise<{ due: string[]; nextAt: number | undefined }> => {
  const rows = await sql.all<{ id: string; next_at: number | null }>(`${WAITED_FOR} SELECT w.id AS id, ${NEXT} AS next_at FROM waiting JOIN webhooks w ON w.id = waiting.id WHERE w.enabled = 1`);
  const later = rows.flatMap(({ next_at: at }) => (at !== null && at > now ? [at] : []));
  return { due: rows.filter(({ next_at: at }) => at !== null && at <= now).map(({ id }) => id), nextAt: later.length === 0 ? undefined : Math.min(...later) };
};

/** What may go, of one webhook, as far as what waits before it decides. */
const MAY_GO: Readonly<Record<DeliveryOrder, string>> = {
  none: 'TRUE',
  fifo: `seq = (SELECT MIN(first.seq) FROM deliveries first WHERE first.webhook_id = deliveries.webhook_id AND first.lane = '' AND first.state = 'pending')`,
  session: `(lane IS NULL OR NOT EXISTS (SELECT 1 FROM deliveries first
    WHERE first.webhook_id = deliveries.webhook_id AND first.lane = deliveries.lane AND first.state = 'pending' AND first.seq < deliveries.seq))`,
};

/** Taken, a delivery is due again when the claim has run out. */
const claimDeliveries = async (sql: Sql, { owner, now, until, wanted }: DeliveryClaim): Promise<ClaimedDelivery[]> => {
  const claimed: ClaimedDelivery[] = [];
  for (const { webhookId, order, limit } of wanted) {
    const rows = await sql.all<DeliveryRow>(
      `UPDATE deliveries SET claimed_by = ?, next_at = ?, claim = claim + 1
       WHERE seq IN (SELECT seq FROM deliveries WHERE webhook_id = ? AND state = 'pending' AND next_at <= ? AND ${MAY_GO[order]} ORDER BY next_at, seq LIMIT ?)
         AND state = 'pending' AND next_at <= ? RETURNING *`,
      owner, until, webhookId, now, limit, now,
    );
    claimed.push(...rows.toSorted((a, b) => a.seq - b.seq).map(toClaimed));
  }
  return claimed;
};

const renewDeliveries = async (sql: Sql, { claims, until }: { claims: readonly { seq: number; claim: number }[]; until: number }): Promise<void> => {
  for (const { seq, claim } of claims) await sql.run(`UPDATE deliveries SET next_at = ? WHERE seq = ? AND claim = ? AND state = 'pending'`, until, seq, claim);
};

const reclaimDeliveries = async (sql: Sql, owner: string): Promise<void> => {
  await sql.run(`UPDATE deliveries SET next_at = 0, claimed_by = NULL WHERE state = 'pending' AND claimed_by = ?`, owner);
};

type TriedRow = Pick<DeliveryRow, 'seq' | 'id' | 'webhook_id' | 'event_id' | 'type' | 'called' | 'tries' | 'last_status' | 'last_error'>;

const recordTries = async (sql: Sql, { tries, now }: { tries: readonly DeliveryTry[]; now: number }): Promise<string[]> => {
  const changed = new Set<string>();
  // What is well needs to be said once.
  const well = new Set<string>();
  for (const one of tries) {
    const { outcome, tried } = one;
    const state = typeof outcome === 'string' ? outcome : 'pending';
    const row = await sql.one<TriedRow>(
      `UPDATE deliveries SET state = ?, next_at = ?, claimed_by = NULL, tries = tries + ?, tries_now = tries_now + ?, last_status = ?, last_error = ?
       WHERE seq = ? AND claim = ? AND state = 'pending' RETURNING seq, id, webhook_id, event_id, type, called, tries, last_status, last_error`,
      state, typeof outcome === 'string' ? now : outcome.againAt, tried ? 1 : 0, tried ? 1 : 0, tried?.status ?? null, tried?.error ?? null, one.seq, one.claim,
    );
    if (!row) continue;
    if (tried) {
      await sql.run(
        'INSERT INTO delivery_tries (delivery, n, at, ms, status, error, response) VALUES (?, ?, ?, ?, ?, ?, ?)',
        row.seq, row.tries, tried.at, tried.ms, tried.status ?? null, tried.error ?? null, tried.response ?? null,
      );
      if (outcome !== 'delivered') well.delete(one.webhookId);
      if (!well.has(one.webhookId) && (await noteHealth(sql, one, now))) changed.add(one.webhookId);
      if (outcome === 'delivered') well.add(one.webhookId);
    }
    if (state === 'failed') await tellExhausted(sql, row, now);
  }
  return [...changed];
};

/** How the endpoint has been doing; resolves to whether it is said to do otherwise from now on. */
const noteHealth = async (sql: Sql, { webhookId, outcome, tried, disable }: DeliveryTry, now: number): Promise<boolean> => {
  if (outcome === 'delivered') {
    return (await sql.run('UPDATE webhooks SET failures = 0, failing_since = NULL WHERE id = ? AND failures > 0', webhookId)) > 0;
  }
  const row = await sql.one<{ name: string | null; failures: number; failing_since: number | null }>(
    `UPDATE webhooks SET failures = failures + 1, failing_since = CASE WHEN failures + 1 >= ${SEVERAL} THEN COALESCE(failing_since, ?) ELSE failing_since END
     WHERE id = ? AND enabled = 1 RETURNING name, failures, failing_since`,
    now, webhookId,
  );
  if (!row) return false;
  const reason = disable ?? (row.failing_since !== null && now - row.failing_since >= FAILING_TOO_LONG ? 'nothing but failures for five days' : undefined);
  if (reason === undefined) return row.failures === SEVERAL;
  await sql.run('UPDATE webhooks SET enabled = 0, disabled_reason = ? WHERE id = ?', reason, webhookId);
  const data = { webhookId, name: row.name, reason, lastStatus: tried?.status ?? null, lastError: tried?.error ?? null, workspace: await workspaceOf(sql, webhookId) };
  await insertEvent(sql, { id: `evt_${webhookId}_disabled_${now.toString(36)}`, type: 'webhook.disabled', at: now, sessionKey: null, data });
  return true;
};

const workspaceOf = async (sql: Sql, webhookId: string): Promise<string | null> =>
  (await sql.one<{ workspace: string | null }>('SELECT workspace FROM webhooks WHERE id = ?', webhookId))?.workspace ?? null;

/** What webhooks did to webhooks is not told on: two that fail would keep each other busy for ever. */
const ABOUT_WEBHOOKS: ReadonlySet<EventType> = new Set(['webhook.disabled', 'webhook.exhausted']);

const tellExhausted = async (sql: Sql, row: TriedRow, now: number): Promise<void> => {
  if (ABOUT_WEBHOOKS.has(row.type)) return;
  const { id: deliveryId, webhook_id: webhookId, event_id: eventId, called: event, tries, last_status: lastStatus, last_error: lastError } = row;
  const data = { webhookId, deliveryId, eventId, event, tries, lastStatus, lastError, workspace: await workspaceOf(sql, webhookId) };
  await insertEvent(sql, { id: `${deliveryId}_exhausted_${tries}`, type: 'webhook.exhausted', at: now, sessionKey: null, data });
};

const listDeliveries = async (sql: Sql, { webhookId, states, limit, offset }: DeliveryFilter): Promise<{ deliveries: DeliveryRecord[]; total: number }> => {
  const condition = `webhook_id = ? AND ${isOneOf('state', states)}`;
  const values = [webhookId, ...(states ?? [])];
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM deliveries WHERE ${condition}`, ...values);
  const rows = await sql.all<DeliveryRow>(`SELECT * FROM deliveries WHERE ${condition} ORDER BY seq DESC LIMIT ? OFFSET ?`, ...values, limit, offset);
  return { deliveries: rows.map(toDelivery), total: count?.total ?? 0 };
};

const findDelivery = async (sql: Sql, id: string): Promise<DeliveryRecord | undefined> => {
  const row = await sql.one<DeliveryRow>('SELECT * FROM deliveries WHERE id = ?', id);
  return row && toDelivery(row);
};

interface TryRow {
  n: number;
  at: number;
  ms: number;
  status: number | null;
  error: string | null;
  response: string | null;
}

const deliveryTries = async (sql: Sql, seqs: readonly number[]): Promise<[number, TryRecord[]][]> => {
  const lists: [number, TryRecord[]][] = [];
  for (const seq of seqs) {
    const rows = await sql.all<TryRow>('SELECT n, at, ms, status, error, response FROM delivery_tries WHERE delivery = ? ORDER BY n', seq);
    lists.push([seq, rows.map(({ n, at, ms, status, error, response }) => ({ n, at, ms, status: status ?? undefined, error: error ?? undefined, response: response ?? undefined }))]);
  }
  return lists;
};

const AGAIN = `state = 'pending', tries_now = 0`;

const replayDelivery = async (sql: Sql, { id, now }: { id: string; now: number }): Promise<boolean> =>
  (await sql.run(`UPDATE deliveries SET ${AGAIN}, begun_at = ?, next_at = ? WHERE id = ? AND state <> 'pending'`, now, now, id)) > 0;

/** As many as are taken up from what happened at a time. */
const MOST_REPLAYED = 10_000;

const replaySince = async (sql: Sql, { webhookId, since, delivered, now }: { webhookId: string; since: number; delivered: boolean; now: number }): Promise<number> => {
  const again = await sql.run(
    `UPDATE deliveries SET ${AGAIN}, begun_at = ?, next_at = ? WHERE webhook_id = ? AND at >= ? AND (state = 'failed' ${delivered ? `OR state = 'delivered'` : ''})`,
    now, now, webhookId, since,
  );
  const missed = await sql.all<Omit<ToldEvent, 'sessionKey' | 'data'> & { session_key: string | null; data: string }>(
    `SELECT e.id AS id, e.type AS type, e.at AS at, e.session_key AS session_key, e.data AS data FROM webhook_topics t JOIN events e ON e.type = t.type
     WHERE t.webhook_id = ? AND e.at >= ? AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.id = e.id || '_' || t.webhook_id) ORDER BY e.at, e.id LIMIT ${MOST_REPLAYED}`,
    webhookId, since,
  );
  let fresh = 0;
  // Columns hold only what JSON.stringify put there.
  for (const { session_key: sessionKey, data, ...event } of missed) {
    fresh += await insertDeliveries(sql, { ...event, sessionKey, data: JSON.parse(data) as ToldEvent['data'] }, { json: data, only: webhookId, dueAt: now });
  }
  return again + fresh;
};

const WEEK = 7 * DAY;

/** What is over is kept as long as events are, and as long as runs where they show it. What waits for an endpoint that is switched off is given up after a month. */
export const sweepDeliveries = async (sql: Sql, now: number): Promise<void> => {
  const old = `at < ? AND (at < ? OR (state <> 'pending' AND webhook_id NOT LIKE '${webhookOf('cron')}%'))`;
  await sql.run(`DELETE FROM delivery_tries WHERE delivery IN (SELECT seq FROM deliveries WHERE ${old})`, now - WEEK, now - 30 * DAY);
  await sql.run(`DELETE FROM deliveries WHERE ${old}`, now - WEEK, now - 30 * DAY);
};

export const deliveryTransactions = {
  dueWebhooks, claimDeliveries, renewDeliveries, reclaimDeliveries, recordTries, listDeliveries, findDelivery, deliveryTries, replayDelivery, replaySince,
};
