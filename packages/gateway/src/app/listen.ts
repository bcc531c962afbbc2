import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { refuseUnreadable } from '../surfaces/kit/unreadable-request.ts';

/** A port that this gateway needs is held by someone else. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  readonly port: number;

  constructor(host: string, port: number) {
    super(`port ${port} on ${host} is in use by another program`);
    this.port = port;
  }
}

const isTaken = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE';

/** Opens the main port; resolves to the port taken (another one than asked for where that was 0). */
export const listen = async (app: FastifyInstance, host: string, port: number): Promise<number> => {
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    throw isTaken(thrown) ? new PortTaken(host, port) : thrown;
  }
  return portOf(app.server);
};

/** A second port with exactly the same behind it. */
export const listenAlso = async (app: FastifyInstance, host: string, port: number): Promise<Server> => {
  const { requestTimeout, headersTimeout, keepAliveTimeout } = app.server;
  const second = createServer({ requestTimeout, headersTimeout, keepAliveTimeout, requireHostHeader: false }, (request, response) => app.routing(request, response));
  second.on('clientError', refuseUnreadable);
  await new Promise<void>((resolve, reject) => {
    second.once('error', (thrown) => reject(isTaken(thrown) ? new PortTaken(host, port) : thrown));
    second.listen({ host, port }, resolve);
  });
  return second;
};

export const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
};
