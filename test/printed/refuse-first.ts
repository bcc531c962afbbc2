import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { portOf } from '../../packages/gateway/src/app/listen.ts';

interface Front extends AsyncDisposable {
  readonly url: string;
  /** From the first refusal to the first request that was let through. */
  refusedForMs(): number;
}

/** Stands before a gateway and answers the first requests with 429, in the gateway's form; a real limit would make a test wait for a minute. */
export const refuseFirst = async (times: number, gateway: { readonly url: string }, headers: Readonly<Record<string, string>> = {}): Promise<Front> => {
  let [count, since, until] = [0, 0, 0];
  const server = createServer((incoming, response) => {
    if (count++ < times) {
      since ||= performance.now();
      response.writeHead(429, { 'content-type': 'application/json', ...headers });
      response.end('{"error":{"code":"rate_limited","message":"Rate limit exceeded. Try again in 1 seconds.","retry_after":1}}');
      incoming.resume();
      return;
    }
    until ||= performance.now();
    const { method, url = '/', headers: sent } = incoming;
    const on = request(gateway.url + url, { method, headers: sent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    on.on('error', () => response.destroy());
    incoming.pipe(on);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    refusedForMs: () => until - since,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
