import { GatewayError } from '@openclaw/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AmbiguousJson, parseStrictJson } from '../../../kernel/strict-json.ts';

export const LARGEST_BODY = 2 * 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bodies are JSON, in UTF-8, read strictly. */
export const acceptJsonOnly = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return emptyBody(request);
    try {
      return parseStrictJson(utf8.decode(body));
    } catch (thrown) {
      if (thrown instanceof AmbiguousJson) throw new GatewayError('invalid_request', `The body ${thrown.message}`, { path: '' });
      throw new GatewayError('invalid_request', `The body is not JSON: ${thrown instanceof Error ? thrown.message : 'unreadable'}`, { path: '' });
    }
  });
};

/** Clients that set the type of every request set it on those without a body too. */
const emptyBody = ({ method }: FastifyRequest): undefined => {
  if (method === 'POST' || method === 'PATCH') throw new GatewayError('invalid_request', 'The body is empty; send JSON', { path: '' });
  return undefined;
};

/** A body that is packed, or written in another alphabet than it would be read in, is not read at all. */
export const refuseOtherEncodings = ({ headers }: FastifyRequest): void => {
  const packing = headers['content-encoding'];
  if (packing !== undefined && packing !== 'identity') {
    throw new GatewayError('unsupported_media_type', 'Send the body as it is: Content-Encoding is not supported');
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new GatewayError('unsupported_media_type', 'Send JSON as UTF-8');
  }
};
