/** An endpoint that takes every delivery. `GET /took?count=N` answers when there are N more, with the milliseconds from the first to the last of them. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

let count = 0;
let first = 0;
let asked: { readonly count: number; readonly response: ServerResponse } | undefined;

const tell = (): void => {
  if (asked === undefined || count < asked.count) return;
  asked.response.end(JSON.stringify({ ms: performance.now() - first }));
  asked = undefined;
  count = 0;
};

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    asked = { count: Number(new URL(request.url ?? '', 'http://sink').searchParams.get('count')), response };
    return tell();
  }
  request.resume().once('end', () => {
    response.end('OK');
    if (count++ === 0) first = performance.now();
    tell();
  });
}).listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo; // a TCP server has no other kind of address
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
