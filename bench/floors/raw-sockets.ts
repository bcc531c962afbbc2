/** The floor for sockets: a bare `ws` server. Sent a list of texts, it tells them to everyone connected, one text after the other. */
import { setImmediate } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { z } from 'zod';

const Texts = z.array(z.string());

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('connection', (socket) => {
  socket.on('message', async (data: Buffer) => {
    for (const text of Texts.parse(JSON.parse(data.toString('utf8')))) {
      for (const client of server.clients) client.send(text);
      await setImmediate();
    }
  });
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a server on TCP has an address');
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${address.port}` })}\n`);
});
