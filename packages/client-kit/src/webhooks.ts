/**
 * Checks that a webhook comes from the gateway. An entry of its own, for Node and what speaks like it: the secret of a webhook has no
 * place in a browser, and with `node:crypto` the check needs no promise.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export type WebhookBody = string | Uint8Array;
/** Of `node:http`, of Express, or of a `Request`. */
export type WebhookHeaders = Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

export interface StandardWebhookOptions {
  /** How old, or how far ahead, a delivery may be: five minutes unless told. */
  readonly toleranceSeconds?: number | undefined;
  /** Milliseconds, instead of the clock. */
  readonly now?: number | undefined;
}

const TOLERANCE_SECONDS = 300;

/**
 * Whether the `X-OpenClaw-Signature` is the one of this body: `sha256=<hex>` or `<hex>` alone. Give the body as it came, before it was parsed.
 */
export const verifyWebhook = (rawBody: WebhookBody, signature: string | null | undefined, secret: string): boolean => {
  if (typeof signature !== 'string' || secret === '') return false;
  const given = signature.startsWith('sha256=') ? signature.slice('sha256='.length) : signature;
  if (!/^[0-9a-f]{64}$/i.test(given)) return false;
  return timingSafeEqual(Buffer.from(given, 'hex'), createHmac('sha256', secret).update(rawBody).digest());
};

/**
 * Whether a delivery is whole and fresh by Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`. A secret that begins
 * with `whsec_` is base64 behind that; any other is taken as it is.
 */
export const verifyStandardWebhook = (rawBody: WebhookBody, headers: WebhookHeaders, secret: string, { toleranceSeconds = TOLERANCE_SECONDS, now = Date.now() }: StandardWebhookOptions = {}): boolean => {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headerOf(headers, name));
  if (id === undefined || timestamp === undefined || signatures === undefined || secret === '') return false;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  const expected = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(rawBody).digest();
  // While a secret is changed there is a signature for the old and one for the new.
  return signatures.split(' ').some((one) => one.startsWith('v1,') && isSame(Buffer.from(one.slice(3), 'base64'), expected));
};

const isSame = (given: Buffer, expected: Buffer): boolean => given.length === expected.length && timingSafeEqual(given, expected);

const keyOf = (secret: string): Buffer => (secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret));

const headerOf = (headers: WebhookHeaders, name: string): string | undefined => {
  if (typeof headers['get'] === 'function') return headers.get(name) ?? undefined;
  const [, value] = Object.entries(headers).find(([key]) => key.toLowerCase() === name) ?? [];
  return typeof value === 'string' ? value : undefined;
};
