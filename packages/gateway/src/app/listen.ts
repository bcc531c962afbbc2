import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { GatewayError } from '@openclaw/contract';
import { errorText } from '../surfaces/kit/wire/error-body.ts';
import { HalfSaid } from '../surfaces/kit/wire/half-said.ts';
import { refuseSocket } from '../surfaces/kit/wire/refuse-socket.ts';
import { refuseUnreadable } from '../surfaces/kit/wire/unreadable-request.ts';

/** A port that this gateway needs is held by someone else. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  readonly port: number;

  constructor(host: string, port: number) {
    super(`port ${port} on ${host} is in use by another program`);
    this.port = port;
  }
}

/** What stands behind the ports once everything is open. */
export interface Inside {
  readonly request: RequestListener;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

const isTaken = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE';

const starting = new GatewayError('starting', 'The gateway is starting; try again in a moment', { retryAfterSeconds: 1 });

const whileStarting: Inside = {
  request: (request, response) => {
    const alive = request.url === '/healthz';
    response.writeHead(alive ? 200 : 503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1', connection: 'close' });
    response.end(alive ? '{"ok":true}' : errorText(starting));
  },
  upgrade: (_request, socket) => refuseSocket(socket, starting),
};

/** The ports, with the same behind each. They are taken first of all; until there is something behind them, they say that it is coming. */
export class Ports {
  readonly #servers: Server[] = [];
  #inside: Inside = whileStarting;

  /** Resolves to the port taken (another one than asked for where that was 0); rejects with `PortTaken`. */
  async take(host: string, port: number): Promise<number> {
    const halfSaid = new HalfSaid();
    const server = createServer(
      { requestTimeout: 30_000, headersTimeout: 3_500, keepAliveTimeout: 65_000, connectionsCheckingInterval: 500, keepAlive: true, requireHostHeader: false },
      (request, response) => {
        halfSaid.watch(request.socket, response);
        this.#inside.request(request, response);
      },
    );
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#inside.upgrade(request, socket, head));
    server.on('clientError', (_error: Error, socket: Socket) => refuseUnreadable(socket, halfSaid.on(socket)));
    await new Promise<void>((resolve, reject) => {
      server.once('error', (thrown) => reject(isTaken(thrown) ? new PortTaken(host, port) : thrown));
      server.listen({ host, port }, resolve);
    });
    this.#servers.push(server);
    return portOf(server);
  }

  lead(inside: Inside): void {
    this.#inside = inside;
  }

  /** Takes no more; whoever still sends a request, or reads an answer, has this long for the rest of it. */
  async close(lastWordsMs: number): Promise<void> {
    const hangUp = setTimeout(() => this.#servers.forEach((server) => server.closeAllConnections()), lastWordsMs);
    await Promise.all(this.#servers.map(closeServer));
    clearTimeout(hangUp);
  }
}

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });

export const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};
