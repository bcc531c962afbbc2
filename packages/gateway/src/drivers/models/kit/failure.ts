import type { ModelEvent, ModelFailureKind } from '../../../engine/ports/model.ts';
import { isObject, type JsonObject, listOf, numberOf, objectOf, parseJson, textOf } from './json.ts';

export type Failed = Extract<ModelEvent, { type: 'failed' }>;

export const failed = (kind: ModelFailureKind, message: string, retryAfterMs?: number): Failed =>
  retryAfterMs === undefined ? { type: 'failed', kind, message } : { type: 'failed', kind, message, retryAfterMs };

/** What a provider says about a failure, whichever of the usual shapes it says it in. */
export interface ProviderError {
  readonly message: string;
  /** Its own codes and types, joined and in lower case. */
  readonly codes: string;
  /** The HTTP status, where the error carries one inside a stream. */
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** A bad status as the engine understands it. */
export const failureOfStatus = (status: number, headers: Readonly<Record<string, string>>, body: string): Failed => {
  const error = readError(parseJson(body)) ?? { message: plainWords(body), codes: '', status, retryAfterMs: undefined };
  const words = error.message === '' ? `HTTP ${status}` : `${error.message} (HTTP ${status})`;
  return failed(kindOf(status, error), words, retryAfter(headers) ?? error.retryAfterMs);
};

/** An error a provider put into its stream. */
export const failureOfError = (value: unknown): Failed => {
  const error = readError(value) ?? { message: 'The provider reported an error without words.', codes: '', status: undefined, retryAfterMs: undefined };
  return failed(kindOf(error.status ?? 0, error), error.message, error.retryAfterMs);
};

const CONTEXT_WORDS =
  /context.{0,12}(length|window|size)|maximum (prompt|context|input)|prompt is too long|input (is )?too long|too many (input )?tokens|token count.{0,40}exceeds|exceeds? the (model's )?(maximum|limit).{0,30}tokens|request_too_large/i;

const KIND_OF_CODE: readonly (readonly [RegExp, ModelFailureKind])[] = [
  [/context_length|context_window|exceed_context|request_too_large/, 'context_too_long'],
  [/insufficient_quota|billing|authentication|permission|api_key|unauthenticated|invalid_key/, 'auth'],
  [/rate_limit|resource_exhausted|too_many_requests/, 'rate_limited'],
  [/overloaded|unavailable|server_error|api_error|internal|capacity|insufficient_system_resource|timeout|deadline_exceeded/, 'overloaded'],
  [/not_found/, 'not_found'],
  [/invalid|bad_request|failed_precondition|unsupported/, 'invalid_request'],
];

const KIND_OF_STATUS: Readonly<Record<number, ModelFailureKind>> = {
  401: 'auth',
  402: 'auth',
  403: 'auth',
  404: 'not_found',
  405: 'not_found',
  408: 'overloaded',
  409: 'overloaded',
  413: 'context_too_long',
  425: 'overloaded',
  501: 'invalid_request',
};

const kindOf = (status: number, error: ProviderError): ModelFailureKind => {
  if (status === 429) return /insufficient_quota|billing/.test(error.codes) ? 'auth' : 'rate_limited';
  if (status === 400 && /api_key_invalid|api key not valid|credit balance/i.test(`${error.codes} ${error.message}`)) return 'auth';
  if (!(status in KIND_OF_STATUS) && CONTEXT_WORDS.test(error.message)) return 'context_too_long';
  if (status >= 300 && status < 500) return KIND_OF_STATUS[status] ?? codeKind(error.codes, 'context_too_long') ?? 'invalid_request';
  if (status >= 500) return KIND_OF_STATUS[status] ?? 'overloaded';
  return codeKind(error.codes) ?? 'protocol';
};

const codeKind = (codes: string, only?: ModelFailureKind): ModelFailureKind | undefined =>
  KIND_OF_CODE.find(([pattern, kind]) => (only === undefined || kind === only) && pattern.test(codes))?.[1];

const readError = (value: unknown): ProviderError | undefined => {
  const body = objectOf(Array.isArray(value) ? value[0] : value);
  if (body === undefined) return typeof value === 'string' ? worded(value, {}) : undefined;
  if (isObject(body['error'])) return worded(messageOf(body['error']), body['error']);
  return worded(textOf(body['error']) ?? messageOf(body), body);
};

const worded = (message: string, error: JsonObject): ProviderError => {
  const details = listOf(error['details']).filter(isObject);
  const codes = [error['type'], error['code'], error['status'], ...details.map((detail) => detail['reason'])].filter((code) => typeof code === 'string');
  return { message: clipped(message), codes: codes.join(' ').toLowerCase(), status: numberOf(error['code']) ?? numberOf(error['status']), retryAfterMs: retryDelay(details) };
};

const messageOf = (error: JsonObject): string => {
  const detail = textOf(error['detail']) ?? textOf(objectOf(listOf(error['detail'])[0])?.['msg']);
  const message = textOf(error['message']) ?? detail ?? '';
  // A router of models (OpenRouter) keeps the words of the one that failed apart from its own.
  const raw = textOf(objectOf(error['metadata'])?.['raw']);
  return raw === undefined ? message : `${message}: ${raw}`;
};

/** Google says it as `"retryDelay": "34.07s"` in one of the details. */
const retryDelay = (details: readonly JsonObject[]): number | undefined => {
  for (const detail of details) {
    const seconds = /^([\d.]+)s$/.exec(textOf(detail['retryDelay']) ?? '')?.[1];
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return undefined;
};

const retryAfter = (headers: Readonly<Record<string, string>>): number | undefined => {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (exact >= 0) return exact;
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};

/** An error page of a proxy: its title says most. */
const plainWords = (body: string): string => clipped(/<title>([^<]*)/i.exec(body)?.[1] ?? body.replace(/<[^>]*>/g, ' '));

const clipped = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
};
