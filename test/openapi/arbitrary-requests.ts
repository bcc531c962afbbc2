import fc from 'fast-check';
import type { ApiChecker, ApiOperation, Parameter, Schema } from './api-checker.ts';
import { changed, fitting, wild } from './arbitrary-values.ts';

/** A request as it is to be sent, with marks for what was told before. */
export interface FuzzRequest {
  readonly method: string;
  /** One text for each part of the path; encoded when sent, unless it is `raw`. */
  readonly params: Readonly<Record<string, string>>;
  readonly rawParams: boolean;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly credential: 'right' | 'none' | 'wrong';
  readonly body: FuzzBody | undefined;
}

export type FuzzBody =
  | { readonly kind: 'json'; readonly value: unknown }
  /** Text that no JSON reader, or not ours, takes. */
  | { readonly kind: 'refused'; readonly text: string; readonly type: string; readonly packed?: string };

/** Requests to one operation: as described, nearly so, and not at all. */
export const requestsTo = (checker: ApiChecker, operation: ApiOperation): fc.Arbitrary<FuzzRequest> => {
  const { method, parameters, body } = operation;
  const of = (place: Parameter['in']): readonly Parameter[] => parameters.filter((one) => one.in === place);
  return fc.record({
    method: fc.oneof({ weight: 40, arbitrary: fc.constant(method) }, { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE') }),
    ...params(checker, of('path')),
    query: query(checker, of('query')),
    headers: headers(checker, of('header')),
    credential: fc.oneof({ weight: 40, arbitrary: fc.constant('right' as const) }, { weight: 1, arbitrary: fc.constant('none' as const) }, { weight: 1, arbitrary: fc.constant('wrong' as const) }),
    body: body ? bodies(checker, body.schema) : fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: refusedBodies }),
  });
};

const params = (checker: ApiChecker, parameters: readonly Parameter[]) => ({
  params: fc.tuple(...parameters.map(({ name, schema }) => texts(checker, schema).map((text): [string, string] => [name, text]))).map((pairs) => Object.fromEntries(pairs)),
  rawParams: parameters.length === 0 ? fc.constant(false) : fc.oneof({ weight: 25, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** What a value is as text of an address; sometimes any text. */
const texts = (checker: ApiChecker, schema: Schema): fc.Arbitrary<string> =>
  fc.oneof({ weight: 4, arbitrary: fitting(checker, schema) }, { weight: 2, arbitrary: wild }).map((value) => (Array.isArray(value) ? value.map(asText).join(',') : asText(value)));

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const query = (checker: ApiChecker, parameters: readonly Parameter[]): fc.Arbitrary<FuzzRequest['query']> => {
  const times = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 1, 2);
  const each = parameters.map(({ name, schema }) => fc.tuple(times, texts(checker, schema), texts(checker, schema)).map(([n, ...pair]) => pair.slice(0, n).map((text) => [name, text] as const)));
  const unknown = fc.oneof({ weight: 8, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: wild.map((value) => [['extra', String(JSON.stringify(value))] as const]) });
  return fc.tuple(...each, unknown).map((pairs) => pairs.flat());
};

const headers = (checker: ApiChecker, parameters: readonly Parameter[]): fc.Arbitrary<FuzzRequest['headers']> => {
  const described = Object.fromEntries(parameters.map(({ name, schema }) => [name, texts(checker, schema).map(inHeader)]));
  return fc.record<Record<string, string>>(
    {
      ...described,
      Accept: fc.constantFrom('application/json', 'text/event-stream', '*/*', 'text/html'),
      'X-Request-Id': wild.map((value) => inHeader(String(JSON.stringify(value)))),
      'X-Forwarded-For': fc.constantFrom('10.0.0.1', 'nonsense'),
    },
    { requiredKeys: [] },
  ).chain((all) => fc.constantFrom(...PAGES).map((page) => ({ ...all, ...page })));
};

/** Seldom it is a page that asks. */
const PAGES: readonly Readonly<Record<string, string>>[] = [...Array.from({ length: 28 }, () => ({})), { Origin: 'https://elsewhere.example' }, { Origin: 'null' }];

/** Headers hold visible letters of one byte. */
const inHeader = (text: string): string => text.replace(/[^\x20-\x7e\u{e000}]/gu, '?').trim();

const bodies = (checker: ApiChecker, schema: Schema): fc.Arbitrary<FuzzBody | undefined> => {
  const valid = fitting(checker, schema);
  const json = (value: fc.Arbitrary<unknown>): fc.Arbitrary<FuzzBody> => value.map((one) => ({ kind: 'json', value: one }));
  return fc.oneof(
    { weight: 16, arbitrary: json(valid) },
    { weight: 8, arbitrary: json(valid.chain(changed)) },
    { weight: 2, arbitrary: json(wild) },
    { weight: 2, arbitrary: refusedBodies },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
};

const JSON_TYPE = 'application/json';

const refusedBodies: fc.Arbitrary<FuzzBody> = fc.constantFrom<FuzzBody>(
  ...['{', '[', '{"a":1,}', "{'a':1}", '{"a":1}{"b":2}', 'NaN', '\ufffe{}', '{"a":1,"a":2}', '{"\\u0061":1,"a":2}', '['.repeat(100) + ']'.repeat(100), '{"a":01}', 'undefined'].map(
    (text) => ({ kind: 'refused' as const, text, type: JSON_TYPE }),
  ),
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp', 'application/json; charset=utf-16', 'nonsense'].map((type) => ({ kind: 'refused' as const, text: '{}', type })),
  ...['gzip', 'br', 'identity, gzip'].map((packed) => ({ kind: 'refused' as const, text: '{}', type: JSON_TYPE, packed })),
);
