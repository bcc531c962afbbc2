import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** `X-OpenClaw-Signature`: over the body as it is sent. */
export const signBody = (body: string, secret: string, style: 'prefixed' | 'bare'): string => {
  const hex = createHmac('sha256', keyOf(secret)).update(body).digest('hex');
  return style === 'prefixed' ? `sha256=${hex}` : hex;
};

/** One signature of Standard Webhooks for each secret. */
export const signStandard = ({ id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string }, secrets: readonly string[]): string =>
  secrets.map((secret) => `v1,${createHmac('sha256', standardKeyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}`).join(' ');

/** Keys as OpenSSL wants them, made once: it takes longer than signing does. */
const kept = (make: (secret: string) => KeyObject): ((secret: string) => KeyObject) => {
  const known = new Map<string, KeyObject>();
  return (secret) => {
    const key = known.get(secret);
    if (key) return key;
    if (known.size >= MOST_KEPT) known.clear();
    const made = make(secret);
    known.set(secret, made);
    return made;
  };
};

const MOST_KEPT = 200;

const keyOf = kept((secret) => createSecretKey(Buffer.from(secret)));

/** A secret that begins with `whsec_` is base64 behind that; any other is taken as it is. The clients' verifiers read it the same way. */
const standardKeyOf = kept((secret) => createSecretKey(secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret)));
