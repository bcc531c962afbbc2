import { z } from 'zod';
import { defineTool } from '../../../engine/ports/tool.ts';
import { openOwnFile, ownPath } from '../kit/open-own-file.ts';

const LARGEST = 256 * 1024;

export const readFileTool = defineTool({
  name: 'read_file',
  description:
    'Reads a text file of the folder you work in, by its path relative to that folder, or of a skill, by its full path. The folder is your own, unless you were told of a working directory.',
  effect: 'none',
  readsSkills: true,
  input: z.strictObject({
    path: ownPath,
    offset: z.number().int().min(0).default(0),
  }),
  run: async ({ path, offset }, context) => {
    const { file, size } = await openOwnFile(path, context, context.skillFolders);
    try {
      const bytes = Buffer.alloc(Math.min(LARGEST, Math.max(0, size - offset)));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      const isLast = offset + bytesRead >= size;
      const page = isLast ? bytes.subarray(0, bytesRead) : wholeCharacters(bytes.subarray(0, bytesRead));
      const text = page.toString('utf8');
      const next = offset + page.length;
      return isLast ? text : `${text}\n[${size - next} bytes more; read on with offset ${next}]`;
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
