import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { defineTool } from '../../../engine/ports/tool.ts';
import { isWithin, realPathOf } from '../../../kernel/inside.ts';

const LARGEST = 256 * 1024;

export const readFileTool = defineTool({
  name: 'read_file',
  description:
    'Reads a text file of the folder you work in, by its path relative to that folder, or of a skill, by its full path. The folder is your own, unless you were told of a working directory.',
  effect: 'none',
  readsSkills: true,
  input: z.strictObject({
    path: z.string().min(1).max(1_000).refine((path) => !path.includes('\0'), 'must not hold NUL'),
    offset: z.number().int().min(0).default(0),
  }),
  run: async ({ path, offset }, context) => {
    const { workingDirectory, workspaceFolder, skillFolders } = context;
    const own = await realpath(workspaceFolder).catch(() => workspaceFolder);
    const missing = new Error(`There is no file ${path} in ${workingDirectory === undefined ? '' : `the working directory ${workingDirectory} or `}the agent's folder.`);
    // Opened first, checked on what was opened: a link swapped in between cannot lead elsewhere.
    const file = await open(resolve(workingDirectory ?? own, path), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
    if (!file) throw missing;
    try {
      const opened = await realPathOf(file, resolve(workingDirectory ?? own, path));
      const stat = await file.stat();
      const skills = (await Promise.all(skillFolders.map((folder) => realpath(folder).catch(() => [])))).flat();
      if (![own, workingDirectory ?? own, ...skills].some((folder) => isWithin(folder, opened)) || !stat.isFile()) throw missing;
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
