import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_STATUS, type GatewayError } from '@openclaw/contract';
import { errorText } from './error-body.ts';

/** Answers a connection that is no HTTP request any more, or never was one, in the same words as everything else; then hangs up. */
export const refuseSocket = (socket: Duplex, error: GatewayError, headers: Readonly<Record<string, string>> = {}): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const status = ERROR_STATUS[error.code];
  const body = errorText(error);
  const { retryAfterSeconds } = error.details;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
};
