import { valueAt } from '../../kernel/fill-template.ts';
import type { Entrusted } from '../gateway.ts';
import { sessionKey } from '../sessions/index.ts';
import type { Delivery } from './delivery.ts';
import type { Endpoint } from './endpoint.ts';
import { asName, fillFrom, type Roots, rootsOf } from './fill-from.ts';
import type { Content } from './read-content.ts';
import type { Scheme } from './schemes/index.ts';

/** What the agent is told of a delivery, where, and what comes of it. */
export interface ToldMessage {
  readonly session: string;
  readonly text: string;
  readonly entrusted: Pick<Entrusted, 'source' | 'duties'>;
}

/** Something to read: what every message needs. */
const READABLE = /[^\p{White_Space}\p{Cf}\p{Cc}]/u;

export const toMessage = (endpoint: Endpoint, { headers, field }: Scheme, { head, content }: Delivery, now: number): ToldMessage => {
  const { value, text: whole } = field === undefined ? content : without(content, field);
  const roots: Roots = {
    ...rootsOf({ ...head, hidden: headers, now }),
    body: (path) => (path.length === 0 ? whole : valueAt(value, path)),
  };
  const { text, parts } = fillFrom(endpoint.message, roots);
  const { deliver } = endpoint;
  const duties = deliver && {
    deliver: {
      channel: deliver.channel,
      to: fillFrom(deliver.to, roots).text,
      ...(deliver.thread !== undefined && { thread: fillFrom(deliver.thread, roots).text }),
    },
  };
  const said = READABLE.test(text);
  return {
    session: sessionOf(endpoint, roots),
    text: said ? text : `(A delivery to the webhook ${endpoint.path} came without words.)`,
    entrusted: { source: { name: `Webhook ${endpoint.path}`, parts: said ? parts : [] }, ...(duties && duties.deliver.to !== '' && { duties }) },
  };
};

/** An id or a full key as it is written; a name becomes the key of the endpoint's own agent and workspace. What came can only be part of a name. */
const sessionOf = ({ session, agent, workspace }: Endpoint, roots: Roots): string => {
  if (/^(?:agent:|sess_)/.test(session) && !session.includes('{{')) return session;
  return sessionKey(agent, workspace, asName(fillFrom(session, roots)) || 'webhook');
};

/** The same without the secret that stands in it. */
const without = ({ value, text }: Content, field: string): Content => {
  if (typeof value !== 'object' || value === null) return { value, text };
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== field));
  return { value: rest, text: JSON.stringify(rest) };
};
