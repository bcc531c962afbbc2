import type { FileHandle } from 'node:fs/promises';

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;

/** The whole lines of a file that end before `end`, the last first. Cut at bytes: a letter may lie across two chunks. */
export async function* linesBackwards(file: FileHandle, end: number): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for (let at = end; at > 0; ) {
    const length = Math.min(CHUNK, at);
    at -= length;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    let text = Buffer.concat([buffer.subarray(0, bytesRead), rest]);
    for (let cut = text.lastIndexOf(NEWLINE); cut !== -1; cut = text.lastIndexOf(NEWLINE)) {
      const line = text.subarray(cut + 1);
      if (line.length > 0) yield line.toString('utf8');
      text = text.subarray(0, cut);
    }
    rest = text;
  }
  if (rest.length > 0) yield rest.toString('utf8');
}

/** Where the last whole line of a file ends. */
export const endOfLines = async (file: FileHandle): Promise<number> => {
  const { size } = await file.stat();
  for (let at = size; at > 0; ) {
    const length = Math.min(CHUNK, at);
    at -= length;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    const cut = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (cut !== -1) return at + cut + 1;
  }
  return 0;
};

/** Reads a file that grows: each call yields the whole lines that have come since. */
export const createLineReader = (file: FileHandle, from: number) => {
  let at = from;
  let rest = Buffer.alloc(0);

  const startAgainIfEmptied = async (): Promise<void> => {
    if ((await file.stat()).size >= at) return;
    at = 0;
    rest = Buffer.alloc(0);
  };

  return {
    async *lines(): AsyncGenerator<string> {
      await startAgainIfEmptied();
      for (;;) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        for (let cut = rest.indexOf(NEWLINE); cut !== -1; cut = rest.indexOf(NEWLINE)) {
          const line = rest.subarray(0, cut);
          rest = rest.subarray(cut + 1);
          if (line.length > 0) yield line.toString('utf8');
        }
      }
    },
  };
};
