import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Head, SentHeaders } from '../../engine/ingress/index.ts';

export const headOf = (request: FastifyRequest): Head => ({
  // Fastify hands both over untyped: `*` is the rest of the path, and a query has texts and lists of texts.
  path: (request.params as Readonly<Record<string, string>>)['*'] ?? '',
  query: (request.query ?? {}) as Readonly<Record<string, unknown>>,
  headers: new SentHeaders(request.raw.rawHeaders),
  address: request.address,
  requestId: request.id,
});

/** The body as it came; nothing where there was none. */
export const bodyOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : Buffer.alloc(0));

export const lengthOf = ({ headers }: FastifyRequest): number => Number(headers['content-length'] ?? 0);

/** The rest of a body that is not wanted is not waited for. */
export const leaveRest = (request: FastifyRequest, reply: FastifyReply): void => {
  if (!request.raw.complete) void reply.header('connection', 'close');
};
