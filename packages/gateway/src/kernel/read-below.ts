import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isWithin, realPathOf } from './inside.ts';

/** The beginning of a file below a folder, up to as many bytes. What a link leads to is not there, wherever it leads; neither is what is no file. */
export const readBelow = async (root: string, path: string, most: number): Promise<Buffer<ArrayBuffer> | undefined> => {
  const own = await realpath(root).catch(() => root);
  const wanted = join(own, path);
  const file = await open(wanted, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(() => undefined);
  if (!file) return undefined;
  try {
    // Opened first, checked on what was opened: a link swapped in between cannot lead elsewhere.
    const opened = await realPathOf(file, wanted);
    const stat = await file.stat();
    if (opened !== wanted || !isWithin(own, opened) || !stat.isFile()) return undefined;
    const content = Buffer.alloc(Math.min(stat.size, most));
    const { bytesRead } = await file.read(content, 0, content.length, 0);
    return content.subarray(0, bytesRead);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
};
