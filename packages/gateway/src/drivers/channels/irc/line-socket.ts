import type { Socket } from 'node:net';
import { hear } from '../kit/dial.ts';

/** With the tags of a message, 8,191 bytes and 512; nothing good is longer. */
const LONGEST_LINE = 16 * 1024;

export interface LineSocket {
  write(line: string): void;
  /** No more is read until `resume`. */
  pause(): void;
  resume(): void;
  /** Says this last, and is gone. */
  end(line: string): void;
}

export interface LineListener {
  line(line: string): void;
  /** Once, however it came about. */
  closed(reason: string): void;
}

/** A socket as lines in UTF-8. */
export const lineSocket = (socket: Socket, listener: LineListener): LineSocket => {
  let rest = Buffer.alloc(0);
  let reason = 'the server closed the connection';
  hear(socket, (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf('\n'); end !== -1 && !socket.destroyed; end = rest.indexOf('\n')) {
      const line = rest.subarray(0, end).toString('utf8').replace(/\r+$/, '');
      rest = rest.subarray(end + 1);
      if (line !== '') listener.line(line);
    }
    if (rest.length <= LONGEST_LINE) return;
    reason = 'the server sent a line without an end';
    socket.destroy();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => void (reason = `the connection broke: ${error.code ?? error.message}`));
  socket.on('close', () => listener.closed(reason));
  return {
    write: (line) => {
      // One line, whatever was meant to be in it.
      if (!socket.destroyed) socket.write(`${line.replaceAll(/[\r\n\0]/g, ' ')}\r\n`);
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: (line) => {
      if (!socket.destroyed) socket.end(`${line}\r\n`, () => socket.destroy());
    },
  };
};
