import type { Socket } from 'node:net';
import { GatewayError } from '@openclaw/contract';
import { refuseSocket } from './refuse-socket.ts';

/** Refuses what is no HTTP, or came too slowly to be a request. */
export const refuseUnreadable = (_error: Error, socket: Socket): void => {
  // On a connection that had an answer before, another may be half written: nothing can be said there.
  if (socket.bytesWritten > 0) socket.destroy();
  else refuseSocket(socket, new GatewayError('invalid_request', 'The request could not be read'));
};
