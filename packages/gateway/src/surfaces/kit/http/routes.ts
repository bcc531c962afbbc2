import { GatewayError, isErrorCode, type Operation, type OutputOf, sendMessage, watchTurn } from '@openclaw/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../../engine/access/index.ts';
import type { Allowance, Call, Gateway } from '../../../engine/gateway.ts';
import { drain } from '../../../kernel/drain.ts';
import type { Route, WireRequest } from '../dialect.ts';
import { fieldsOf } from '../read-fields.ts';
import { bearerOf } from '../wire/bearer.ts';
import { refuseOtherEncodings } from './json-body.ts';
import { streamRun } from './stream-run.ts';

interface Deps {
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
}

/** The path alone: what follows the `?` may hold a secret. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

/** Serves one route of a dialect: its words around the door. */
export const addRoute = (app: FastifyInstance, route: Route, { gateway, authenticator }: Deps): void => {
  app.route({
    method: route.method,
    url: route.path,
    // Before the body is read: who may not ask need not be listened to.
    onRequest: async (request) => {
      request.caller = await authenticator.authenticate(bearerOf(request.raw), request.address);
      refuseOtherEncodings(request);
    },
    handler: async (request, reply) => {
      const { stream } = route;
      if (stream && wantsStream(stream.wanted, request)) {
        const resumed = showsTurn(route.operation) ? resumedFrom(request) : undefined;
        if (resumed === 'over') return reply.code(204).send();
        // What began a turn must not begin another one; what watches one watches on.
        if (resumed && route.operation.kind === 'write') {
          return streamRun(reply, { ...stream, ...resumed, toLast: (turn) => lastOf(route, turn) }, open(gateway, watchTurn, resumed, request, reply));
        }
        const input = () => (resumed ? { ...fieldsOf(route.toInput(toWire(request))), after: resumed.after } : route.toInput(toWire(request)));
        return streamRun(reply, { ...stream, ...resumed }, open(gateway, route.operation, input, request, reply));
      }
      const output = await drain(open(gateway, route.operation, () => route.toInput(toWire(request)), request, reply, true));
      const headers = route.toHeaders?.(output as never) ?? {};
      void reply.headers(headers);
      if (request.method === 'GET' && isKnown(request.headers['if-none-match'], headers['etag'])) return reply.code(304).send();
      return reply.code(route.status).send(route.toReply(output as never));
    },
  });
};

/** Hands the request to the door. */
const open = <Op extends Operation>(gateway: Gateway, operation: Op, input: unknown, request: FastifyRequest, reply: FastifyReply, quiet = false) =>
  gateway.run(operation, input, { ...callOf(request, reply), quiet });

const callOf = (request: FastifyRequest, reply: FastifyReply): Call => {
  const { caller, headers } = request;
  const key = headers['idempotency-key'];
  const gone = new AbortController();
  const revoke = (): void => void reply.raw.destroy();
  caller.revoked.addEventListener('abort', revoke);
  reply.raw.on('close', () => {
    caller.revoked.removeEventListener('abort', revoke);
    if (!reply.raw.writableFinished) gone.abort();
  });
  const origin = { surface: 'http', address: request.address, requestId: request.id } as const;
  const counted = (allowance: Allowance): void => void reply.headers(limitHeaders(allowance));
  return { caller, idempotencyKey: Array.isArray(key) ? key[0] : key, signal: gone.signal, origin, counted };
};

/** Both families of names: the one the documents print, and the IETF's. */
const limitHeaders = ({ limit, remaining, resetsAt, resetsInSeconds }: Allowance): Readonly<Record<string, string>> => ({
  'x-ratelimit-limit': String(limit),
  'x-ratelimit-remaining': String(remaining),
  'x-ratelimit-reset': String(Math.ceil(resetsAt / 1000)),
  'ratelimit-policy': `"minute";q=${limit};w=60`,
  'ratelimit': `"minute";r=${remaining};t=${resetsInSeconds}`,
});

// Fastify hands params, query and body over untyped; dialects read them through the door's schemas.
const toWire = (request: FastifyRequest): WireRequest => ({
  params: (request.params ?? {}) as WireRequest['params'],
  query: (request.query ?? {}) as WireRequest['query'],
  body: request.body,
  ifMatch: request.headers['if-match'],
});

/** The client has this version already. */
const isKnown = (asked: string | undefined, etag: string | undefined): boolean =>
  etag !== undefined && (asked ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);

const wantsStream = (wanted: 'always' | 'when accepted', request: FastifyRequest): boolean =>
  wanted === 'always' || /\btext\/event-stream\b/i.test(request.headers.accept ?? '');

/** A client whose stream broke off sends the id of the last event it saw: it wants the rest of that turn, not another one. */
const resumedFrom = ({ headers }: FastifyRequest): { readonly turn: string; readonly after: string } | 'over' | undefined => {
  const id = headers['last-event-id'];
  if (id === undefined || Array.isArray(id) || id === '') return undefined;
  const [turn = '', place] = id.split(':', 2);
  if (place === 'end') return 'over';
  return { turn, after: id };
};

const showsTurn = ({ event }: Operation): boolean => event === sendMessage.event;

/** A turn that was watched to its end, in the words of the route that began it. */
const lastOf = ({ stream }: Route, turn: OutputOf<typeof watchTurn>): object => {
  if (turn.reply) return stream?.toLast(turn.reply as never) ?? turn.reply;
  const { code, message, retryAt } = turn.error ?? { code: 'internal', message: 'The turn ended without a reply' };
  const wait = retryAt === undefined ? 0 : Math.ceil((Date.parse(retryAt) - Date.now()) / 1000);
  const error = new GatewayError(isErrorCode(code) ? code : 'internal', message, { turnId: turn.id, ...(wait > 0 && { retryAfterSeconds: wait }) });
  return stream?.toError(error) ?? error;
};
