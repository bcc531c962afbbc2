import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { z } from 'zod';
import { defineTool } from '../../../engine/ports/tool.ts';

const LARGEST = 256 * 1024;

export const readFileTool = defineTool({
  name: 'read_file',
  description: "Reads a text file of the agent's own folder. Give its path relative to that folder.",
  effect: 'none',
  input: z.strictObject({
    path: z.string().min(1).max(1_000).refine((path) => !path.includes('\0'), 'must not hold NUL'),
    offset: z.number().int().min(0).default(0),
  }),
  run: async ({ path, offset }, context) => {
    const root = await realpath(context.workspaceFolder);
    // Opened first, checked on what was opened: a link swapped in between cannot lead elsewhere.
    const file = await open(resolve(root, path), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
    if (!file) throw new Error(`There is no file ${path} in the agent's folder.`);
    try {
      const opened = await realpath(`/proc/self/fd/${file.fd}`).catch(() => realpath(resolve(root, path)));
      const stat = await file.stat();
      if (!isInside(root, opened) || !stat.isFile()) throw new Error(`There is no file ${path} in the agent's folder.`);
      const bytes = Buffer.alloc(Math.min(LARGEST, Math.max(0, stat.size - offset)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      const text = bytes.subarray(0, bytesRead).toString('utf8');
      const rest = stat.size - offset - bytesRead;
      return rest > 0 ? `${text}\n[${rest} bytes more; read on with offset ${offset + bytesRead}]` : text;
    } finally {
      await file.close();
    }
  },
});

const isInside = (root: string, path: string): boolean => {
  const way = relative(root, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
};
