import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Delivery, type Hooks } from '../../engine/ingress/index.ts';
import type { Log } from '../../kernel/log.ts';
import { refuseOtherEncodings } from '../kit/http/json-body.ts';
import { readRawBody, tooLarge } from '../kit/http/read-raw-body.ts';
import { fromFastify, sendError } from '../kit/http/send-error.ts';
import { bodyOf, headOf, leaveRest, lengthOf } from './head-of.ts';

interface Deps {
  readonly hooks: Pick<Hooks, 'meet' | 'mostBytes' | 'receive'>;
  /** `hooks`, without slashes around it. */
  readonly path: string;
  readonly log: Log;
}

const WITHIN_MS = 30_000;

/** `POST /hooks/<name>`: JSON, whatever it says of itself. */
export const addHooks = (app: FastifyInstance, { hooks, path, log }: Deps): void => {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', async (request: FastifyRequest, stream: IncomingMessage) => readRawBody(stream, { mostBytes: hooks.mostBytes(headOf(request)), withinMs: WITHIN_MS, address: request.address }));
    scope.setErrorHandler((thrown, request, reply) => {
      leaveRest(request, reply);
      return sendError(reply, fromFastify(thrown, log, request));
    });
    scope.post(`/${path}/*`, {
      onRequest: async (request) => {
        const head = headOf(request);
        hooks.meet(head);
        refuseOtherEncodings(request);
        const most = hooks.mostBytes(head);
        if (lengthOf(request) > most) throw tooLarge(most);
      },
      handler: async (request, reply) => {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const answer = await hooks.receive(new Delivery(headOf(request), bodyOf(request)), gone.signal);
        return answer.status === 204 ? reply.code(204).send() : reply.send(answer.body);
      },
    });
  });
};
