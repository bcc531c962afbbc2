import { mkdir, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from './atomic-write.ts';
import { nameOfOpen, openFolder } from './inside.ts';

/**
 * Writes a file, for its owner alone, by way of folders below another that are made where they are missing. No link on the way is followed, also not one
 * that is put there meanwhile; what stands at the end is replaced, be it a link.
 */
export const writeBelow = async (root: string, folders: readonly string[], name: string, data: Uint8Array): Promise<void> => {
  const opened: FileHandle[] = [];
  try {
    let path = await realpath(root);
    opened.push(await openFolder(path));
    for (const folder of folders) {
      path = join(nameOf(opened, path), folder);
      await mkdir(path, { mode: 0o700 }).catch(unlessThere);
      opened.push(await openFolder(path));
    }
    await writeFileAtomic(join(nameOf(opened, path), name), data);
  } finally {
    await Promise.all(opened.map((handle) => handle.close()));
  }
};

const nameOf = (opened: readonly FileHandle[], path: string): string => {
  const last = opened.at(-1);
  return last ? nameOfOpen(last, path) : path;
};

const unlessThere = (thrown: unknown): void => {
  if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
};
