import type { Socket } from 'node:net';
import { GatewayError } from '@openclaw/contract';
import { refuseSocket } from './refuse-socket.ts';

/** Refuses what is no HTTP, is too long in its head, or came too slowly to be a request. */
export const refuseUnreadable = (socket: Socket, halfSaid: boolean): void => {
  // Nothing can be said in the middle of an answer.
  if (halfSaid) socket.destroy();
  else refuseSocket(socket, new GatewayError('invalid_request', 'The request could not be read'));
};
