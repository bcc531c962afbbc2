import { connect, type Socket } from 'node:net';

/** Bytes to a gateway as no client library would send them. */
export interface RawConversation {
  readonly socket: Socket;
  /** All that has come back so far. */
  received(): string;
  /** Waits until what has come back holds `part`. */
  until(part: string): Promise<string>;
  /** Waits until the gateway hangs up; then all that has come back. */
  closed(): Promise<string>;
}

const PATIENCE_MS = 5_000;

export const openRaw = async (url: string): Promise<RawConversation> => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => (text += chunk));
  // A reset is one way of hanging up.
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  const when = async (holds: () => boolean, what: string): Promise<string> => {
    const until = Date.now() + PATIENCE_MS;
    while (!holds()) {
      if (Date.now() > until) throw new Error(`${what}; so far: ${text.slice(0, 500)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return text;
  };
  return {
    socket,
    received: () => text,
    until: (part) => when(() => text.includes(part), `"${part}" never came`),
    closed: () => when(() => socket.destroyed, 'the connection stays open'),
  };
};

/** Sends a request written by hand, and resolves to the status it got; undefined where the gateway only hung up. */
export const rawStatus = async (url: string, lines: readonly string[], body = ''): Promise<number | undefined> => {
  const raw = await openRaw(url);
  raw.socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  const text = await Promise.race([raw.until('\r\n\r\n'), raw.closed()]);
  raw.socket.destroy();
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  return status === undefined ? undefined : Number(status);
};
