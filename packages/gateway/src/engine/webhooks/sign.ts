import { createHmac } from 'node:crypto';

/** `X-OpenClaw-Signature`: over the body as it is sent. */
export const signBody = (body: string, secret: string, style: 'prefixed' | 'bare'): string => {
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  return style === 'prefixed' ? `sha256=${hex}` : hex;
};

/** One signature of Standard Webhooks for each secret. */
export const signStandard = ({ id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string }, secrets: readonly string[]): string =>
  secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}`).join(' ');

/** A secret that begins with `whsec_` is base64 behind that; any other is taken as it is. The clients' verifiers read it the same way. */
const keyOf = (secret: string): Buffer => (secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret));
