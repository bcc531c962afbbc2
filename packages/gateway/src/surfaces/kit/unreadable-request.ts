import type { Socket } from 'node:net';
import { GatewayError } from '@openclaw/contract';
import { errorBody } from './error-body.ts';

/** Refuses what is no HTTP, or came too slowly to be a request, in the same words as everything else; then hangs up. */
export const refuseUnreadable = (_error: Error, socket: Socket): void => {
  // On a connection that had an answer before, another may be half written: nothing can be said there.
  if (!socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(errorBody(new GatewayError('invalid_request', 'The request could not be read')));
  const head = ['HTTP/1.1 400 Bad Request', 'Content-Type: application/json; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
};
