import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Route } from '../dialect.ts';
import type { RouteDescription } from './description.ts';
import { failuresOf, showsTurn } from './failures.ts';
import type { Json, JsonSchemas, Place } from './json-schema.ts';

const LIMIT_HEADERS = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'RateLimit-Policy', 'RateLimit'];

const header = (name: string): Json => ({ $ref: `#/components/headers/${name}` });
const headers = (...names: readonly string[]): Json => Object.fromEntries(names.map((name) => [name, header(name)]));

interface Scene {
  readonly dialect: string;
  readonly schemas: JsonSchemas;
  /** How its id and its tag are written in this document. */
  readonly idOf: (id: string) => string;
  readonly tagOf: (tag: string) => string;
}

/** One route as OpenAPI has it. */
export const operationObject = (route: Route, described: RouteDescription, { dialect, schemas, idOf, tagOf }: Scene): Json => {
  const { operation } = route;
  const { id, tag, description, body, examples } = described;
  const [summary = '', more] = (described.summary ?? operation.summary).split(/(?<=\.) (.*)/s, 2);
  return {
    operationId: idOf(id),
    summary: summary.replace(/\.$/, ''),
    description: [more, description, `Needs the permission \`${operation.permission}\`.`].filter((part) => part !== undefined).join('\n\n'),
    tags: [tagOf(tag)],
    security: [{ bearerAuth: [operation.permission] }],
    'x-dialect': dialect,
    'x-operation': operation.name,
    ...(described.endless && { 'x-endless': true }),
    parameters: parametersOf(route, described, schemas),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: schemas.of(body, 'body'), ...(examples?.body && { example: examples.body }) } },
      },
    }),
    responses: { ...answers(route, described, schemas), ...refusals(route) },
  };
};

/** Whether a caller who has the answer already can be told so. */
const isVersioned = ({ method }: Route, { replyHeaders = {} }: RouteDescription): boolean => method === 'GET' && replyHeaders['ETag'] !== undefined;

const parametersOf = (route: Route, described: RouteDescription, schemas: JsonSchemas): readonly Json[] => [
  ...fields(described.params, 'path', schemas),
  ...fields(described.query, 'query', schemas),
  ...fields(described.headers, 'header', schemas),
  ...(isVersioned(route, described) ? [{ $ref: '#/components/parameters/IfNoneMatch' }] : []),
  ...(route.operation.kind === 'write' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ...(showsTurn(route) ? [{ $ref: '#/components/parameters/LastEventId' }] : []),
];

const fields = (object: z.ZodObject | undefined, place: 'path' | 'query' | 'header', schemas: JsonSchemas): readonly Json[] =>
  Object.entries(object?.shape ?? {}).map(([name, field]) => {
    const { description, ...schema } = schemas.of(field as z.ZodType, 'address' satisfies Place); // The fields of an object are schemas.
    return {
      name,
      in: place,
      required: place === 'path' || !z.object({ field }).safeParse({}).success,
      ...(description !== undefined && { description }),
      schema,
      // `kinds=main,isolated`
      ...(schema['type'] === 'array' && { style: 'form', explode: false }),
    };
  });

const answers = (route: Route, described: RouteDescription, schemas: JsonSchemas): Json => {
  const { status, stream } = route;
  const { reply, event, examples, replyHeaders = {} } = described;
  const json = { 'application/json': { schema: schemas.of(reply, 'reply'), ...(examples?.reply && { example: examples.reply }) } };
  const told = event && {
    'text/event-stream': {
      schema: schemas.of(event, 'reply'),
      ...(examples?.events && { examples: Object.fromEntries(examples.events.map((value, i) => [`line${i + 1}`, { value }])) }),
    },
  };
  const own = Object.fromEntries(Object.entries(replyHeaders).map(([name, says]) => [name, { description: says, schema: { type: 'string' } }]));
  return {
    [status]: {
      description: stream ? 'The answer; as server-sent events, the schema is that of one `data:` line.' : 'The answer.',
      headers: { ...headers('X-Request-Id', ...LIMIT_HEADERS), ...own },
      content: { ...(stream?.wanted === 'always' ? {} : json), ...told },
    },
    ...(isVersioned(route, described) && { 304: { description: 'What `If-None-Match` names still holds.', headers: { ...headers('X-Request-Id'), ...own } } }),
    ...(showsTurn(route) && { 204: { description: 'The stream that `Last-Event-ID` belongs to was read to its end: there is no more.', headers: headers('X-Request-Id') } }),
  };
};

const refusals = (route: Route): Json =>
  Object.fromEntries(
    [...failuresOf(route)].map(([status, codes]) => [
      status,
      {
        description: `${STATUS_CODES[status] ?? 'Refused'}: ${codes.map((code) => `\`${code}\``).join(', ')}`,
        headers: headers('X-Request-Id', ...(status === 429 || status === 503 ? ['Retry-After'] : []), ...(status === 401 ? ['WWW-Authenticate'] : [])),
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
        'x-codes': codes,
      },
    ]),
  );
