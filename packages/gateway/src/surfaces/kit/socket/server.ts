import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { GatewayError, toGatewayError } from '@openclaw/contract';
import { type Server, WebSocketServer } from 'ws';
import type { Authenticator, Caller } from '../../../engine/access/index.ts';
import type { Gateway } from '../../../engine/gateway.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Dialect, Frame } from '../dialect.ts';
import { bearerOf } from '../wire/bearer.ts';
import type { Doorkeeper } from '../wire/doorkeeper.ts';
import { refuseSocket } from '../wire/refuse-socket.ts';
import { CLOSE, Connection, credentialNeeded, RESTARTING } from './connection.ts';
import { errorFrame } from './error-frame.ts';
import { SOCKET_LIMITS, type SocketLimits } from './limits.ts';
import { PatientSocket } from './patient-socket.ts';
import { PushHub } from './push-hub.ts';

const FAREWELL_MS = 1_000;
/** What a client has to answer a farewell; longer, and a client that never does keeps its place. */
const HANG_UP_MS = 3_000;

export interface SocketServerOptions {
  readonly gateway: Gateway;
  readonly dialects: readonly Dialect[];
  readonly authenticator: Authenticator;
  readonly doorkeeper: Pick<Doorkeeper, 'admit' | 'foreign'>;
  readonly maxConnections: () => number;
  readonly limits?: Partial<SocketLimits> | undefined;
  readonly isDraining: () => boolean;
  readonly log: Log;
}

interface Peer {
  readonly socket: PatientSocket;
  readonly connection: Connection;
  heard: boolean;
}

/** The way in by WebSocket, at `/` and at `/ws`. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #limits: SocketLimits;
  readonly #known: Server<typeof PatientSocket>;
  readonly #unknown: Server<typeof PatientSocket>;
  readonly #frames: ReadonlyMap<string, Frame>;
  readonly #hub: PushHub;
  readonly #peers = new Set<Peer>();
  readonly #pings: NodeJS.Timeout;
  #strangers = 0;

  constructor(options: SocketServerOptions) {
    this.#options = options;
    this.#limits = { ...SOCKET_LIMITS, ...options.limits };
    const { mostFragments: maxFragments, largestFrame, largestFrameOfStrangers } = this.#limits;
    const framing = {
      noServer: true, WebSocket: PatientSocket, clientTracking: false, perMessageDeflate: false, closeTimeout: HANG_UP_MS, maxFragments, maxBufferedChunks: 8 * maxFragments,
      // Looked at by the connection and the socket, who tell a message that is no text from a goodbye that is none.
      skipUTF8Validation: true,
    };
    this.#known = new WebSocketServer({ ...framing, maxPayload: largestFrame });
    this.#unknown = new WebSocketServer({ ...framing, maxPayload: largestFrameOfStrangers });
    this.#frames = new Map(options.dialects.flatMap(({ frames = [] }) => frames.map((frame) => [frame.type, frame])));
    this.#hub = new PushHub(options.gateway, options.dialects.flatMap(({ toPush }) => toPush ?? []));
    for (const server of [this.#known, this.#unknown]) {
      server.on('wsClientError', (error, socket) => refuse(socket, notOne(error.message)));
    }
    this.#pings = setInterval(() => this.#ping(), this.#limits.pingMs);
    this.#pings.unref();
  }

  /** Clients connected now. */
  get size(): number {
    return this.#peers.size;
  }

  /** A request that wants to become something else than HTTP. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    this.#letIn(request, socket, head).catch((thrown: unknown) => refuse(socket, toGatewayError(thrown)));
  }

  /** No new clients; those that wait for nothing are sent away, the others when they have their answers. */
  drain(): void {
    for (const { connection } of this.#peers) connection.drain();
  }

  /** Hangs up on everyone; who is owed an answer that is on its way gets it first. */
  async close(): Promise<void> {
    clearInterval(this.#pings);
    await waitWhile(() => [...this.#peers].some(({ connection }) => connection.isBusy), FAREWELL_MS);
    for (const { socket } of this.#peers) socket.hangUp(CLOSE.restarting, RESTARTING);
    await waitWhile(() => this.#peers.size > 0, FAREWELL_MS);
    for (const { socket } of this.#peers) socket.terminate();
  }

  async #letIn(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { address } = this.#admit(request);
    const caller = await this.#callerOf(tokenOf(request), address);
    if (caller instanceof GatewayError && caller.code === 'rate_limited') throw caller;
    this.#open(request, socket, head, caller, address);
  }

  #admit(request: IncomingMessage): { readonly address: string } {
    const { doorkeeper, isDraining } = this.#options;
    const { address, page } = doorkeeper.admit(request);
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') throw new GatewayError('invalid_request', 'The only upgrade served here is websocket');
    const path = pathOf(request);
    if (path !== '/' && path !== '/ws') throw new GatewayError('not_found', 'WebSockets are served at / and at /ws');
    if (page === 'foreign') throw doorkeeper.foreign(request.headers.origin);
    // `ws` speaks the draft that called itself 8 too, and would read a body as the first frames.
    if (request.headers['sec-websocket-version'] !== VERSION) throw notOne(`the version must be ${VERSION}`);
    if (hasBody(request)) throw notOne('it has a body');
    if (isDraining()) throw new GatewayError('draining', 'The gateway is stopping; try again in a moment', { retryAfterSeconds: 5 });
    return { address };
  }

  /** Undefined where nothing was said yet; a refusal where something wrong was. */
  async #callerOf(token: string | undefined, address: string): Promise<Caller | GatewayError | undefined> {
    try {
      return await this.#options.authenticator.authenticate(token, address);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (error.code === 'auth_required') return undefined;
      return error;
    }
  }

  #open(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller | GatewayError | undefined, address: string): void {
    if (caller === undefined && this.#strangers >= this.#limits.mostStrangers) throw busy('Too many connections wait to say who they are');
    const server = caller === undefined ? this.#unknown : this.#known;
    server.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => opened.terminate());
      // Browsers can read a frame, but not why a handshake failed: refusals that a person must understand come as frames.
      if (caller instanceof GatewayError) return turnAway(opened, caller, CLOSE.unauthenticated);
      if (this.#peers.size >= this.#options.maxConnections()) {
        return turnAway(opened, busy('This gateway has as many connections as it may (gateway.max_connections)'), CLOSE.busy);
      }
      this.#welcome(opened, caller, address);
    });
  }

  #welcome(socket: PatientSocket, caller: Caller | undefined, address: string): void {
    const { gateway, authenticator, log } = this.#options;
    let leaveStrangers = caller ? undefined : this.#watchStranger(socket);
    const connection = new Connection(socket, caller, {
      gateway,
      frames: this.#frames,
      limits: this.#limits,
      address,
      authenticate: (token) => authenticator.authenticate(token, address),
      onCaller: () => {
        leaveStrangers?.();
        leaveStrangers = undefined;
      },
      onFirstFrame: (ready) => this.#hub.join(ready),
    });
    const peer: Peer = { socket, connection, heard: true };
    this.#peers.add(peer);
    const openedAt = performance.now();
    log('info', 'socket opened', { from: address });
    socket.on('pong', () => (peer.heard = true));
    socket.on('close', (code) => {
      this.#peers.delete(peer);
      this.#hub.leave(connection);
      leaveStrangers?.();
      log('info', 'socket closed', { from: address, code, ms: Math.round(performance.now() - openedAt) });
    });
  }

  /** Who does not say who they are in time is sent away. */
  #watchStranger(socket: PatientSocket): () => void {
    this.#strangers++;
    const timer = setTimeout(() => {
      turnAway(socket, credentialNeeded(), CLOSE.unauthenticated);
    }, this.#limits.strangersStayMs);
    return () => {
      clearTimeout(timer);
      this.#strangers--;
    };
  }

  /** A client that has not answered the last ping is gone, whatever its socket says. */
  #ping(): void {
    for (const peer of this.#peers) {
      // Who has said goodbye and waits for an answer says nothing more.
      if (peer.socket.isLeaving) continue;
      if (!peer.heard) peer.socket.terminate();
      else {
        peer.heard = false;
        peer.socket.ping();
      }
    }
  }
}

const waitWhile = async (holds: () => boolean, longestMs: number): Promise<void> => {
  const until = performance.now() + longestMs;
  while (holds() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
};

const turnAway = (socket: PatientSocket, error: GatewayError, code: number): void => {
  // Nothing more is read from it.
  socket.removeAllListeners('message');
  socket.send(JSON.stringify(errorFrame(error, undefined)));
  socket.hangUp(code, error.code);
  setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
};

const VERSION = '13';

const notOne = (why: string): GatewayError => new GatewayError('invalid_request', `This is no WebSocket handshake: ${why}`);

/** A client of another version learns from any refusal which one is spoken here. */
const refuse = (socket: Duplex, error: GatewayError): void => refuseSocket(socket, error, { 'Sec-WebSocket-Version': VERSION });

const hasBody = ({ headers }: IncomingMessage): boolean => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;

const busy = (message: string): GatewayError => new GatewayError('gateway_busy', message, { retryAfterSeconds: 10 });

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';

/** In the header, or in the address as the documents print it; not twice, for then nobody knows which one counts. */
const tokenOf = (request: IncomingMessage): string | undefined => {
  const header = bearerOf(request);
  const query = (request.url ?? '').split('?').slice(1).join('?');
  const inAddress = new URLSearchParams(query).getAll('token');
  if (inAddress.length > 1) return '';
  return header ?? inAddress[0];
};
