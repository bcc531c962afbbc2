import { randomUUID } from 'node:crypto';
import type { InboundMessage } from '../../../engine/ports/channel.ts';
import type { Listening } from './settings.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** Before this, a number counts seconds. */
const FIRST_MILLISECONDS = 100_000_000_000;

/** What somebody published, as far as it says something. A topic is who may publish there: the broker sees to that. */
export const readPayload = (topic: string, payload: Buffer, { textPath, idPath, timePath }: Listening, now: () => number): InboundMessage | undefined => {
  const plain = decode(payload);
  if (plain === undefined) return undefined;
  const json = textPath === undefined && idPath === undefined && timePath === undefined ? undefined : parse(plain);
  const text = textPath === undefined ? plain : at(json, textPath);
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  const id = idPath === undefined ? undefined : at(json, idPath);
  return {
    // A name in the message is the only one there is: the broker's numbers are used again and again.
    id: (typeof id === 'string' && id !== '') || typeof id === 'number' ? String(id) : randomUUID(),
    conversation: { id: topic, kind: 'direct' },
    sender: { id: topic },
    text,
    attachments: [],
    mentionsMe: true,
    at: timeOf(timePath === undefined ? undefined : at(json, timePath)) ?? now(),
  };
};

/** An answer as it is published: the words, or JSON with the words in their place. */
export const wordPayload = (text: string, { answerPath, idPath }: Pick<Listening, 'answerPath' | 'idPath'>, inReplyTo: string | undefined): string => {
  if (answerPath === undefined) return text;
  const answer = answerPath.split('.').reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), text);
  // An object, for a path has at least one key.
  return JSON.stringify({ ...(answer as object), ...(idPath !== undefined && inReplyTo !== undefined && { inReplyTo }) });
};

const decode = (payload: Buffer): string | undefined => {
  try {
    return UTF8.decode(payload);
  } catch {
    return undefined;
  }
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined), value);

const timeOf = (time: unknown): number | undefined => {
  const ms = typeof time === 'number' ? (time < FIRST_MILLISECONDS ? time * 1_000 : time) : Date.parse(typeof time === 'string' ? time : '');
  return Number.isFinite(ms) ? ms : undefined;
};
