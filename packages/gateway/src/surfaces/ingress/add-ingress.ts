import type { IncomingMessage } from 'node:http';
import { type ErrorCode, GatewayError } from '@openclaw/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Delivery, type Entrance, type Head, type Ingress, isReadable } from '../../engine/ingress/index.ts';
import type { Log } from '../../kernel/log.ts';
import { refuseOtherEncodings } from '../kit/http/json-body.ts';
import { BodyPool, readRawBody, tooLarge } from '../kit/http/read-raw-body.ts';
import { fromFastify, sendError } from '../kit/http/send-error.ts';
import { bodyOf, headOf, leaveRest, lengthOf } from './head-of.ts';

interface Deps {
  readonly ingress: Pick<Ingress, 'find' | 'meet' | 'receive'>;
  readonly log: Log;
}

/** A request that may go on to send its body. */
interface Met {
  readonly entrance: Entrance;
  readonly head: Head;
  readonly vouched: boolean;
}

/** Who has shown a secret has as long as every request; who must be judged by the body has less. */
const VOUCHED_MS = 30_000;
const UNKNOWN_MS = 10_000;
/** Bodies that nobody vouches for yet, of all at once; of one address as much as one body may have. */
const UNKNOWN = { mostBytes: 40 * 1024 * 1024, mostOfOne: 25 * 1024 * 1024 };

/** `POST /webhook/<path>`: deliveries of others, to the byte as they came. */
export const addIngress = (app: FastifyInstance, { ingress, log }: Deps): void => {
  const pool = new BodyPool(UNKNOWN);
  void app.register(async (scope) => {
    const met = new WeakMap<FastifyRequest, Met>();
    const metAs = (request: FastifyRequest): Met => {
      const found = met.get(request);
      if (!found) throw new Error('a body was read of somebody who was not met');
      return found;
    };
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', async (request: FastifyRequest, stream: IncomingMessage) => {
      const { entrance, head, vouched } = metAs(request);
      const mostBytes = entrance.endpoint.maxBodyBytes;
      return readRawBody(stream, vouched ? { mostBytes, withinMs: VOUCHED_MS, address: head.address } : { mostBytes, withinMs: UNKNOWN_MS, pool, address: head.address });
    });
    scope.setErrorHandler((thrown, request, reply) => {
      leaveRest(request, reply);
      return sendError(reply, fromFastify(thrown, log, request), inCapitals);
    });
    scope.post('/webhook/*', {
      onRequest: async (request) => void met.set(request, meet(ingress, request)),
      handler: async (request, reply) => {
        const { entrance, head } = metAs(request);
        return answer(reply, await ingress.receive(entrance, new Delivery(head, bodyOf(request))));
      },
    });
  });
};

/** Everything that can be told from the head: who is not wanted need send no body. */
const meet = (ingress: Deps['ingress'], request: FastifyRequest): Met => {
  const head = headOf(request);
  const entrance = ingress.find(head.path);
  if (!entrance) throw new GatewayError('not_found', 'There is no webhook at this path');
  const vouched = ingress.meet(entrance, head) === 'vouched';
  refuseOtherEncodings(request);
  const { maxBodyBytes } = entrance.endpoint;
  const length = lengthOf(request);
  if (length > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const hasBody = length > 0 || request.headers['transfer-encoding'] !== undefined;
  if (hasBody && !isReadable(head.headers.one('content-type'))) {
    throw new GatewayError('unsupported_media_type', 'Send JSON, a form or plain text: Content-Type: application/json');
  }
  return { entrance, head, vouched };
};

const answer = (reply: FastifyReply, received: Awaited<ReturnType<Ingress['receive']>>): FastifyReply => {
  if (received.kind === 'greeted') return reply.send(received.answer);
  const { kind, turnId, sessionKey } = received;
  return reply.send({ ok: true, [kind]: true, turnId, sessionKey });
};

/** As the document that describes this writes them: `WEBHOOK_INVALID` is a bad path, too. */
const inCapitals = ({ code }: GatewayError): string => (code === ('not_found' satisfies ErrorCode) ? 'WEBHOOK_INVALID' : code.toUpperCase());
