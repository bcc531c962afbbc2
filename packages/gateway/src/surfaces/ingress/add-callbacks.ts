import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Callbacks } from '../../engine/ingress/index.ts';
import type { Log } from '../../kernel/log.ts';
import { refuseOtherEncodings } from '../kit/http/json-body.ts';
import { BodyPool, readRawBody, tooLarge } from '../kit/http/read-raw-body.ts';
import { fromFastify, sendError } from '../kit/http/send-error.ts';
import { bodyOf, headOf, leaveRest, lengthOf } from './head-of.ts';

interface Deps {
  readonly callbacks: Pick<Callbacks, 'meet' | 'answer'>;
  readonly log: Log;
}

/** As much as a chat service says at once: WhatsApp, 3 MB. */
const LARGEST_BODY = 3 * 1024 * 1024;
const WITHIN_MS = 10_000;
/** Bodies that nobody vouches for yet, of all at once and of one address. */
const UNKNOWN = { all: { bodies: 128, bytes: 24 * 1024 * 1024 }, one: { bodies: 64, bytes: 12 * 1024 * 1024 } };

/** `GET` and `POST /channels/<name>`: chat services that come to us, to the byte as they came. */
export const addCallbacks = (app: FastifyInstance, { callbacks, log }: Deps): void => {
  const pool = new BodyPool(UNKNOWN);
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', async (request: FastifyRequest, stream: IncomingMessage) =>
      readRawBody(stream, { mostBytes: LARGEST_BODY, withinMs: WITHIN_MS, pool, address: request.address }));
    scope.setErrorHandler((thrown, request, reply) => {
      leaveRest(request, reply);
      return sendError(reply, fromFastify(thrown, log, request));
    });
    for (const method of ['GET', 'POST'] as const) {
      scope.route({
        method,
        url: '/channels/*',
        exposeHeadRoute: false,
        onRequest: async (request) => {
          const { path, address } = headOf(request);
          await callbacks.meet(path, address);
          refuseOtherEncodings(request);
          if (lengthOf(request) > LARGEST_BODY) throw tooLarge(LARGEST_BODY);
        },
        handler: async (request, reply) => {
          const { path, address, headers, query } = headOf(request);
          const text = await callbacks.answer(path, { method, header: (name) => headers.one(name), parameter: (name) => textOf(query[name]), body: bodyOf(request) }, address);
          return reply.type('text/plain; charset=utf-8').send(text);
        },
      });
    }
  });
};

/** A parameter that is there twice is a list. */
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
