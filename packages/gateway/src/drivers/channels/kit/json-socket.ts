import { type RawData, WebSocket } from 'ws';
import { ChannelFailure } from '../../../engine/ports/channel.ts';
import { parseJson } from './ask.ts';
import { type Home, leadsTo } from './leads-to.ts';

/** A WebSocket that this side opened, with one JSON text in each frame. */
export interface JsonSocket {
  /** Says nothing where the connection is gone. */
  send(value: unknown): void;
  /** With a code it says goodbye; without one it just hangs up. */
  close(code?: number): void;
}

export interface SocketEnd {
  /** What the other side said goodbye with; 1006 where it did not. */
  readonly code: number;
  readonly reason: string;
}

export interface JsonSocketOptions {
  readonly url: string;
  /** Whose it must be: the address comes from an answer, and what is said there may be a secret. */
  readonly home: Home;
  readonly heard: (frame: unknown) => void;
  /** Called once, also where the connection never came about. */
  readonly ended: (end: SocketEnd) => void;
  /** Where the service answers pings: it is gone when nothing is heard of it for this long. */
  readonly silenceMs?: number;
}

const HANDSHAKE_MS = 15_000;
const GOODBYE_MS = 2_000;
const LONGEST_FRAME = 16 * 1024 * 1024;

/** Throws a `ChannelFailure` where the address leads elsewhere; nothing is dialled then. */
export const openJsonSocket = ({ url, home, heard, ended, silenceMs }: JsonSocketOptions): JsonSocket => {
  if (!isAtHome(url, home)) throw new ChannelFailure('permanent', `the service names an address for its socket that is not its own: ${URL.parse(url)?.host ?? 'none'}`);
  const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_MS, maxPayload: LONGEST_FRAME, perMessageDeflate: false });
  let problem: string | undefined;
  let lastHeard = performance.now();
  const noteSound = (): void => void (lastHeard = performance.now());
  const listen = (): void => {
    if (silenceMs !== undefined && performance.now() - lastHeard > silenceMs) {
      problem ??= `nothing was heard for ${Math.round(silenceMs / 1_000)} s`;
      socket.terminate();
    } else if (socket.readyState === WebSocket.OPEN) socket.ping();
  };
  const watch = silenceMs === undefined ? undefined : setInterval(listen, silenceMs / 3);
  socket.on('ping', noteSound);
  socket.on('pong', noteSound);
  socket.on('message', (data: RawData) => {
    noteSound();
    try {
      heard(parseJson(wordsOf(data)));
    } catch (thrown) {
      // What cannot be made sense of costs the connection, and not the gateway.
      problem ??= String(thrown);
      socket.terminate();
    }
  });
  socket.on('error', (thrown) => void (problem ??= thrown.message));
  socket.on('close', (code, reason) => {
    clearInterval(watch);
    ended({ code, reason: problem ?? (reason.toString() || `code ${code}`) });
  });
  return {
    send: (value) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(value));
    },
    close: (code) => {
      if (code === undefined || socket.readyState !== WebSocket.OPEN) return socket.terminate();
      socket.close(code);
      // Some services take a goodbye and leave the line open.
      setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
    },
  };
};

/** Of a WebSocket. */
export const isAtHome = (url: string, home: Home): boolean => leadsTo((URL.parse(url)?.href ?? '').replace(/^ws/, 'http'), home);

const wordsOf = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8');
