import { valueAt } from '../../../kernel/fill-template.ts';
import type { Delivery } from '../delivery.ts';
import { isSameSecret } from './same-secret.ts';
import type { BodyScheme, HeadScheme, Verdict } from './scheme.ts';

/** Names of deliveries, by those who keep to no scheme of their own. */
const ID_HEADERS = ['idempotency-key', 'x-delivery-id'];

export const idInHeaders = ({ head: { headers } }: Delivery): string | undefined => {
  for (const name of ID_HEADERS) {
    const id = headers.one(name);
    if (id !== undefined) return id;
  }
  return undefined;
};

/** Node reads headers as Latin-1; what was sent are bytes. */
const bytesOf = (header: string): Buffer => Buffer.from(header, 'latin1');

const match = (shown: Buffer | string, secrets: readonly string[]): Verdict => (secrets.filter((secret) => isSameSecret(shown, secret)).length > 0 ? 'good' : 'wrong');

/** The secret itself, in a header. */
export const secretInHeader = (header: string, idOf: HeadScheme['idOf'] = idInHeaders): HeadScheme => ({
  looksAt: 'head',
  wants: `its secret in the header ${header}`,
  headers: [header.toLowerCase()],
  idOf,
  judge: ({ headers }, secrets) => {
    const shown = headers.one(header);
    return shown === undefined || shown === '' ? 'missing' : match(bytesOf(shown), secrets);
  },
});

/** The secret itself, in a field of the body: for senders that can set no header. */
export const secretInField = (field: string): BodyScheme => ({
  looksAt: 'body',
  wants: `its secret in the field ${field}`,
  headers: [],
  field,
  idOf: idInHeaders,
  isShown: () => true,
  judge: ({ content: { value } }, secrets) => {
    const shown = valueAt(value, [field]);
    return typeof shown !== 'string' || shown === '' ? 'missing' : match(shown, secrets);
  },
});
