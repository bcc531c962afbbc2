import type { FileHandle } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { createLineReader } from './read-lines.ts';
import type { LogParts } from './rotated-files.ts';

const LOOK_EVERY_MS = 200;

/** From one part to the next: a part is left only when a newer one is there and all of it has been read. */
export async function* followParts(parts: Pick<LogParts, 'after'>, first: FileHandle, from: number): AsyncGenerator<string> {
  let part = first;
  let reader = createLineReader(part, from);
  try {
    for (;;) {
      yield* reader.lines();
      const next = await parts.after(part);
      if (next === undefined) {
        await pause(LOOK_EVERY_MS);
        continue;
      }
      // What was written between the last read and the rotation.
      yield* reader.lines();
      await part.close();
      part = next;
      reader = createLineReader(part, 0);
    }
  } finally {
    await part.close();
  }
}
