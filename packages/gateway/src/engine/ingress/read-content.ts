import { GatewayError } from '@openclaw/contract';
import { AmbiguousJson, parseStrictJson } from '../../kernel/strict-json.ts';

/** What a body says: its text, and what that means where it has a form. */
export interface Content {
  readonly text: string;
  readonly value: unknown;
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const FORM_TYPE = 'application/x-www-form-urlencoded';
const MOST_FIELDS = 1_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const typeOf = (contentType: string | undefined): string => (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

/** Whether a body that says this of itself can be read. */
export const isReadable = (contentType: string | undefined): boolean => {
  const type = typeOf(contentType);
  return JSON_TYPE.test(type) || type === FORM_TYPE || type === 'text/plain';
};

/** Throws where the body is not what it says it is. */
export const readContent = (contentType: string | undefined, body: Buffer): Content => {
  if (body.length === 0) return { text: '', value: undefined };
  const type = typeOf(contentType);
  const text = textOf(body);
  if (JSON_TYPE.test(type)) return { text, value: readJson(text) };
  if (type === FORM_TYPE) return { text, value: readForm(text) };
  if (type === 'text/plain') return { text, value: text };
  throw new GatewayError('unsupported_media_type', 'Send JSON, a form or plain text: Content-Type: application/json');
};

/** A body that is JSON, whatever it says of itself. */
export const readJsonBody = (body: Buffer): unknown => readJson(textOf(body));

const textOf = (body: Buffer): string => {
  try {
    return utf8.decode(body);
  } catch {
    throw new GatewayError('invalid_request', 'The body is not UTF-8', { path: '' });
  }
};

const readJson = (text: string): unknown => {
  try {
    return parseStrictJson(text);
  } catch (thrown) {
    const why = thrown instanceof AmbiguousJson ? thrown.message : 'is not JSON';
    throw new GatewayError('invalid_request', `The body ${why}`, { path: '' });
  }
};

/** A field that stands twice has a list. A form of nothing but `payload` is how some senders wrap JSON: then that is what was sent. */
const readForm = (text: string): unknown => {
  const fields = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : [before, value].flat());
    if (fields.size > MOST_FIELDS) throw new GatewayError('invalid_request', `The form has more than ${MOST_FIELDS} fields`, { path: '' });
  }
  const payload = fields.size === 1 ? fields.get('payload') : undefined;
  // Names that objects have by themselves are names like any others here.
  return typeof payload === 'string' && payload.startsWith('{') ? readJson(payload) : Object.fromEntries(fields);
};
