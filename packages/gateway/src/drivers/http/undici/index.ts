import { connect } from 'node:net';
import type { Agent, buildConnector, Dispatcher } from 'undici';
import { type GuardedHttpClient, type HttpRequest, type HttpResponse, type Reach, TargetRefused } from '../../../engine/ports/http-client.ts';
import { addressesWithin, guardedConnector, type GuardOptions, refuseUserInfo, type Resolve, resolveByDns, targetOf, unbracketed } from './guarded-connector.ts';

export interface HttpClientOptions {
  readonly connectTimeoutMs?: number;
  /** How long an endpoint may think before its first byte. */
  readonly headersTimeoutMs?: number;
  /** For requests that name none. */
  readonly idleTimeoutMs?: number;
  /** The ports of this gateway, which no request with a `reach` gets to. */
  readonly ownPorts?: () => readonly number[];
  /** Instead of the machine's own name service. */
  readonly resolve?: Resolve;
  /** Instead of a connection of undici's, for requests with a `reach`. */
  readonly dial?: buildConnector.connector;
}

export interface OpenHttpClient extends GuardedHttpClient {
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

const TEXT_LIMIT = 1024 * 1024;

/** Reaches that have connections of their own at a time. */
const MOST_REACHES = 8;

/** The one dialer of the gateway: keep-alive connections of one undici agent a reach, loaded at the first request (undici costs 100 ms and 30 MB). */
export const openHttpClient = (options: HttpClientOptions = {}): OpenHttpClient => {
  const agents = new Map<string, Promise<Agent>>();
  const guard: GuardOptions = { resolve: options.resolve ?? resolveByDns, ownPorts: options.ownPorts ?? (() => []) };
  let closed = false;

  /** A connection made for one reach is never used for another. */
  const agentFor = (reach: Reach | undefined): Promise<Agent> => {
    const key = reach === undefined ? '' : JSON.stringify(reach.private);
    const known = agents.get(key);
    if (known) return known;
    const fresh = openAgent(options, reach, guard);
    agents.set(key, fresh);
    const [oldest] = agents;
    if (agents.size > MOST_REACHES && oldest) {
      agents.delete(oldest[0]);
      // Ends when what it carries has ended.
      void oldest[1].then((agent) => agent.close()).catch(() => {});
    }
    return fresh;
  };

  return {
    async request(url, request) {
      const target = webUrl(url);
      if (request.reach) refuseUserInfo(target);
      request.signal?.throwIfAborted();
      if (closed) throw new Error('The HTTP client is closed.');
      const agent = await agentFor(request.reach);
      return toResponse(await agent.request(toUndici(target, request, options.idleTimeoutMs ?? 120_000)));
    },
    async checkReach(url, reach) {
      const target = readable(url);
      refuseUserInfo(target);
      await addressesWithin(targetOf(target), reach, guard).catch((thrown: unknown) => {
        if (thrown instanceof TargetRefused) throw thrown;
      });
    },
    listens,
    async close() {
      closed = true;
      await Promise.all([...agents.values()].map(async (agent) => (await agent).destroy()));
    },
  };
};

const openAgent = async (options: HttpClientOptions, reach: Reach | undefined, guard: GuardOptions): Promise<Agent> => {
  const undici = await import('undici');
  const timeout = options.connectTimeoutMs ?? 10_000;
  const dial = reach && (options.dial ?? undici.buildConnector({ timeout, allowH2: false }));
  return new undici.Agent({
    ...(reach && dial ? { connect: guardedConnector(reach, guard, dial) } : { connectTimeout: timeout }),
    headersTimeout: options.headersTimeoutMs ?? 600_000,
    keepAliveTimeout: 30_000,
    // One stuck HTTP/2 connection would hold every stream to that host; HTTP/1.1 gives each stream its own.
    allowH2: false,
  });
};

/** Opens a connection and drops it, without undici. */
const listens = (url: string, deadlineMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port, protocol } = webUrl(url);
    const socket = connect({ host: unbracketed(hostname), port: Number(port) || (protocol === 'https:' ? 443 : 80) });
    const answer = (up: boolean) => () => {
      socket.destroy();
      resolve(up);
    };
    socket.setTimeout(deadlineMs, answer(false));
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
  });

const webUrl = (url: string): URL => {
  const parsed = new URL(url);
  if (parsed.protocol === 'http:' || parsed.protocol === 'https:') return parsed;
  throw new TypeError(`Only http and https can be dialled, not ${parsed.protocol}`);
};

const readable = (url: string): URL => {
  try {
    return webUrl(url);
  } catch {
    throw new TargetRefused('it is not a URL that begins with http:// or https://');
  }
};

const toUndici = (url: URL, request: HttpRequest, idleTimeoutMs: number): Dispatcher.RequestOptions => ({
  origin: url.origin,
  path: url.pathname + url.search,
  method: request.method,
  headers: request.headers ?? {},
  body: request.body ?? null,
  signal: request.signal ?? null,
  bodyTimeout: request.idleTimeoutMs ?? idleTimeoutMs,
});

const toResponse = ({ statusCode, headers, body }: Dispatcher.ResponseData): HttpResponse => ({
  status: statusCode,
  headers: oneValueEach(headers),
  body,
  // What says that it is short need not be counted piece by piece.
  text: (limit = TEXT_LIMIT) => (Number(headers['content-length'] ?? Number.NaN) <= limit ? body.text() : readText(body, limit)),
  bytes: (limit) => readBytes(body, limit),
});

const oneValueEach = (headers: Dispatcher.ResponseData['headers']): Record<string, string> => {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return single;
};

/** Leaving the loop early closes the connection, so an endless body costs no more than `limit`. */
const readText = async (body: AsyncIterable<Uint8Array>, limit: number): Promise<string> => {
  const decoder = new TextDecoder();
  let text = '';
  let left = limit;
  for await (const bytes of body) {
    text += decoder.decode(bytes.subarray(0, left), { stream: true });
    left -= bytes.length;
    if (left <= 0) break;
  }
  return text + decoder.decode();
};

const readBytes = async (body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > limit) throw new Error(`the answer is longer than ${limit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
};
