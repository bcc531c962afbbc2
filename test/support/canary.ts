import { once } from 'node:events';
import { createServer } from 'node:http';
import { portOf } from '../../packages/gateway/src/app/listen.ts';

export interface Canary extends AsyncDisposable {
  readonly url: string;
  /** Whoever came, with what they showed. */
  readonly visits: readonly { readonly url: string | undefined; readonly authorization: string | undefined }[];
}

/** A server that nobody has a reason to come to. */
export const startCanary = async (): Promise<Canary> => {
  const visits: { url: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    visits.push({ url: request.url, authorization: request.headers.authorization });
    response.end('thank you');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    visits,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
