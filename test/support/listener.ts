import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** Something that listens on this machine and that nobody from outside may get to. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  readonly visits: number;
}

export const startListener = async (): Promise<Listener> => {
  let visits = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    visits++;
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port, // a TCP server has no other kind of address
    get visits() {
      return visits;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
