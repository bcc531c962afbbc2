import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { defineTool } from '../../../engine/ports/tool.ts';

const LARGEST = 256 * 1024;

export const readFileTool = defineTool({
  name: 'read_file',
  description: "Reads a text file of the agent's own folder, by its path relative to that folder, or of a skill, by its full path.",
  effect: 'none',
  readsSkills: true,
  input: z.strictObject({
    path: z.string().min(1).max(1_000).refine((path) => !path.includes('\0'), 'must not hold NUL'),
    offset: z.number().int().min(0).default(0),
  }),
  run: async ({ path, offset }, context) => {
    const root = await realpath(context.workspaceFolder);
    const roots = [root, ...(await Promise.all(context.skillFolders.map((folder) => realpath(folder).catch(() => []))))].flat();
    // Opened first, checked on what was opened: a link swapped in between cannot lead elsewhere.
    const file = await open(resolve(root, path), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
    if (!file) throw new Error(`There is no file ${path} in the agent's folder.`);
    try {
      const opened = await realpath(`/proc/self/fd/${file.fd}`).catch(() => realpath(resolve(root, path)));
      const stat = await file.stat();
      if (!roots.some((allowed) => isInside(allowed, opened)) || !stat.isFile()) throw new Error(`There is no file ${path} in the agent's folder.`);
      const bytes = Buffer.alloc(Math.min(LARGEST, Math.max(0, stat.size - offset)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      const isLast = offset + bytesRead >= stat.size;
      const page = isLast ? bytes.subarray(0, bytesRead) : wholeCharacters(bytes.subarray(0, bytesRead));
      const text = page.toString('utf8');
      const next = offset + page.length;
      return isLast ? text : `${text}\n[${stat.size - next} bytes more; read on with offset ${next}]`;
    } finally {
      await file.close();
    }
  },
});

const isInside = (root: string, path: string): boolean => {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/** Without the part of a character that stands at the end where a page is cut: it begins the next page. */
const wholeCharacters = (bytes: Buffer): Buffer => {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
};
