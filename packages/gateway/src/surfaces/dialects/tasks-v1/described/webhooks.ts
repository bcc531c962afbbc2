import { createWebhook, deleteWebhook, Delivery, getWebhook, listDeliveries, listWebhooks, NewWebhook, redeliver, replayWebhook, rotateWebhook, testWebhook, updateWebhook, Webhook } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';

const { disabledReason, failingSince, olderSecretsUntil, timeoutMs, createdBy, createdAt, updatedAt, ...ofWebhook } = Webhook.shape;

const WireWebhook = z.object({
  ...ofWebhook,
  events: ofWebhook.events.describe('As they were asked for.'),
  workspace: ofWebhook.workspace.describe('Whose events it tells of; null is every workspace.'),
  source: ofWebhook.source.describe('`config`: it stands in the configuration, and is changed there. `cron`: it belongs to a job of the schedule.'),
  job: ofWebhook.job.describe('The job it belongs to, whose runs alone it is told of.'),
  headers: ofWebhook.headers.describe('The names of its own headers. What they hold is not shown.'),
  transform: ofWebhook.transform.describe('Sent in place of the usual body, `{{event.<field>}}` filled in.'),
  signature: ofWebhook.signature.describe('Of `X-OpenClaw-Signature`: `sha256=<hex>`, or the hex alone.'),
  signed: ofWebhook.signed.describe('There is a secret to sign with.'),
  retries: ofWebhook.retries.describe('Tries after the first; null is the usual ten tries over three days.'),
  disabled_reason: disabledReason.describe('Why it is switched off.'),
  failing_since: failingSince.describe('Since when every try has failed.'),
  older_secrets_until: olderSecretsUntil.describe('Until when deliveries are signed with an older secret too.'),
  timeout_ms: timeoutMs,
  created_by: createdBy,
  created_at: createdAt,
  updated_at: updatedAt,
});

const secret = NewWebhook.shape.secret.describe('Where the gateway made it. It is told this once.');
const WireNewWebhook = WireWebhook.extend({ secret });

const { webhookId, eventId, nextTryAt, ...ofDelivery } = Delivery.shape;
const WireDelivery = z.object({
  ...ofDelivery,
  id: ofDelivery.id.describe('The `webhook-id` of each of its tries.'),
  event: ofDelivery.event.describe('As it is called for this webhook.'),
  state: ofDelivery.state.describe('`filtered`: the filter did not let it through.'),
  webhook_id: webhookId,
  event_id: eventId,
  next_try_at: nextTryAt.describe('Of one that waits.'),
});

const { timeoutMs: asked, ...ofNew } = createWebhook.input.shape;
const WebhookSettings = z.object({
  ...ofNew,
  url: ofNew.url.describe('Where to. Not a private address, unless who asks could reach it, or the configuration allows it.'),
  events: ofNew.events.describe('Names of events, of any of the documents; `task.*`; `*`.'),
  secret: ofNew.secret.describe('To sign with. Without one, one is made and told in the answer.'),
  workspace: ofNew.workspace.describe('Whose events; without one, of all that the caller may enter.'),
  headers: ofNew.headers.describe('Sent with each delivery.'),
  filter: ofNew.filter.describe('Fields and what they must be equal to; of a list, one.'),
  transform: ofNew.transform.describe('What is sent in place of the usual body. `{{event.<field>}}` in its texts stands for a field of the event.'),
  ordering: ofNew.ordering.describe('`fifo`, or `session`: one after the other. One that fails holds up those behind it for an hour at most.'),
  timeout_ms: asked,
});

const { webhook: _, timeoutMs: changedTimeout, ...ofChange } = updateWebhook.input.shape;
const WebhookChange = z.object({ ...ofChange, timeout_ms: changedTimeout });

const { latencyMs, ...ofTest } = testWebhook.output.shape;
const WebhookTest = z.object({ ...ofTest, latency_ms: latencyMs });
const WebhookList = z.object({ ...listWebhooks.output.shape, webhooks: z.array(WireWebhook) });
const DeliveryList = z.object({ ...listDeliveries.output.shape, deliveries: z.array(WireDelivery) });

const params = z.object({ id: getWebhook.input.shape.webhook.describe('`wh_…`') });
const { webhook: __, ...ofDeliveries } = listDeliveries.input.shape;
const { webhook: ___, ...ofReplay } = replayWebhook.input.shape;

const example = {
  id: 'wh_mi8k2h7c', name: null, url: 'https://your-server.com/openclaw-webhook', events: ['task.completed', 'task.failed', 'skill.installed'], workspace: null, source: 'api', job: null, enabled: true,
  disabled_reason: null, failing_since: null, headers: [], filter: null, transform: null, signature: 'bare', signed: true, older_secrets_until: null, ordering: 'none', retries: null,
  timeout_ms: 15_000, concurrency: 10, created_by: 'cred_1', created_at: '2026-03-01T10:00:00.000Z', updated_at: '2026-03-01T10:00:00.000Z',
};
const delivered = {
  id: 'evt_task_1_end_wh_mi8k2h7c', webhook_id: 'wh_mi8k2h7c', event_id: 'evt_task_1_end', event: 'task.completed', state: 'delivered', at: '2026-03-02T10:35:00.000Z', next_try_at: null,
  tries: [{ n: 1, at: '2026-03-02T10:35:00.012Z', ms: 84, status: 200, error: null, response: '{"received":true}' }],
};

export const webhooksDescribed: PartDescription = {
  schemas: {
    Webhook: WireWebhook, NewWebhook: WireNewWebhook, WebhookSettings, WebhookChange, WebhookList, WebhookTest, Delivery: WireDelivery, DeliveryList,
  },
  routes: {
    'POST /api/v1/webhooks': {
      id: 'createWebhook',
      tag: 'Webhooks',
      body: WebhookSettings,
      reply: WireNewWebhook,
      examples: { body: { url: example.url, events: example.events, secret: 'your-webhook-secret' }, reply: example },
    },
    'GET /api/v1/webhooks': { id: 'listWebhooks', tag: 'Webhooks', query: z.object(listWebhooks.input.shape), reply: WebhookList, examples: { reply: { webhooks: [example], total: 1, limit: 50, offset: 0 } } },
    'GET /api/v1/webhooks/:id': { id: 'getWebhook', tag: 'Webhooks', params, reply: WireWebhook, examples: { reply: example } },
    'PATCH /api/v1/webhooks/:id': {
      id: 'updateWebhook', tag: 'Webhooks', params, body: WebhookChange, reply: WireWebhook, examples: { body: { enabled: false }, reply: { ...example, enabled: false, disabled_reason: 'switched off by ci' } },
    },
    'DELETE /api/v1/webhooks/:id': { id: 'deleteWebhook', tag: 'Webhooks', params, reply: deleteWebhook.output, examples: { reply: { deleted: true } } },
    'POST /api/v1/webhooks/:id/test': { id: 'testWebhook', tag: 'Webhooks', params, reply: WebhookTest, examples: { reply: { ok: true, status: 200, latency_ms: 84, error: null, response: 'OK' } } },
    'POST /api/v1/webhooks/:id/rotate': {
      id: 'rotateWebhook', tag: 'Webhooks', params, body: z.object({ secret: rotateWebhook.input.shape.secret.describe('Without one, one is made.') }), reply: WireNewWebhook,
    },
    'GET /api/v1/webhooks/:id/deliveries': {
      id: 'listDeliveries', tag: 'Webhooks', params, query: z.object(ofDeliveries), reply: DeliveryList, examples: { reply: { deliveries: [delivered], total: 1, limit: 20, offset: 0 } },
    },
    'POST /api/v1/webhooks/:id/deliveries/:delivery/replay': {
      id: 'replayDelivery', tag: 'Webhooks', params: params.extend({ delivery: redeliver.input.shape.delivery.describe('Its id.') }), reply: WireDelivery, examples: { reply: delivered },
    },
    'POST /api/v1/webhooks/:id/replay': {
      id: 'replayWebhook', tag: 'Webhooks', params, body: z.object(ofReplay), reply: replayWebhook.output, examples: { body: { since: '2026-03-02T10:00:00Z' }, reply: { replayed: 12 } },
    },
  },
};
