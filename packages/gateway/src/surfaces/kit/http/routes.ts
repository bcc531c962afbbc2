import { GatewayError, isErrorCode, type Operation, type OutputOf, sendMessage, watchTurn } from '@openclaw/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator, Caller } from '../../../engine/access/index.ts';
import type { Gateway } from '../../../engine/gateway.ts';
import { endOfRound } from '../../../kernel/end-of-round.ts';
import type { Route, WireRequest } from '../dialect.ts';
import { fieldsOf } from '../read-fields.ts';
import { bearerOf } from '../wire/bearer.ts';
import { HttpCall } from './http-call.ts';
import { refuseOtherEncodings } from './json-body.ts';
import type { OpenAnswers } from './open-answers.ts';
import { streamRun } from './stream-run.ts';

interface Deps {
  readonly gateway: Gateway;
  readonly authenticator: Authenticator;
  readonly answers: OpenAnswers;
}

/** The path alone: what follows the `?` may hold a secret. */
export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

/** Serves one route of a dialect: its words around the door. */
export const addRoute = (app: FastifyInstance, route: Route, deps: Deps): void => {
  const { gateway, authenticator, answers } = deps;
  app.route({
    method: route.method,
    url: route.path,
    // Before the body is read: who may not ask need not be listened to.
    onRequest: [
      (request, _reply, done) => {
        const found = authenticator.authenticate(bearerOf(request.raw), request.address);
        const admit = (caller: Caller): void => {
          request.caller = caller;
          done();
        };
        if (found instanceof Promise) void found.then(admit, done);
        else admit(found);
      },
      (request, _reply, done) => {
        refuseOtherEncodings(request);
        done();
      },
    ],
    handler: async (request, reply) => {
      const { caller } = request;
      answers.begin(caller, reply.raw);
      try {
        if (route.stream && wantsStream(route.stream.wanted, request)) return await stream(route, route.stream, { gateway, request, reply });
        const output = await gateway.call(route.operation, () => route.toInput(toWire(request)), new HttpCall(request, reply));
        await endOfRound();
        const headers = route.toHeaders?.(output as never);
        if (headers) void reply.headers(headers);
        if (request.method === 'GET' && isKnown(request.headers['if-none-match'], headers?.['etag'])) return reply.code(304).send();
        void reply.code(route.status);
        return route.toReply(output as never);
      } finally {
        answers.end(caller, reply.raw);
      }
    },
  });
};

interface Exchange {
  readonly gateway: Gateway;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const stream = async (route: Route, words: NonNullable<Route['stream']>, { gateway, request, reply }: Exchange): Promise<FastifyReply> => {
  const call = new HttpCall(request, reply);
  const resumed = showsTurn(route.operation) ? resumedFrom(request) : undefined;
  if (resumed === 'over') return reply.code(204).send();
  // What began a turn must not begin another one; what watches one watches on.
  if (resumed && route.operation.kind === 'write') {
    return streamRun(reply, { ...words, ...resumed, toLast: (turn) => lastOf(route, turn) }, gateway.run(watchTurn, resumed, call));
  }
  const input = () => (resumed ? { ...fieldsOf(route.toInput(toWire(request))), after: resumed.after } : route.toInput(toWire(request)));
  return streamRun(reply, { ...words, ...resumed }, gateway.run(route.operation, input, call));
};

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
