import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';

/** One connection on which one thing is asked at a time. */
export interface Lane extends Disposable {
  /** Asks for a turn of this user and waits for its reply. Any other answer ends the bench. */
  ask(user: string): Promise<void>;
}

export interface Server {
  readonly url: string;
  readonly token: string;
}

export interface Post {
  readonly path: string;
  readonly body: object;
  /** Beside the usual ones, made of the body as it is sent. */
  readonly headers?: (text: string) => Readonly<Record<string, string>>;
}

/**
 * A kept connection that asks in turn, spoken straight on TCP. The client shares its processors with what is measured: it must cost about as
 * little as the one for sockets.
 */
const tcpLane = async ({ url }: Pick<Server, 'url'>, toRequest: (user: string, host: string) => string): Promise<Lane> => {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  const answers = new Answers();
  let pending = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    pending += chunk;
    const head = pending.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(pending.slice(0, head + 2))?.[1];
    if (length !== undefined && pending.length < head + 4 + Number(length)) return;
    const answer = pending;
    pending = '';
    if (length !== undefined && answer.startsWith('HTTP/1.1 200 ')) answers.come();
    else answers.fail(`answered ${answer}`);
  });
  socket.on('error', (error) => answers.fail(String(error)));
  socket.on('close', () => answers.fail('closed'));
  return {
    ask: (user) => {
      socket.write(toRequest(user, host));
      return answers.next();
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
};

/** Posts JSON. */
export const httpLane = (server: Server, toPost: (user: string) => Post): Promise<Lane> =>
  tcpLane(server, (user, host) => {
    const { path, body, headers } = toPost(user);
    const text = JSON.stringify(body);
    const more = Object.entries(headers?.(text) ?? {}).map(([name, value]) => `\r\n${name}: ${value}`).join('');
    const head = `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${server.token}\r\nContent-Type: application/json${more}`;
    return `${head}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  });

/** Asks for the same path each time. */
export const getLane = (server: Server, path: string): Promise<Lane> =>
  tcpLane(server, (_, host) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`);

/** A socket that sends frames, each answered by one frame of this type. */
export const socketLane = async (server: Server, answerType: string, toFrame: (user: string) => object): Promise<Lane> => {
  const socket = await openSocket(server);
  const answers = new Answers();
  socket.on('message', (data: Buffer) => {
    const text = data.toString('utf8');
    if (text.startsWith(`{"type":"${answerType}"`)) answers.come();
    else answers.fail(`answered ${text}`);
  });
  socket.on('error', (error) => answers.fail(String(error)));
  socket.on('close', () => answers.fail('closed'));
  return {
    ask: (user) => {
      socket.send(JSON.stringify(toFrame(user)));
      return answers.next();
    },
    [Symbol.dispose]: () => socket.terminate(),
  };
};

export const openSocket = async ({ url, token }: Server): Promise<WebSocket> => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
};

/** Turns per second: `total` of them, one under way on each lane. */
export const rateOf = async (lanes: readonly Lane[], total: number, nextUser: () => string): Promise<number> => {
  let left = total;
  const started = performance.now();
  await Promise.all(
    lanes.map(async (lane) => {
      while (left-- > 0) await lane.ask(nextUser());
    }),
  );
  return total / ((performance.now() - started) / 1000);
};

/** The answer that is waited for. */
class Answers {
  #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  next(): Promise<void> {
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  come(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  fail(why: string): void {
    this.#waiting?.reject(new Error(why));
    this.#waiting = undefined;
  }
}
