import { connect } from 'node:net';
import type { Agent, Dispatcher } from 'undici';
import type { HttpClient, HttpRequest, HttpResponse } from '../../../engine/ports/http-client.ts';

export interface HttpClientOptions {
  readonly connectTimeoutMs?: number;
  /** How long an endpoint may think before its first byte. */
  readonly headersTimeoutMs?: number;
  /** For requests that name none. */
  readonly idleTimeoutMs?: number;
}

export interface OpenHttpClient extends HttpClient {
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

const TEXT_LIMIT = 1024 * 1024;

/** The one dialer of the gateway: keep-alive connections of one undici agent, loaded at the first request (undici costs 100 ms and 30 MB). */
export const openHttpClient = (options: HttpClientOptions = {}): OpenHttpClient => {
  let agent: Promise<Agent> | undefined;
  let closed = false;

  return {
    async request(url, request) {
      const target = webUrl(url);
      request.signal?.throwIfAborted();
      if (closed) throw new Error('The HTTP client is closed.');
      agent ??= openAgent(options);
      return toResponse(await (await agent).request(toUndici(target, request, options.idleTimeoutMs ?? 120_000)));
    },
    listens,
    async close() {
      closed = true;
      await (await agent)?.destroy();
    },
  };
};

const openAgent = async (options: HttpClientOptions): Promise<Agent> => {
  const undici = await import('undici');
  return new undici.Agent({
    connectTimeout: options.connectTimeoutMs ?? 10_000,
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
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) });
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
  text: (limit = TEXT_LIMIT) => readText(body, limit),
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
