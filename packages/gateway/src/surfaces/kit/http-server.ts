import { ERROR_STATUS, GatewayError, OPERATIONS, toGatewayError } from '@openclaw/contract';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Authenticate } from '../../engine/access/index.ts';
import type { Gateway } from '../../engine/gateway.ts';
import { newId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import type { Dialect, Route } from './dialect.ts';
import { errorBody } from './error-body.ts';
import { hostOf, isAllowedHost } from './host-check.ts';
import { SseWriter } from './sse.ts';
import { parseStrictJson } from './strict-json.ts';
import { refuseUnreadable } from './unreadable-request.ts';

const LARGEST_BODY = 2 * 1024 * 1024;

export interface HttpServerOptions {
  readonly gateway: Gateway;
  readonly dialects: readonly Dialect[];
  readonly authenticate: Authenticate;
  /** Host names a request may ask for besides the loopback ones and those it listens on. */
  readonly allowedHosts: () => readonly string[];
  readonly metrics: () => string;
  /** Rejects while the store takes no writes. */
  readonly ready: () => Promise<void>;
  readonly isDraining: () => boolean;
  readonly log: Log;
}

/** The web server without a listener: its routes, its checks on the wire, its error bodies. */
export const createHttpServer = (options: HttpServerOptions): FastifyInstance => {
  const app = fastify({
    bodyLimit: LARGEST_BODY,
    // A missing Host is refused below, in our own words.
    http: { requestTimeout: 30_000, headersTimeout: 15_000, requireHostHeader: false },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (thrown, request, reply) => sendError(reply, fromFastify(thrown, options.log, request)),
    keepAliveTimeout: 65_000,
    routerOptions: { maxParamLength: 500 },
    genReqId: () => newId('req', Date.now()),
    logger: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  acceptJsonOnly(app);
  app.addHook('onRequest', async (request, reply) => {
    setHeaders(request, reply);
    if (!request.url.startsWith('/')) throw new GatewayError('invalid_request', 'Ask for a path, not for a URL');
    if (!isAllowedHost(hostOf(request.raw.rawHeaders), options.allowedHosts())) {
      throw new GatewayError('wrong_host', 'This host name is not served here; add it to gateway.allowedHosts');
    }
  });
  app.addHook('onResponse', async (request, reply) => logAccess(options.log, request, reply));
  app.setErrorHandler((thrown, request, reply) => sendError(reply, fromFastify(thrown, options.log, request)));
  addHealth(app, options);
  for (const dialect of options.dialects) for (const route of dialect.routes) addRoute(app, route, options);
  refuseOthers(app);
  return app;
};

const acceptJsonOnly = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(/^application\/(?:[\w.-]+\+)?json(?:\s*;|$)/i, { parseAs: 'buffer' }, async (_request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) throw new GatewayError('invalid_request', 'The body is empty; send JSON', { path: '' });
    try {
      return parseStrictJson(utf8.decode(body));
    } catch (thrown) {
      if (thrown instanceof GatewayError) throw thrown;
      throw new GatewayError('invalid_request', `The body is not JSON: ${thrown instanceof Error ? thrown.message : 'unreadable'}`, { path: '' });
    }
  });
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A body that is packed, or written in another alphabet than it would be read in, is not read at all. */
const refuseOtherEncodings = ({ headers }: FastifyRequest): void => {
  const packing = headers['content-encoding'];
  if (packing !== undefined && packing !== 'identity') {
    throw new GatewayError('unsupported_media_type', 'Send the body as it is: Content-Encoding is not supported');
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new GatewayError('unsupported_media_type', 'Send JSON as UTF-8');
  }
};

const setHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
  void reply.headers({
    'x-request-id': request.id,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
};

/** The path alone: what follows the `?` may hold a secret. */
const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/';

const logAccess = (log: Log, request: FastifyRequest, reply: FastifyReply): void => {
  const fields = { requestId: request.id, method: request.method, path: pathOf(request), status: reply.statusCode, ms: Math.round(reply.elapsedTime), from: request.ip };
  log(pathOf(request).endsWith('z') ? 'debug' : 'info', 'request', fields);
};

const fromFastify = (thrown: unknown, log: Log, request: FastifyRequest): GatewayError => {
  if (thrown instanceof GatewayError) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new GatewayError('payload_too_large', `The body may have at most ${LARGEST_BODY} bytes`);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new GatewayError('unsupported_media_type', 'Send JSON: Content-Type: application/json');
  const status = thrown instanceof Error && 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (typeof status === 'number' && status < 500) return new GatewayError('invalid_request', 'The request could not be read');
  log('error', 'a request failed unexpectedly', { requestId: request.id, cause: thrown instanceof Error ? thrown.stack : String(thrown) });
  return toGatewayError(thrown);
};

const sendError = (reply: FastifyReply, error: GatewayError): FastifyReply => {
  const { retryAfterSeconds } = error.details;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (ERROR_STATUS[error.code] === 401) void reply.header('www-authenticate', 'Bearer');
  return reply.code(ERROR_STATUS[error.code]).send(errorBody(error));
};

const addHealth = (app: FastifyInstance, { ready, isDraining, metrics, authenticate }: HttpServerOptions): void => {
  app.get('/healthz', async () => ({ ok: true }));
  app.get('/readyz', async () => {
    if (isDraining()) throw new GatewayError('draining', 'The gateway is stopping', { retryAfterSeconds: 5 });
    await ready();
    return { ok: true };
  });
  app.get('/metrics', async (request, reply) => {
    const caller = authenticate(bearer(request), request.ip);
    if (!caller.permissions.has('metrics:read')) throw new GatewayError('forbidden', 'This credential lacks the permission metrics:read');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics());
  });
};

const bearer = (request: FastifyRequest): string | undefined => /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];

const addRoute = (app: FastifyInstance, route: Route, { gateway, authenticate }: HttpServerOptions): void => {
  app.route({
    method: route.method,
    url: route.path,
    // Before the body is read: who may not ask need not be listened to.
    onRequest: async (request) => {
      request.caller = authenticate(bearer(request), request.ip);
      refuseOtherEncodings(request);
    },
    handler: async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const gone = new AbortController();
      reply.raw.on('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const input = route.toInput(toWire(request));
      const call = { caller: request.caller, idempotencyKey: Array.isArray(key) ? key[0] : key, signal: gone.signal };
      if (route.stream && wantsStream(route.stream.wanted, request)) {
        return streamRun(reply, route.stream, gateway.run(route.operation, input, call));
      }
      return reply.code(route.status).send(route.toReply(await gateway.call(route.operation, input, call)));
    },
  });
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before a route's handler runs. */
    caller: ReturnType<Authenticate>;
  }
}

// Fastify hands params, query and body over untyped; dialects read them through the door's schemas.
const toWire = (request: FastifyRequest) => ({
  params: (request.params ?? {}) as Record<string, string>,
  query: (request.query ?? {}) as Record<string, string>,
  body: request.body,
});

const wantsStream = (wanted: 'always' | 'when accepted', request: FastifyRequest): boolean =>
  wanted === 'always' || /\btext\/event-stream\b/i.test(request.headers.accept ?? '');

type Streamed = NonNullable<Route['stream']>;

/** The status waits for the first event, so that what is refused is refused with its own status. */
const streamRun = async (reply: FastifyReply, words: Streamed, run: ReturnType<Gateway['run']>): Promise<FastifyReply> => {
  let step = await run.next();
  reply.hijack();
  const headers = Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]));
  const sse = new SseWriter(reply.raw, headers);
  try {
    for (; !step.done; step = await run.next()) {
      const event = words.toEvent(step.value);
      if (event && !(await sse.send(event))) {
        await run.return(undefined as never);
        return reply;
      }
    }
    await sse.send(words.toLast(step.value as never));
  } catch (thrown) {
    await sse.send(words.toError(toGatewayError(thrown)));
  }
  sse.end();
  return reply;
};

const refuseOthers = (app: FastifyInstance): void => {
  app.setNotFoundHandler((request, reply) => {
    const allowed = ['GET', 'POST', 'PATCH', 'DELETE'].filter((method) => app.findRoute({ method, url: pathOf(request) }) !== null);
    if (allowed.length === 0) return sendError(reply, new GatewayError('not_found', 'Nothing is served at this path'));
    void reply.header('allow', allowed.join(', '));
    return sendError(reply, new GatewayError('method_not_allowed', `This path takes ${allowed.join(', ')}`, { allow: allowed }));
  });
};

/** A build mistake, found at start: an operation that nothing handles. */
export const unhandledOperations = (gateway: Gateway): readonly string[] =>
  OPERATIONS.filter((operation) => !gateway.handles(operation)).map(({ name }) => name);
