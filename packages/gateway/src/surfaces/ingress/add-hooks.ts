import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Delivery, type Hooks } from '../../engine/ingress/index.ts';
import type { Log } from '../../kernel/log.ts';
import { refuseOtherEncodings } from '../kit/http/json-body.ts';
import { readRawBody, tooLarge } from '../kit/http/read-raw-body.ts';
import { fromFastify, sendError } from '../kit/http/send-error.ts';
import { bodyOf, headOf, leaveRest, lengthOf } from './head-of.ts';

interface Deps {
  readonly hooks: Pick<Hooks, 'meet' | 'receive'>;
  /** `hooks`, without slashes around it. */
  readonly path: string;
  readonly log: Log;
}

const LARGEST_BODY = 256 * 1024;
const WITHIN_MS = 30_000;

/** `POST /hooks/<name>`: JSON, whatever it says of itself. */
export const addHooks = (app: FastifyInstance, { hooks, path, log }: Deps): void => {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', async (request: FastifyRequest, stream: IncomingMessage) => readRawBody(stream, { mostBytes: LARGEST_BODY, withinMs: WITHIN_MS, address: request.address }));
    scope.setErrorHandler((thrown, request, reply) => {
      leaveRest(request, reply);
      return sendError(reply, fromFastify(thrown, log, request));
    });
    scope.post(`/${path}/*`, {
      onRequest: async (request) => {
        hooks.meet(headOf(request));
        refuseOtherEncodings(request);
        if (lengthOf(request) > LARGEST_BODY) throw tooLarge(LARGEST_BODY);
      },
      handler: async (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const head = headOf(request);
        const answer = await hooks.receive(head.path.replace(/\/$/, ''), new Delivery(head, bodyOf(request)), gone.signal);
        return answer.status === 204 ? reply.code(204).send() : reply.send(answer.body);
      },
    });
  });
};
