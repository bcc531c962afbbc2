import {
  createWebhook, type Delivery, deleteWebhook, getWebhook, listDeliveries, listWebhooks, redeliver, replayWebhook, rotateWebhook, testWebhook, updateWebhook, type Webhook,
} from '@openclaw/contract';
import { type Route, route } from '../../kit/dialect.ts';
import { fieldsOf } from '../../kit/read-fields.ts';

const PATH = '/api/v1/webhooks';

const webhookWords = ({ disabledReason, failingSince, olderSecretsUntil, timeoutMs, createdBy, createdAt, updatedAt, ...rest }: Webhook & { readonly secret?: string | undefined }): object => ({
  ...rest,
  disabled_reason: disabledReason,
  failing_since: failingSince,
  older_secrets_until: olderSecretsUntil,
  timeout_ms: timeoutMs,
  created_by: createdBy,
  created_at: createdAt,
  updated_at: updatedAt,
});

const deliveryWords = ({ webhookId, eventId, nextTryAt, ...rest }: Delivery): object => ({ ...rest, webhook_id: webhookId, event_id: eventId, next_try_at: nextTryAt });

/** The two documents that have webhooks spell this one differently. */
const settingsOf = (body: unknown): object => {
  const { timeout_ms: timeoutMs, ...fields } = fieldsOf(body);
  return timeoutMs === undefined ? fields : { timeoutMs, ...fields };
};

const create = route({
  method: 'POST',
  path: PATH,
  operation: createWebhook,
  status: 201,
  toInput: ({ body }) => settingsOf(body),
  toReply: webhookWords,
});

const list = route({
  method: 'GET',
  path: PATH,
  operation: listWebhooks,
  status: 200,
  toInput: ({ query: { limit, offset } }) => ({ limit, offset }),
  toReply: ({ webhooks, ...page }) => ({ webhooks: webhooks.map(webhookWords), ...page }),
});

const one = route({ method: 'GET', path: `${PATH}/:id`, operation: getWebhook, status: 200, toInput: ({ params }) => ({ webhook: params['id'] }), toReply: webhookWords });

const update = route({
  method: 'PATCH',
  path: `${PATH}/:id`,
  operation: updateWebhook,
  status: 200,
  toInput: ({ params, body }) => ({ ...settingsOf(body), webhook: params['id'] }),
  toReply: webhookWords,
});

const remove = route({ method: 'DELETE', path: `${PATH}/:id`, operation: deleteWebhook, status: 200, toInput: ({ params }) => ({ webhook: params['id'] }), toReply: (output) => output });

const test = route({
  method: 'POST',
  path: `${PATH}/:id/test`,
  operation: testWebhook,
  status: 200,
  toInput: ({ params }) => ({ webhook: params['id'] }),
  toReply: ({ latencyMs, ...rest }) => ({ ...rest, latency_ms: latencyMs }),
});

const rotate = route({
  method: 'POST',
  path: `${PATH}/:id/rotate`,
  operation: rotateWebhook,
  status: 200,
  toInput: ({ params, body }) => ({ ...fieldsOf(body ?? {}), webhook: params['id'] }),
  toReply: webhookWords,
});

const deliveries = route({
  method: 'GET',
  path: `${PATH}/:id/deliveries`,
  operation: listDeliveries,
  status: 200,
  toInput: ({ params, query: { state, limit, offset } }) => ({ webhook: params['id'], state, limit, offset }),
  toReply: ({ deliveries: all, ...page }) => ({ deliveries: all.map(deliveryWords), ...page }),
});

const again = route({
  method: 'POST',
  path: `${PATH}/:id/deliveries/:delivery/replay`,
  operation: redeliver,
  status: 200,
  toInput: ({ params }) => ({ webhook: params['id'], delivery: params['delivery'] }),
  toReply: deliveryWords,
});

const replay = route({
  method: 'POST',
  path: `${PATH}/:id/replay`,
  operation: replayWebhook,
  status: 200,
  toInput: ({ params, body }) => ({ ...fieldsOf(body), webhook: params['id'] }),
  toReply: (output) => output,
});

/** The document's webhooks: registration, listing, removal, and what became of deliveries. */
export const webhookRoutes: readonly Route[] = [create, list, one, update, remove, test, rotate, deliveries, again, replay];
