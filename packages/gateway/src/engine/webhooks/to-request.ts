import type { DeliveryRecord, WebhookDefinition, WebhookRecord, WebhookSecret } from '../ports/webhook-store.ts';
import { fillTransform } from './fill-transform.ts';
import { matchesFilter } from './matches-filter.ts';
import { signBody, signStandard } from './sign.ts';
import { type Told, tell, tellAll } from './vocabulary/catalogue.ts';
import type { EventData } from './vocabulary/word.ts';

/** A webhook with all that sending takes, wherever its definition stands. */
export interface ReadyWebhook extends WebhookRecord {
  readonly definition: WebhookDefinition;
}

/** Below the 100 kB that Express reads unless told otherwise. */
const LARGEST_BODY = 90_000;
const SHORT_TEXT = 500;

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Exactly what `JSON.stringify` gives: some receivers parse it and sign what they get by writing it again. */
  readonly body: string;
}

/** What is sent for a delivery; undefined where the filter, or the name that was listened to, leaves it out. */
export const toRequest = (webhook: ReadyWebhook, delivery: DeliveryRecord, now: number): WebhookRequest | undefined => {
  const told = tell(delivery.called, delivery);
  const timestamp = new Date(delivery.at).toISOString();
  if (!told || !passes(webhook.definition, told, delivery, timestamp)) return undefined;
  return signed(webhook, { id: delivery.id, event: told.event, body: bodyOf(webhook.definition, told, delivery, timestamp) }, now);
};

const passes = ({ filter }: WebhookDefinition, told: Told, delivery: DeliveryRecord, timestamp: string): boolean =>
  filter === undefined || matchesFilter(filter, { event: told.event, timestamp, ...tellAll(told, delivery) });

interface Message {
  readonly id: string;
  readonly event: string;
  readonly body: string;
}

/** A body with its headers, signed with every secret that holds. */
export const signed = ({ definition, secrets }: ReadyWebhook, { id, event, body }: Message, now: number): WebhookRequest => {
  const seconds = Math.floor(now / 1000);
  const valid = validSecrets(secrets, now);
  const [newest] = valid;
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'OpenClaw-Webhooks',
      ...lowerCased(definition.headers),
      'x-openclaw-event': event,
      'x-openclaw-delivery': id,
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      ...(newest !== undefined && { 'x-openclaw-signature': signBody(body, newest, definition.signature), 'webhook-signature': signStandard({ id, seconds, body }, valid) }),
    },
  };
};

/** The newest first. */
export const validSecrets = (secrets: readonly WebhookSecret[], now: number): readonly string[] =>
  secrets.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now).map(({ secret }) => secret);

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const bodyOf = ({ transform }: WebhookDefinition, told: Told, delivery: DeliveryRecord, timestamp: string): string => {
  const { event } = told;
  if (transform === undefined || transform === null) {
    const whole = JSON.stringify({ event, timestamp, data: told.data });
    return fits(whole) ? whole : JSON.stringify({ event, timestamp, data: byReference(told.data, delivery) });
  }
  const filled = (all: EventData): string => JSON.stringify(fillTransform(transform, { event, timestamp, ...all }));
  const all = tellAll(told, delivery);
  const whole = filled(all);
  return fits(whole) ? whole : filled(shortened(all));
};

const fits = (body: string): boolean => Buffer.byteLength(body) <= LARGEST_BODY;

/** What names things, numbers them or says how they stand; and where the rest can be read, by whoever may. */
const byReference = (data: EventData, { eventId }: DeliveryRecord): EventData => ({
  ...Object.fromEntries(Object.entries(data).filter(([, value]) => typeof value !== 'object' && (typeof value !== 'string' || value.length <= SHORT_TEXT))),
  truncated: true,
  event_id: eventId,
  fetch: '/api/native/events.list',
});

const shortened = (data: EventData): EventData =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, typeof value === 'string' && value.length > SHORT_TEXT ? `${value.slice(0, SHORT_TEXT).toWellFormed()}…` : value]));
