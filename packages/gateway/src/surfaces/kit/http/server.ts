import { GatewayError, OPERATIONS } from '@openclaw/contract';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Authenticator } from '../../../engine/access/index.ts';
import type { Gateway } from '../../../engine/gateway.ts';
import { newId } from '../../../kernel/ids.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Dialect } from '../dialect.ts';
import { bearerOf } from '../wire/bearer.ts';
import { corsHeaders, type PageOrigin, preflightHeaders } from '../wire/origins.ts';
import type { Doorkeeper } from '../wire/doorkeeper.ts';
import { acceptJsonOnly, LARGEST_BODY } from './json-body.ts';
import { OpenAnswers } from './open-answers.ts';
import { addRoute, pathOf } from './routes.ts';
import { fromFastify, sendError } from './send-error.ts';

export interface HttpServerOptions {
  readonly gateway: Gateway;
  readonly dialects: readonly Dialect[];
  readonly authenticator: Authenticator;
  readonly doorkeeper: Pick<Doorkeeper, 'admit' | 'foreign'>;
  /** The methods that pages elsewhere may use. */
  readonly corsMethods: () => readonly string[];
  readonly metrics: () => string;
  /** Rejects while the store takes no writes. */
  readonly ready: () => Promise<void>;
  readonly isDraining: () => boolean;
  readonly log: Log;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Where it comes from, whatever stands between. */
    address: string;
    /** Set before a route's handler runs. */
    caller: Awaited<ReturnType<Authenticator['authenticate']>>;
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'] as const;
/** An id a client gave its request, where it can stand in a log. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;

/** The web server without a listener: its routes, its checks on the wire, its error bodies. */
export const createHttpServer = (options: HttpServerOptions): FastifyInstance => {
  const app = fastify({
    bodyLimit: LARGEST_BODY,
    frameworkErrors: (thrown, request, reply) => sendError(reply, fromFastify(refusalOf(() => meet(request, reply, options)) ?? thrown, options.log, request)),
    routerOptions: { maxParamLength: 500 },
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId('req', Date.now());
    },
    logger: false,
  });
  // One of the documents sends its filters as the body of a GET.
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  acceptJsonOnly(app);
  app.addHook('onRequest', (request, reply, done) => {
    if (admit(app, request, reply, options)) done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    logAccess(options.log, request, reply);
    done();
  });
  app.setErrorHandler((thrown, request, reply) => sendError(reply, fromFastify(thrown, options.log, request)));
  addHealth(app, options);
  const answers = new OpenAnswers();
  for (const dialect of options.dialects) for (const route of dialect.routes) addRoute(app, route, { ...options, answers });
  refuseOthers(app);
  return app;
};

/** What holds for every request, whatever it asks for. False where that is all there is to answer. */
const admit = (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, options: HttpServerOptions): boolean => {
  const page = meet(request, reply, options);
  if (request.method === 'OPTIONS') {
    tellOptions(app, request, reply, page === 'listed' ? options.corsMethods() : undefined);
    return false;
  }
  if (page === 'foreign' && request.method !== 'GET' && request.method !== 'HEAD') throw options.doorkeeper.foreign(request.headers.origin);
  return true;
};

/** What holds even for a request that cannot be routed. Tells whose page asks. */
const meet = (request: FastifyRequest, reply: FastifyReply, { doorkeeper }: HttpServerOptions): PageOrigin => {
  setHeaders(request, reply);
  if (!request.url.startsWith('/')) throw new GatewayError('invalid_request', 'Ask for a path, not for a URL');
  const { address, page } = doorkeeper.admit(request.raw);
  request.address = address;
  const { origin } = request.headers;
  if (page === 'listed' && origin !== undefined) void reply.headers(corsHeaders(origin));
  return page;
};

const refusalOf = (check: () => unknown): unknown => {
  try {
    check();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
};

const tellOptions = (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, cors: readonly string[] | undefined): void => {
  const methods = methodsOf(app, pathOf(request));
  if (methods.length === 0) throw new GatewayError('not_found', 'Nothing is served at this path');
  if (cors && request.headers['access-control-request-method'] !== undefined) {
    void reply.headers(preflightHeaders(cors.filter((method) => methods.some((known) => known === method))));
  }
  void reply.header('allow', [...methods, 'OPTIONS'].join(', ')).code(204).send();
};

const methodsOf = (app: FastifyInstance, url: string) => METHODS.filter((method) => app.findRoute({ method, url }) !== null);

const EVERY_ANSWERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const setHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
  void reply.headers(EVERY_ANSWERS).header('x-request-id', request.id);
};

const logAccess = (log: Log, request: FastifyRequest, reply: FastifyReply): void => {
  const path = pathOf(request);
  const fields = { requestId: request.id, method: request.method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime), from: request.address };
  log(path.endsWith('z') ? 'debug' : 'info', 'request', fields);
};

const addHealth = (app: FastifyInstance, { ready, isDraining, metrics, authenticator }: HttpServerOptions): void => {
  app.get('/healthz', async () => ({ ok: true }));
  app.get('/readyz', async () => {
    if (isDraining()) throw new GatewayError('draining', 'The gateway is stopping', { retryAfterSeconds: 5 });
    await ready();
    return { ok: true };
  });
  app.get('/metrics', async (request, reply) => {
    const caller = await authenticator.authenticate(bearerOf(request.raw), request.address);
    if (!caller.permissions.has('metrics:read')) throw new GatewayError('forbidden', 'This credential lacks the permission metrics:read');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics());
  });
};

const refuseOthers = (app: FastifyInstance): void => {
  app.setNotFoundHandler((request, reply) => {
    const allowed = methodsOf(app, pathOf(request));
    if (allowed.length === 0) return sendError(reply, new GatewayError('not_found', 'Nothing is served at this path'));
    void reply.header('allow', allowed.join(', '));
    return sendError(reply, new GatewayError('method_not_allowed', `This path takes ${allowed.join(', ')}`, { allow: allowed }));
  });
};

/** A build mistake, found at start: an operation that nothing handles. */
export const unhandledOperations = (gateway: Gateway): readonly string[] =>
  OPERATIONS.filter((operation) => !gateway.handles(operation)).map(({ name }) => name);
