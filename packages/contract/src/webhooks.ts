import { z } from 'zod';
import { operation } from './operation.ts';
import { Page, Workspace } from './sessions.ts';
import { plainText } from './text.ts';
import { wholeNumber } from './whole-number.ts';

/** `prefixed`: `X-OpenClaw-Signature: sha256=<hex>`. `bare`: `<hex>` alone. */
export const SignatureStyle = z.enum(['prefixed', 'bare']);

/** `fifo` and `session` send one after the other, each of the webhook or each of a session; a delivery that fails holds up those behind it for an hour at most. */
export const Ordering = z.enum(['none', 'session', 'fifo']);

export const WebhookUrl = plainText(2_048).min(1);
const Events = z.array(plainText(100).min(1)).min(1).max(100);
const HeaderName = z.string().max(100).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'the name of a header');
const HeaderValue = z.string().max(4_000).regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'a value that a header can have');
const Headers = z.record(HeaderName, HeaderValue).refine((headers) => Object.keys(headers).length <= 50, 'at most 50 headers');

/** What a field must be equal to, by its name or its path (`usage.model`); of a list, one. */
const Filter = z
  .record(plainText(200).min(1), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).max(1_000)]))
  .refine((filter) => Object.keys(filter).length <= 50, 'at most 50 fields');

/** What is sent in place of the usual body. `{{event.<field>}}` in its texts stands for a field of the event. */
const Transform = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown()), z.string()]).refine((value) => JSON.stringify(value).length <= 50_000, 'at most 50,000 characters');

export const SigningSecret = z.string().min(8).max(256).regex(/^[\x21-\x7e]+$/, 'visible ASCII characters');

/** How deliveries are sent. */
const Settings = {
  headers: Headers,
  filter: Filter,
  transform: Transform,
  signature: SignatureStyle,
  ordering: Ordering,
  retries: z.number().int().min(0).max(50),
  timeoutMs: z.number().int().min(100).max(60_000),
  concurrency: z.number().int().min(1).max(50),
};

export const Webhook = z.object({
  id: z.string(),
  name: z.string().nullable(),
  url: z.string(),
  /** As they were asked for. */
  events: z.array(z.string()),
  /** Null is every workspace. */
  workspace: z.string().nullable(),
  /** Those of the configuration are changed there, and that of a job of the schedule with its job. */
  source: z.enum(['api', 'config', 'cron']),
  /** The job that it belongs to, and whose runs alone it is told of. */
  job: z.string().nullable(),
  enabled: z.boolean(),
  disabledReason: z.string().nullable(),
  /** Since when every try has failed. */
  failingSince: z.iso.datetime().nullable(),
  /** Their names: what they hold may be secret. */
  headers: z.array(z.string()),
  filter: Filter.nullable(),
  /** Not of those of the configuration, where variables may have been put in. */
  transform: Transform.nullable(),
  signature: SignatureStyle,
  /** Whether there is a secret to sign with, and until when older ones are signed with too. */
  signed: z.boolean(),
  olderSecretsUntil: z.iso.datetime().nullable(),
  ordering: Ordering,
  /** Tries after the first; null is the usual ten tries over three days. */
  retries: z.number().int().nullable(),
  timeoutMs: z.number().int(),
  concurrency: z.number().int(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});
export type Webhook = z.infer<typeof Webhook>;

/** With the secret, where the gateway made it: it is told this once. */
export const NewWebhook = Webhook.extend({ secret: z.string().optional() });
export type NewWebhook = z.infer<typeof NewWebhook>;

const webhook = plainText(100).min(1);

export const createWebhook = operation({
  name: 'webhooks.create',
  permission: 'webhooks:write',
  kind: 'write',
  summary: 'Has events sent to a URL, signed. Without a secret one is made, which is in this answer and nowhere else.',
  input: z.strictObject({
    url: WebhookUrl,
    events: Events,
    secret: SigningSecret.optional(),
    name: plainText(200).trim().min(1).optional(),
    /** Without one: everything that the caller may see. */
    workspace: Workspace.optional(),
    enabled: z.boolean().default(true),
    headers: Settings.headers.default({}),
    filter: Settings.filter.optional(),
    transform: Settings.transform.optional(),
    signature: Settings.signature.default('bare'),
    ordering: Settings.ordering.default('none'),
    retries: Settings.retries.optional(),
    timeoutMs: Settings.timeoutMs.optional(),
    concurrency: Settings.concurrency.optional(),
  }),
  output: NewWebhook,
  errors: ['conflict'],
});

export const listWebhooks = operation({
  name: 'webhooks.list',
  permission: 'webhooks:read',
  kind: 'read',
  summary: 'Webhooks, the newest first, without their secrets.',
  input: z.strictObject({ ...Page.shape }),
  output: z.object({ webhooks: z.array(Webhook), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const getWebhook = operation({
  name: 'webhooks.get',
  permission: 'webhooks:read',
  kind: 'read',
  summary: 'One webhook.',
  input: z.strictObject({ webhook }),
  output: Webhook,
  errors: ['webhook_not_found'],
});

export const updateWebhook = operation({
  name: 'webhooks.update',
  permission: 'webhooks:write',
  kind: 'write',
  summary: 'Changes what is named of a webhook; null takes a setting away. Switched on again, it goes on with what waited. One of the configuration or of a job can be switched on and off only.',
  input: z.strictObject({
    webhook,
    url: WebhookUrl.optional(),
    events: Events.optional(),
    name: plainText(200).trim().min(1).nullable().optional(),
    enabled: z.boolean().optional(),
    headers: Settings.headers.optional(),
    filter: Settings.filter.nullable().optional(),
    transform: Settings.transform.nullable().optional(),
    signature: Settings.signature.optional(),
    ordering: Settings.ordering.optional(),
    retries: Settings.retries.nullable().optional(),
    timeoutMs: Settings.timeoutMs.nullable().optional(),
    concurrency: Settings.concurrency.nullable().optional(),
  }),
  output: Webhook,
  errors: ['webhook_not_found', 'conflict'],
});

export const deleteWebhook = operation({
  name: 'webhooks.delete',
  permission: 'webhooks:write',
  kind: 'write',
  summary: 'Takes a webhook away, with all its deliveries.',
  input: z.strictObject({ webhook }),
  output: z.object({ deleted: z.boolean() }),
  errors: ['webhook_not_found', 'conflict'],
});

export const rotateWebhook = operation({
  name: 'webhooks.rotate',
  permission: 'webhooks:write',
  kind: 'write',
  summary: 'Gives a webhook a new secret. For 24 hours deliveries are signed with the old one as well.',
  input: z.strictObject({ webhook, secret: SigningSecret.optional() }),
  output: NewWebhook,
  errors: ['webhook_not_found', 'conflict'],
});

export const testWebhook = operation({
  name: 'webhooks.test',
  permission: 'webhooks:write',
  kind: 'write',
  summary: 'Sends a webhook.test now, and tells what the endpoint answered.',
  input: z.strictObject({ webhook }),
  output: z.object({
    ok: z.boolean(),
    status: z.number().int().nullable(),
    latencyMs: z.number().int(),
    error: z.string().nullable(),
    /** Its beginning. */
    response: z.string().nullable(),
  }),
  errors: ['webhook_not_found'],
});

export const DeliveryState = z.enum(['pending', 'delivered', 'failed', 'filtered']);

export const Delivery = z.object({
  /** The `webhook-id` of each of its tries. */
  id: z.string(),
  webhookId: z.string(),
  eventId: z.string(),
  /** As it is called for this webhook. */
  event: z.string(),
  /** `filtered`: the webhook's filter did not let it through. */
  state: DeliveryState,
  /** When it happened. */
  at: z.iso.datetime(),
  /** Of one that waits. */
  nextTryAt: z.iso.datetime().nullable(),
  tries: z.array(
    z.object({ n: z.number().int(), at: z.iso.datetime(), ms: z.number().int(), status: z.number().int().nullable(), error: z.string().nullable(), response: z.string().nullable() }),
  ),
});
export type Delivery = z.infer<typeof Delivery>;

export const listDeliveries = operation({
  name: 'webhooks.deliveries',
  permission: 'webhooks:read',
  kind: 'read',
  summary: 'What a webhook was sent, the newest first, with each try and what it was answered.',
  input: z.strictObject({ webhook, ...Page.shape, limit: wholeNumber(1, 100).prefault(20), state: DeliveryState.optional() }),
  output: z.object({ deliveries: z.array(Delivery), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
  errors: ['webhook_not_found'],
});

export const redeliver = operation({
  name: 'webhooks.redeliver',
  permission: 'webhooks:write',
  kind: 'write',
  summary: 'Sends one delivery again, with the same id.',
  input: z.strictObject({ webhook, delivery: plainText(300).min(1) }),
  output: Delivery,
  errors: ['webhook_not_found', 'delivery_not_found', 'conflict'],
});

export const replayWebhook = operation({
  name: 'webhooks.replay',
  permission: 'webhooks:write',
  kind: 'write',
  summary: 'Sends everything since a time that the webhook has not got, up to seven days back; what it got as well, if asked.',
  input: z.strictObject({ webhook, since: z.iso.datetime({ offset: true }), delivered: z.boolean().default(false) }),
  output: z.object({ replayed: z.number().int() }),
  errors: ['webhook_not_found', 'conflict'],
});
