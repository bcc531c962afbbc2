/** An endpoint for webhooks on this machine: keeps what it gets, and answers what the test says. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly path: string;
  /** Of this delivery. */
  readonly id: string;
  readonly event: string;
  readonly json: { readonly event: string; readonly timestamp: string; readonly data: Readonly<Record<string, unknown>> };
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** The most connections that were open at a time. */
  readonly mostSockets: number;
  /** Resolves to what came when there are this many. */
  wait(count: number, deadlineMs?: number): Promise<readonly Received[]>;
}

export type Answering = (received: Received, nth: number, response: ServerResponse) => number | void;

export const startReceiver = async (answer: Answering = () => 200, port = 0): Promise<Receiver> => {
  const received: Received[] = [];
  let open = 0;
  let mostSockets = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += String(piece);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const one: Received = { at: Date.now(), headers, body, path: request.url ?? '', id: headers['webhook-id'] ?? '', event: headers['x-openclaw-event'] ?? '', json: JSON.parse(body) as Received['json'] };
    received.push(one);
    const status = answer(one, received.filter(({ id }) => id === one.id).length, response);
    if (typeof status === 'number') response.writeHead(status).end('{"received":true}');
  });
  server.on('connection', (socket) => {
    mostSockets = Math.max(mostSockets, ++open);
    socket.on('close', () => open--);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port; // a TCP server has no other kind of address
  return {
    url: `http://127.0.0.1:${bound}/hook`,
    port: bound,
    received,
    get mostSockets() {
      return mostSockets;
    },
    wait: async (count, deadlineMs = 10_000) => {
      for (const deadline = Date.now() + deadlineMs; received.length < count && Date.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 10));
      if (received.length < count) throw new Error(`${received.length} deliveries came within ${deadlineMs} ms, not ${count}`);
      return received;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
