import {
  type createWebhook, type deleteWebhook, GatewayError, type getWebhook, type InputOf, type listWebhooks, type rotateWebhook, type testWebhook, type updateWebhook,
} from '@openclaw/contract';
import { newId } from '../../kernel/ids.ts';
import { type Caller, homeOf, mayEnter } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { GuardedHttpClient } from '../ports/http-client.ts';
import { jobOf, type WebhookDefinition, type WebhookSecret, type WebhookStore } from '../ports/webhook-store.ts';
import { checkHeaders } from './check-headers.ts';
import { checkUrl } from './check-url.ts';
import { TIMEOUT_MS } from './deliverer.ts';
import { describeWebhook } from './describe-webhook.ts';
import { makeSecret } from './make-secret.ts';
import { hasFullScope, type ReachSettings, reachOf } from './reach.ts';
import { sendDelivery } from './send-delivery.ts';
import { type ReadyWebhook, signed } from './to-request.ts';
import { toTopics } from './vocabulary/catalogue.ts';
import type { WebhookBook } from './webhook-book.ts';

const DAY = 86_400_000;
/** Of one credential. Each costs every event that it listens to a row. */
const MOST_WEBHOOKS = 100;
/** Old secrets that are signed with at a time. */
const MOST_OLD_SECRETS = 10;

export interface WebhookDeps {
  readonly store: WebhookStore;
  readonly book: WebhookBook;
  readonly http: GuardedHttpClient;
  readonly reach: () => ReachSettings;
  readonly now: () => number;
}

/** A webhook that tells of a workspace the caller may not enter does not exist for them; one that tells of all is for those who may enter all. */
export const findWebhook = (book: WebhookBook, caller: Caller, id: string): ReadyWebhook => {
  const webhook = book.find(id);
  if (webhook && mayEnter(caller, webhook.workspace ?? '*')) return webhook;
  throw new GatewayError('webhook_not_found', `There is no webhook ${id}`, { webhook: id });
};

/** What can be done with webhooks, behind the door. */
export const webhookHandlers = ({ store, book, http, reach, now }: WebhookDeps) => {
  const describe = (id: string): ReturnType<typeof describeWebhook> => {
    const webhook = book.find(id);
    if (!webhook) throw new GatewayError('webhook_not_found', 'It has been deleted meanwhile', { webhook: id });
    return describeWebhook(webhook, now());
  };

  const create: Handler<typeof createWebhook> = async (input, { caller, once }) => {
    const at = now();
    const { url, events, name, enabled, headers, filter, transform, signature, ordering, retries, timeoutMs, concurrency } = input;
    const workspace = input.workspace ?? (caller.workspaces.has('*') ? undefined : homeOf(caller));
    const definition: WebhookDefinition = { url, headers, filter, transform, signature, retries, timeoutMs, concurrency, local: hasFullScope(caller) };
    checkHeaders(headers);
    const topics = toTopics(events);
    await checkUrl({ http, reach }, definition, 'url');
    const id = await store.addWebhook(
      {
        id: newId('wh', at), name, source: 'api', workspace, events, topics, order: ordering, definition, secrets: [{ secret: input.secret ?? makeSecret() }], enabled,
        createdBy: caller.id, createdAt: at,
      },
      { most: MOST_WEBHOOKS, once },
    );
    await book.changed([id]);
    const made = book.find(id);
    return { ...describe(id), ...(input.secret === undefined && { secret: made?.secrets[0]?.secret }) };
  };

  const list: Handler<typeof listWebhooks> = async ({ limit, offset }, { caller }) => {
    const mine = book.all.filter(({ workspace }) => mayEnter(caller, workspace ?? '*'));
    return { webhooks: mine.slice(offset, offset + limit).map((webhook) => describeWebhook(webhook, now())), total: mine.length, limit, offset };
  };

  const get: Handler<typeof getWebhook> = async ({ webhook }, { caller }) => describeWebhook(findWebhook(book, caller, webhook), now());

  const update: Handler<typeof updateWebhook> = async ({ webhook: id, ...asked }, { caller }) => {
    const before = findWebhook(book, caller, id);
    const { events, name, enabled, ordering, ...sending } = asked;
    if (Object.keys(asked).some((key) => key !== 'enabled')) requireOwn(before);
    // Whoever points it elsewhere must be able to reach that themselves.
    const definition = changed(before.definition, sending, sending.url === undefined ? before.definition.local : hasFullScope(caller));
    checkHeaders(definition.headers);
    if (sending.url !== undefined) await checkUrl({ http, reach }, definition, 'url');
    const after = await store.changeWebhook(id, {
      ...(before.source === 'api' && Object.keys(sending).length > 0 && { definition }),
      ...(events && { events, topics: toTopics(events) }),
      ...(name !== undefined && { name }),
      ...(ordering && { order: ordering }),
      ...(enabled !== undefined && { enabled, disabledReason: enabled ? undefined : `switched off by ${caller.label}` }),
      now: now(),
    });
    if (!after) throw new GatewayError('webhook_not_found', 'It has been deleted meanwhile', { webhook: id });
    await book.changed([id]);
    return describe(id);
  };

  const remove: Handler<typeof deleteWebhook> = async ({ webhook: id }, { caller }) => {
    requireOwn(findWebhook(book, caller, id));
    const deleted = await store.removeWebhook(id);
    await book.changed([id]);
    return { deleted };
  };

  const rotate: Handler<typeof rotateWebhook> = async ({ webhook: id, secret = makeSecret() }, { caller }) => {
    const webhook = findWebhook(book, caller, id);
    if (webhook.source === 'config') throw configured(webhook);
    const at = now();
    const old = webhook.secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > at);
    const pending = old.filter(({ expiresAt }) => expiresAt !== undefined);
    if (pending.length >= MOST_OLD_SECRETS) {
      throw new GatewayError('conflict', `There are ${MOST_OLD_SECRETS} old secrets that still hold; the first of them ends at ${new Date(pending.at(-1)?.expiresAt ?? at).toISOString()}`);
    }
    const secrets: readonly WebhookSecret[] = [{ secret }, ...old.map((one) => ({ ...one, expiresAt: one.expiresAt ?? at + DAY }))];
    await store.changeWebhook(id, { secrets, now: at });
    await book.changed([id]);
    return { ...describe(id), secret };
  };

  const test: Handler<typeof testWebhook> = async ({ webhook: id }, { caller, signal }) => {
    const webhook = findWebhook(book, caller, id);
    const at = now();
    const body = JSON.stringify({ event: 'webhook.test', timestamp: new Date(at).toISOString(), data: { webhookId: id, message: 'This is a test of the webhook.' } });
    const { url, timeoutMs = TIMEOUT_MS } = webhook.definition;
    const request = signed(webhook, { id: newId('test', at), event: 'webhook.test', body }, at);
    const { status, ms, error, response } = await sendDelivery(http, { ...request, url, timeoutMs, reach: reachOf(webhook, webhook.definition, reach()) }, signal);
    return { ok: error === undefined, status: status ?? null, latencyMs: ms, error: error ?? null, response: response ?? null };
  };

  return { create, list, get, update, remove, rotate, test };
};

const configured = ({ id }: ReadyWebhook): GatewayError =>
  new GatewayError('conflict', `${id} stands in the configuration (webhooks): change it there. By API it can be switched on and off`, { setting: 'webhooks' });

/** Throws where something else says what it is. */
const requireOwn = (webhook: ReadyWebhook): void => {
  if (webhook.source === 'config') throw configured(webhook);
  const job = jobOf(webhook);
  if (job !== undefined) throw new GatewayError('conflict', `${webhook.id} belongs to the job ${job}: change the delivery of that. By itself it can be switched on and off`, { job });
};

type Sending = Pick<InputOf<typeof updateWebhook>, 'url' | 'headers' | 'filter' | 'transform' | 'signature' | 'retries' | 'timeoutMs' | 'concurrency'>;

/** What is not named stays; null takes it away. */
const changed = (before: WebhookDefinition, asked: Sending, local: boolean | undefined): WebhookDefinition => {
  const pick = <Value>(value: Value | null | undefined, old: Value | undefined): Value | undefined => (value === undefined ? old : (value ?? undefined));
  return {
    url: asked.url ?? before.url,
    headers: asked.headers ?? before.headers,
    filter: pick(asked.filter, before.filter as Sending['filter'] & object),
    transform: asked.transform === undefined ? before.transform : (asked.transform ?? undefined),
    signature: asked.signature ?? before.signature,
    retries: pick(asked.retries, before.retries),
    timeoutMs: pick(asked.timeoutMs, before.timeoutMs),
    concurrency: pick(asked.concurrency, before.concurrency),
    local,
  };
};
