import type { Delivery, Webhook } from '@openclaw/contract';
import { type DeliveryRecord, jobOf, type TryRecord } from '../ports/webhook-store.ts';
import { CONCURRENCY, TIMEOUT_MS } from './deliverer.ts';
import type { ReadyWebhook } from './to-request.ts';
import { tell } from './vocabulary/catalogue.ts';

const iso = (at: number): string => new Date(at).toISOString();

const isoOrNull = (at: number | undefined): string | null => (at === undefined ? null : iso(at));

/** As whoever may see it is shown it: nothing in it is a secret. */
export const describeWebhook = (webhook: ReadyWebhook, now: number): Webhook => {
  const { definition, secrets, source } = webhook;
  const older = secrets.flatMap(({ expiresAt }) => (expiresAt !== undefined && expiresAt > now ? [expiresAt] : []));
  return {
    id: webhook.id,
    name: webhook.name ?? null,
    url: definition.url,
    events: [...webhook.events],
    workspace: webhook.workspace ?? null,
    source,
    job: jobOf(webhook) ?? null,
    enabled: webhook.enabled,
    disabledReason: webhook.disabledReason ?? null,
    failingSince: isoOrNull(webhook.failingSince),
    headers: Object.keys(definition.headers),
    // It was read by the schema of the contract, or by that of the configuration, which says the same.
    filter: (definition.filter ?? null) as Webhook['filter'],
    transform: source === 'config' ? null : ((definition.transform ?? null) as Webhook['transform']),
    signature: definition.signature,
    signed: secrets.length > 0,
    olderSecretsUntil: isoOrNull(older.length === 0 ? undefined : Math.max(...older)),
    ordering: webhook.order,
    retries: definition.retries ?? null,
    timeoutMs: definition.timeoutMs ?? TIMEOUT_MS,
    concurrency: webhook.order === 'fifo' ? 1 : (definition.concurrency ?? CONCURRENCY),
    createdBy: webhook.createdBy,
    createdAt: iso(webhook.createdAt),
    updatedAt: iso(webhook.updatedAt),
  };
};

export const describeDelivery = (delivery: DeliveryRecord, tries: readonly TryRecord[]): Delivery => ({
  id: delivery.id,
  webhookId: delivery.webhookId,
  eventId: delivery.eventId,
  event: tell(delivery.called, delivery)?.event ?? delivery.called,
  state: delivery.state,
  at: iso(delivery.at),
  nextTryAt: delivery.state === 'pending' ? iso(delivery.nextAt) : null,
  tries: tries.map(({ n, at, ms, status, error, response }) => ({ n, at: iso(at), ms, status: status ?? null, error: error ?? null, response: response ?? null })),
});
