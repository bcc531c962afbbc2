import { basename } from 'node:path';
import { z } from 'zod';
import { defineTool } from '../../../engine/ports/tool.ts';
import { mediaTypeOf } from '../../../kernel/media-type.ts';
import { openOwnFile, ownPath } from '../kit/open-own-file.ts';

/** No chat takes more; what the one at hand takes, it says itself. */
const LARGEST = 50 * 1024 * 1024;

export const sendFileTool = defineTool({
  name: 'send_file',
  description:
    'Sends a file of the folder you work in to whoever your answer goes to, by its path relative to that folder. It arrives by itself, beside your answer; caption is what is said before it.',
  effect: 'idempotent',
  delivers: true,
  input: z.strictObject({ path: ownPath, caption: z.string().max(2_000).refine((text) => !text.includes('\0'), 'must not hold NUL').optional() }),
  run: async ({ path, caption }, context) => {
    if (!context.deliver) throw new Error('The answer of this turn goes to no chat, so no file can be sent with it. Say where the file is instead.');
    const { file, size } = await openOwnFile(path, context);
    try {
      if (size === 0) throw new Error(`${path} is empty: there is nothing to send.`);
      if (size > LARGEST) throw new Error(`${path} has ${size} bytes, and at most ${LARGEST} can be sent.`);
      const content = await file.readFile();
      const name = basename(path).toWellFormed();
      await context.deliver({ name, type: mediaTypeOf(name), content, caption });
      return `${name} (${content.length} bytes) is on its way.`;
    } finally {
      await file.close();
    }
  },
});
