/** An endpoint that shows a certificate, and sees whoever comes without TLS. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket, type TlsOptions } from 'node:tls';

/** What the first byte of a connection is where TLS begins. */
const HANDSHAKE = 0x16;

export interface TlsEndpoint extends AsyncDisposable {
  readonly port: number;
  /** Connections that were begun. */
  readonly visits: number;
  /** What was said in the open: nothing, where nobody falls back. */
  readonly inTheOpen: readonly string[];
  /** Requests that came, by whichever way. */
  readonly received: readonly { readonly body: string }[];
}

/** Without `tls` it speaks none, and answers whatever comes in the open. */
export const startTlsEndpoint = async (tls: TlsOptions | undefined): Promise<TlsEndpoint> => {
  const inTheOpen: string[] = [];
  const received: { body: string }[] = [];
  const open = new Set<Socket>();
  let visits = 0;
  const http = createHttpServer(async (request, response) => {
    received.push({ body: String(Buffer.concat(await request.toArray())) });
    response.end('ok');
  });
  const server = createServer((socket) => {
    visits++;
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] !== HANDSHAKE) inTheOpen.push(first.toString('latin1').split('\r\n')[0] ?? '');
      const inside = first[0] === HANDSHAKE && tls ? new TLSSocket(socket, { isServer: true, ...tls }) : socket;
      http.emit('connection', inside.on('error', () => {}));
      // Only now is anybody there to read on.
      process.nextTick(() => socket.resume());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // a TCP server has no other kind of address
    get visits() {
      return visits;
    },
    inTheOpen, received,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
