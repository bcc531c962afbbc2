/** Deliveries as the vendors sign them. Written from their documentation, apart from what verifies them. */
import { createHmac, randomUUID } from 'node:crypto';

export type Headers = Readonly<Record<string, string>>;

export interface Vendor {
  readonly verify: unknown;
  readonly secret: string;
  /** Headers for this body, sent at this moment (in seconds). */
  readonly sign: (body: string | Buffer, options?: SignOptions) => Headers;
}

export interface SignOptions {
  readonly at?: number;
  readonly id?: string;
  readonly secret?: string;
}

const now = (): number => Math.floor(Date.now() / 1000);
const hmac = (secret: string | Buffer, ...parts: readonly (string | Buffer)[]) => {
  const made = createHmac('sha256', secret);
  for (const part of parts) made.update(part);
  return made;
};

const SECRET = 'a-secret-of-thirty-two-characters';
const KEY = Buffer.from('0123456789abcdef0123456789abcdef');

export const VENDORS: Readonly<Record<string, Vendor>> = {
  plain: {
    verify: 'secret',
    secret: SECRET,
    sign: (_, { secret = SECRET, id = randomUUID() } = {}) => ({ 'x-webhook-secret': secret, 'x-delivery-id': id }),
  },
  github: {
    verify: 'github',
    secret: SECRET,
    sign: (body, { secret = SECRET, id = randomUUID() } = {}) => ({ 'x-github-delivery': id, 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${hmac(secret, body).digest('hex')}` }),
  },
  stripe: {
    verify: 'stripe',
    secret: `whsec_${SECRET}`,
    sign: (body, { secret = `whsec_${SECRET}`, at = now() } = {}) => ({ 'stripe-signature': `t=${at},v0=${'0'.repeat(64)},v1=${hmac(secret, `${at}.`, body).digest('hex')}` }),
  },
  slack: {
    verify: 'slack',
    secret: SECRET,
    sign: (body, { secret = SECRET, at = now() } = {}) => ({ 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${hmac(secret, `v0:${at}:`, body).digest('hex')}` }),
  },
  standard: {
    verify: 'standard',
    secret: `whsec_${KEY.toString('base64')}`,
    sign: (body, { secret = `whsec_${KEY.toString('base64')}`, at = now(), id = `msg_${randomUUID()}` } = {}) => ({
      'webhook-id': id,
      'webhook-timestamp': String(at),
      'webhook-signature': `v1,${hmac(Buffer.from(secret.replace('whsec_', ''), 'base64'), `${id}.${at}.`, body).digest('base64')}`,
    }),
  },
  telegram: {
    verify: 'telegram',
    secret: SECRET,
    sign: (_, { secret = SECRET } = {}) => ({ 'x-telegram-bot-api-secret-token': secret }),
  },
  hmac: {
    verify: { hmac: { header: 'X-Signature', encoding: 'base64', prefix: 'hmac ', timestampHeader: 'X-Time', idHeader: 'X-Id' } },
    secret: SECRET,
    sign: (body, { secret = SECRET, at = now(), id = randomUUID() } = {}) => ({ 'x-signature': `hmac ${hmac(secret, `${at}.`, body).digest('base64')}`, 'x-time': String(at), 'x-id': id }),
  },
  bare: {
    verify: { hmac: { header: 'X-Signature' } },
    secret: SECRET,
    sign: (body, { secret = SECRET, id = randomUUID() } = {}) => ({ 'x-signature': hmac(secret, body).digest('hex'), 'x-delivery-id': id }),
  },
};
