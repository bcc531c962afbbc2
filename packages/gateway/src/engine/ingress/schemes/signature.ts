import { createHmac, hash } from 'node:crypto';
import type { Delivery } from '../delivery.ts';
import type { SentHeaders } from '../sent-headers.ts';
import { isSameSecret } from './same-secret.ts';
import type { ALGORITHMS, ENCODINGS } from './names.ts';
import type { BodyScheme, Scheme } from './scheme.ts';

/** How far a signature's time may be from ours, either way. */
const WINDOW_SECONDS = 300;
/** More signatures than any sender has secrets. */
const MOST_SIGNATURES = 10;

/** What a request shows of its signature. */
interface Shown {
  readonly signatures: readonly string[];
  readonly timestamp?: string | undefined;
  readonly id?: string | undefined;
}

/** How a sender signs. */
export interface SignatureForm {
  readonly headers: readonly string[];
  readonly read: (headers: SentHeaders) => Shown;
  /** What is signed: the body, and what stands around it: `{timestamp}.{body}`. */
  readonly signed: string;
  readonly algorithm?: (typeof ALGORITHMS)[number];
  readonly encoding?: (typeof ENCODINGS)[number];
  /** The keys a secret can mean; itself, where nothing else is said. */
  readonly keysOf?: (secret: string) => readonly (string | Buffer)[];
  /** Where neither this nor `read` tells one, a signed time names its delivery. */
  readonly idOf?: (delivery: Delivery) => unknown;
  readonly greet?: Scheme['greet'];
}

/** An HMAC over the body as it came. */
export const signature = (form: SignatureForm): BodyScheme => {
  const { headers, read, signed, algorithm = 'sha256', encoding = 'hex', keysOf = (secret) => [secret], idOf, greet } = form;
  const timed = signed.includes('{timestamp}');
  const [before = '', after = ''] = signed.split('{body}', 2);
  const pieces = ({ body }: Delivery, { timestamp = '', id = '' }: Shown): readonly (string | Buffer)[] => {
    const fill = (text: string): string => text.replace(/\{(timestamp|id)\}/g, (_, name) => (name === 'id' ? id : timestamp));
    return [fill(before), body, fill(after)];
  };
  const isComplete = ({ signatures, timestamp, id }: Shown): boolean =>
    signatures.length > 0 && signatures.length <= MOST_SIGNATURES && (!timed || /^\d{1,12}$/.test(timestamp ?? '')) && (!signed.includes('{id}') || (id ?? '') !== '');
  return {
    looksAt: 'body',
    wants: `a signature (${headers.join(', ')})`,
    headers,
    ...(greet && { greet }),
    idOf: (delivery) => {
      const shown = read(delivery.head.headers);
      const id = shown.id ?? idOf?.(delivery);
      // Made of what is signed: it stays the same however the signature is written.
      return id ?? (timed ? `signed-${hash('sha256', Buffer.concat(pieces(delivery, shown).map((piece) => Buffer.from(piece))), 'base64url')}` : undefined);
    },
    isShown: ({ headers: sent }) => isComplete(read(sent)),
    judge: (delivery, secrets, now) => {
      const shown = read(delivery.head.headers);
      let good = false;
      for (const key of secrets.flatMap(keysOf)) {
        const hmac = createHmac(algorithm, key);
        for (const piece of pieces(delivery, shown)) hmac.update(piece);
        const expected = hmac.digest(encoding);
        for (const one of shown.signatures) if (isSameSecret(one, expected)) good = true;
      }
      if (!good) return 'wrong';
      return timed && Math.abs(now / 1000 - Number(shown.timestamp)) > WINDOW_SECONDS ? 'late' : 'good';
    },
  };
};
