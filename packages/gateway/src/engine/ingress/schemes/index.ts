import { valueAt } from '../../../kernel/fill-template.ts';
import type { SentHeaders } from '../sent-headers.ts';
import type { HmacForm, KnownScheme, Vouching } from './names.ts';
import type { Scheme } from './scheme.ts';
import { idInHeaders, secretInField, secretInHeader } from './shared-secret.ts';
import { signature } from './signature.ts';

export type { Scheme } from './scheme.ts';

/** The signature behind its prefix; nothing where it does not begin with that. */
const after = (prefix: string, written: string | undefined): readonly string[] => (written?.startsWith(prefix) ? [written.slice(prefix.length)] : []);

const hmac = ({ header, prefix = '', algorithm = 'sha256', encoding = 'hex', timestampHeader, idHeader, signed }: HmacForm): Scheme =>
  signature({
    headers: [header, timestampHeader].filter((name) => name !== undefined).map((name) => name.toLowerCase()),
    read: (headers) => ({
      signatures: after(prefix, headers.one(header)),
      timestamp: timestampHeader && headers.one(timestampHeader),
      id: idHeader && headers.one(idHeader),
    }),
    signed: signed ?? (timestampHeader === undefined ? '{body}' : '{timestamp}.{body}'),
    algorithm,
    encoding,
    idOf: idInHeaders,
  });

const STRIPE = 'stripe-signature';
/** In bytes. A key of none would be everybody's. */
const SHORTEST_KEY = 16;

/** `t=1492774577,v1=5257a869…,v1=…,v0=…` */
const readStripe = (headers: SentHeaders) => {
  const pairs = (headers.one(STRIPE) ?? '').split(',').map((pair) => pair.trim().split('=', 2));
  const all = (name: string): readonly string[] => pairs.flatMap(([key, value = '']) => (key === name ? [value] : []));
  const [timestamp, ...more] = all('t');
  return { signatures: all('v1'), timestamp: more.length === 0 ? timestamp : undefined };
};

/** Standard Webhooks, and what came before under its first name. */
const readStandard = (headers: SentHeaders) => {
  const one = (name: string): string | undefined => headers.one(`webhook-${name}`) ?? headers.one(`svix-${name}`);
  return { signatures: (one('signature') ?? '').split(' ').flatMap((written) => after('v1,', written)), timestamp: one('timestamp'), id: one('id') };
};

/** `whsec_` and the key in base64. Without that beginning some senders mean base64 all the same, and others the text itself. */
const standardKeys = (secret: string): readonly (string | Buffer)[] => {
  const written = secret.replace(/^whsec_/, '');
  const key = Buffer.from(written, 'base64');
  const isBase64 = key.length >= SHORTEST_KEY && key.toString('base64') === written;
  return [...(isBase64 ? [key] : []), ...(written === secret ? [secret] : [])];
};

/** Every scheme that has a name. */
const KNOWN: Readonly<Record<KnownScheme, Scheme>> = {
  secret: secretInHeader('X-Webhook-Secret'),
  telegram: secretInHeader('X-Telegram-Bot-Api-Secret-Token', ({ content }) => valueAt(content.value, ['update_id'])),
  github: signature({
    headers: ['x-hub-signature-256', 'x-hub-signature'],
    read: (headers) => ({ signatures: after('sha256=', headers.one('x-hub-signature-256')) }),
    signed: '{body}',
    // It always sends one; without it nothing would tell a repetition.
    idOf: ({ head: { headers } }) => headers.one('x-github-delivery') ?? '',
    greet: ({ head: { headers } }) => (headers.one('x-github-event') === 'ping' ? { ok: true, pong: true } : undefined),
  }),
  stripe: signature({ headers: [STRIPE], read: readStripe, signed: '{timestamp}.{body}', idOf: ({ content }) => valueAt(content.value, ['id']) }),
  slack: signature({
    headers: ['x-slack-signature', 'x-slack-request-timestamp'],
    read: (headers) => ({ signatures: after('v0=', headers.one('x-slack-signature')), timestamp: headers.one('x-slack-request-timestamp') }),
    signed: 'v0:{timestamp}:{body}',
    idOf: ({ content: { value } }) => valueAt(value, ['event_id']) ?? valueAt(value, ['trigger_id']),
    greet: ({ content: { value } }) => (valueAt(value, ['type']) === 'url_verification' ? { challenge: valueAt(value, ['challenge']) } : undefined),
  }),
  standard: signature({
    headers: ['webhook-signature', 'svix-signature'],
    read: readStandard,
    signed: '{id}.{timestamp}.{body}',
    encoding: 'base64',
    keysOf: standardKeys,
  }),
};

export const schemeOf = (verify: Vouching): Scheme => {
  if (typeof verify === 'string') return KNOWN[verify];
  if ('header' in verify) return secretInHeader(verify.header);
  return 'field' in verify ? secretInField(verify.field) : hmac(verify.hmac);
};
