import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { z } from 'zod';

const Frame = z.looseObject({ type: z.string(), id: z.string().optional(), payload: z.looseObject({}).optional() });
export type TestFrame = z.infer<typeof Frame>;

/** A client on a socket, and all it has heard. */
export interface SocketClient extends AsyncDisposable {
  readonly socket: WebSocket;
  readonly frames: readonly TestFrame[];
  send(frame: object | string): void;
  /** Waits for a frame like this, among those heard already too. */
  next(holds: (frame: TestFrame) => boolean, what?: string): Promise<TestFrame>;
  /** Sends a frame with an id and waits for the frame that answers it. */
  ask(frame: Readonly<Record<string, unknown>>, patienceMs?: number): Promise<TestFrame>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

const PATIENCE_MS = 8_000;
let asked = 0;

export interface SocketOptions extends ClientOptions {
  /** Of the gateway, by http. */
  readonly path?: string;
  readonly token?: string | undefined;
}

/** Resolves when the socket is open, or rejects with the status the handshake got. */
export const openSocket = async (url: string, { path = '/', token, ...options }: SocketOptions = {}): Promise<SocketClient> => {
  const query = token === undefined ? '' : `${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}${query}`, options);
  const frames: TestFrame[] = [];
  const waiting = new Set<() => void>();
  const heard = (): void => waiting.forEach((wake) => wake());
  socket.on('message', (data: Buffer) => {
    frames.push(Frame.parse(JSON.parse(data.toString('utf8'))));
    heard();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      heard();
      resolve({ code, reason: reason.toString('utf8') });
    });
  });
  const refused = new Promise<never>((_, reject) => {
    socket.once('unexpected-response', (request, response) => {
      let body = '';
      response.on('data', (chunk) => (body += String(chunk)));
      response.on('end', () => {
        request.destroy();
        reject(Object.assign(new Error(`refused with ${response.statusCode}: ${body}`), { status: response.statusCode, headers: response.headers, body }));
      });
    });
    socket.on('error', reject);
  });
  refused.catch(() => {});
  await Promise.race([once(socket, 'open'), refused]);

  const next = async (holds: (frame: TestFrame) => boolean, what = 'the frame', patienceMs = PATIENCE_MS): Promise<TestFrame> => {
    const until = Date.now() + patienceMs;
    for (;;) {
      const found = frames.find(holds);
      if (found) return found;
      const left = until - Date.now();
      if (left <= 0 || socket.readyState === socket.CLOSED) throw new Error(`${what} never came; heard was ${JSON.stringify(frames).slice(0, 1_000)}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        waiting.add(wake);
      });
    }
  };
  const send = (frame: object | string): void => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  return {
    socket,
    frames,
    send,
    next,
    ask: (frame, patienceMs) => {
      const id = typeof frame['id'] === 'string' ? frame['id'] : `ask-${++asked}`;
      send({ ...frame, id });
      const isLast = ({ type }: TestFrame): boolean => !['event', 'token', 'started', 'retry'].includes(type);
      return next((heardFrame) => heardFrame.id === id && isLast(heardFrame), `the answer to ${id}`, patienceMs);
    },
    closed,
    [Symbol.asyncDispose]: async () => {
      socket.terminate();
      if (socket.readyState !== socket.CLOSED) await closed;
    },
  };
};

/** The status a handshake is refused with, or 101. */
export const handshake = async (url: string, options: SocketOptions = {}): Promise<number> => {
  try {
    await using client = await openSocket(url, options);
    return client.socket.readyState === client.socket.OPEN ? 101 : 0;
  } catch (thrown) {
    const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
    if (typeof status !== 'number') throw thrown;
    return status;
  }
};
