import type { EventType } from '@openclaw/contract';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { ClaimedDelivery, DeliveryOrder, DeliveryRecord, DeliveryState, WebhookDefinition, WebhookRecord, WebhookSecret } from '../../../engine/ports/webhook-store.ts';
import { noteTelling } from './telling.ts';

export interface WebhookRow {
  id: string;
  name: string | null;
  source: WebhookRecord['source'];
  workspace: string | null;
  events: string;
  delivery_order: DeliveryOrder;
  definition: string | null;
  secrets: string;
  enabled: number;
  disabled_reason: string | null;
  failures: number;
  failing_since: number | null;
  created_by: string;
  created_at: number;
  updated_at: number;
}

export interface DeliveryRow {
  seq: number;
  id: string;
  webhook_id: string;
  event_id: string;
  type: EventType;
  called: string;
  at: number;
  session_key: string | null;
  data: string;
  state: DeliveryState;
  tries: number;
  tries_now: number;
  begun_at: number;
  next_at: number;
  claim: number;
  last_status: number | null;
  last_error: string | null;
}

/** Columns hold only what JSON.stringify put there. */
const parse = <Value>(json: string): Value => JSON.parse(json) as Value;

export const toWebhook = (row: WebhookRow): WebhookRecord => ({
  id: row.id,
  name: row.name ?? undefined,
  source: row.source,
  workspace: row.workspace ?? undefined,
  events: parse<string[]>(row.events),
  order: row.delivery_order,
  definition: row.definition === null ? undefined : parse<WebhookDefinition>(row.definition),
  secrets: parse<WebhookSecret[]>(row.secrets),
  enabled: row.enabled === 1,
  disabledReason: row.disabled_reason ?? undefined,
  failures: row.failures,
  failingSince: row.failing_since ?? undefined,
  createdBy: row.created_by,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export const toDelivery = (row: DeliveryRow): DeliveryRecord => ({
  seq: row.seq,
  id: row.id,
  webhookId: row.webhook_id,
  eventId: row.event_id,
  type: row.type,
  called: row.called,
  at: row.at,
  sessionKey: row.session_key ?? undefined,
  data: parse<Record<string, unknown>>(row.data),
  state: row.state,
  tries: row.tries,
  triesNow: row.tries_now,
  begunAt: row.begun_at,
  nextAt: row.next_at,
  lastStatus: row.last_status ?? undefined,
  lastError: row.last_error ?? undefined,
});

export const toClaimed = (row: DeliveryRow): ClaimedDelivery => ({ ...toDelivery(row), claim: row.claim });

/** An event as it stands in its table, with what decides who is told of it. */
export interface ToldEvent {
  readonly id: string;
  readonly type: EventType;
  readonly at: number;
  readonly sessionKey: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a delivery stands in line with, by the order of its webhook `w`. */
export const laneOf = (sessionKey: string): string => `CASE w.delivery_order WHEN 'fifo' THEN '' WHEN 'session' THEN ${sessionKey} END`;

/** In how far a telling differs from that of something that happens now. */
interface Telling {
  /** The event's data as it stands in its table. */
  readonly json: string;
  /** Of the webhooks that listen, this one. */
  readonly only?: string;
  readonly dueAt?: number;
}

/**
 * One delivery for each webhook that listens; resolves to how many. Of what befalls a webhook it is not told itself, or each such telling
 * that fails would be told again.
 */
export const insertDeliveries = async (sql: Sql, { id, type, at, sessionKey, data }: ToldEvent, { json, only, dueAt = at }: Telling): Promise<number> => {
  const told = [id, id, at, sessionKey, sessionKey, json, dueAt, dueAt, type, textOf(data['workspace']), textOf(data['webhookId']) ?? ''];
  return noted(sql, await (only === undefined ? sql.run(TELL, ...told) : sql.run(TELL_ONE, ...told, only)));
};

const noted = (sql: Sql, deliveries: number): number => {
  if (deliveries > 0) noteTelling(sql);
  return deliveries;
};

const tell = (whom: string): string =>
  `INSERT INTO deliveries (id, webhook_id, event_id, type, called, at, session_key, lane, data, begun_at, next_at)
   SELECT CAST(? AS TEXT) || '_' || w.id, w.id, CAST(? AS TEXT), t.type, t.called, CAST(? AS BIGINT), CAST(? AS TEXT), ${laneOf('CAST(? AS TEXT)')},
     CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT)
   FROM webhook_topics t JOIN webhooks w ON w.id = t.webhook_id
   WHERE t.type = ? AND (w.workspace IS NULL OR w.workspace = ?) AND w.id <> ? AND ${whom} ON CONFLICT (id) DO NOTHING`;

/** The end of a run, for the webhook that belongs to its job, where it has one. Switched off, it gets it when it is switched on again. */
export const tellJob = async (sql: Sql, webhookId: string, { id, type, at, sessionKey, data }: ToldEvent): Promise<number> =>
  noted(sql, await sql.run(
    `INSERT INTO deliveries (id, webhook_id, event_id, type, called, at, session_key, data, begun_at, next_at)
     SELECT CAST(? AS TEXT) || '_' || w.id, w.id, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT)
     FROM webhooks w WHERE w.id = ? AND w.source = 'cron' ON CONFLICT (id) DO NOTHING`,
    id, id, type, type, at, sessionKey, JSON.stringify(data), at, at, webhookId,
  ));

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const TELL = tell('w.enabled = 1');
const TELL_ONE = tell('w.id = ?');
