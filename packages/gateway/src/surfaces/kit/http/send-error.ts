import { ERROR_STATUS, GatewayError, toGatewayError } from '@openclaw/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../../kernel/log.ts';
import { errorText } from '../wire/error-body.ts';
import { LARGEST_BODY } from './json-body.ts';

/** Whatever was thrown on the way, as what a caller may hear of it. */
export const fromFastify = (thrown: unknown, log: Log, request: FastifyRequest): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new GatewayError('payload_too_large', `The body may have at most ${LARGEST_BODY} bytes`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new GatewayError('unsupported_media_type', 'Send JSON: Content-Type: application/json');
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (typeof status === 'number' && status < 500) return new GatewayError('invalid_request', 'The request could not be read');
  log('error', 'a request failed unexpectedly', { requestId: request.id, cause: thrown instanceof Error ? thrown.stack : String(thrown) });
  return toGatewayError(thrown);
};

/** `wording` is how a code is written where that is not as everywhere. */
export const sendError = (reply: FastifyReply, error: GatewayError, wording?: (error: GatewayError) => string): FastifyReply => {
  const { retryAfterSeconds } = error.details;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (error.code === 'auth_required' || error.code === 'auth_invalid') void reply.header('www-authenticate', 'Bearer');
  return reply.code(ERROR_STATUS[error.code]).type('application/json; charset=utf-8').send(errorText(error, wording));
};
