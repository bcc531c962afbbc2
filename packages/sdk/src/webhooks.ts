export { type StandardWebhookOptions, verifyStandardWebhook, verifyWebhook, type WebhookBody, type WebhookHeaders } from '../../client-kit/src/webhooks.ts';
