export { configuredWebhooks, type OutgoingWebhook } from './configured.ts';
export { Deliverer } from './deliverer.ts';
export { deliveryHandlers } from './delivery-handlers.ts';
export { type JobWebhooks, jobWebhooks } from './job-webhooks.ts';
export type { ReachSettings } from './reach.ts';
export { WebhookBook } from './webhook-book.ts';
export { webhookHandlers } from './webhook-handlers.ts';
