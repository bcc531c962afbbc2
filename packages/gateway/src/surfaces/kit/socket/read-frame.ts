import { GatewayError } from '@openclaw/contract';
import { newId } from '../../../kernel/ids.ts';
import { AmbiguousJson, parseStrictJson } from '../../../kernel/strict-json.ts';
import type { ClientFrame } from '../dialect.ts';

const LONGEST_NAME = 200;

/** What a client sent, as a frame; its id even where it is none, so that the answer finds its question. */
export const readFrame = (text: string): { readonly frame: ClientFrame } | { readonly refused: GatewayError; readonly id: string | undefined } => {
  const body = parse(text);
  if (body instanceof GatewayError) return { refused: body, id: undefined };
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { refused: bad('A frame is a JSON object'), id: undefined };
  const { type, id: given } = body as Readonly<Record<string, unknown>>;
  const id = idFrom(given);
  if (id instanceof GatewayError) return { refused: id, id: undefined };
  if (typeof type !== 'string' || type === '' || type.length > LONGEST_NAME) return { refused: bad('type: a frame says what it is', 'type'), id };
  return { frame: { type, id: id ?? newId('frame', Date.now()), body: body as Readonly<Record<string, unknown>> } };
};

const parse = (text: string): unknown => {
  try {
    return parseStrictJson(text);
  } catch (thrown) {
    return bad(thrown instanceof AmbiguousJson ? `The body ${thrown.message}` : 'A frame is a JSON object');
  }
};

const idFrom = (given: unknown): string | undefined | GatewayError => {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'string' && given.length <= LONGEST_NAME) return given;
  if (typeof given === 'number') return String(given);
  return bad(`id: a text of at most ${LONGEST_NAME} characters`, 'id');
};

const bad = (message: string, path = ''): GatewayError => new GatewayError('invalid_request', message, { path });
