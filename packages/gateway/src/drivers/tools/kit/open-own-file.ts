import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { ToolContext } from '../../../engine/ports/tool.ts';
import { isWithin, realPathOf } from '../../../kernel/inside.ts';

/** A path as a model may write it. */
export const ownPath = z.string().min(1).max(1_000).refine((path) => !path.includes('\0'), 'must not hold NUL');

export interface OwnFile {
  readonly file: FileHandle;
  readonly size: number;
}

/**
 * Opens a file of the folder a turn works in, or of the agent's own; of `others` by its full path. What lies elsewhere is not there, and
 * neither is what is no file. Whoever opens it closes it.
 */
export const openOwnFile = async (path: string, { workingDirectory, workspaceFolder }: Pick<ToolContext, 'workingDirectory' | 'workspaceFolder'>, others: readonly string[] = []): Promise<OwnFile> => {
  const own = await realpath(workspaceFolder).catch(() => workspaceFolder);
  const missing = new Error(`There is no file ${path} in ${workingDirectory === undefined ? '' : `the working directory ${workingDirectory} or `}the agent's folder.`);
  // Opened first, checked on what was opened: a link swapped in between cannot lead elsewhere.
  const file = await open(resolve(workingDirectory ?? own, path), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (!file) throw missing;
  try {
    const opened = await realPathOf(file, resolve(workingDirectory ?? own, path));
    const stat = await file.stat();
    const further = (await Promise.all(others.map((folder) => realpath(folder).catch(() => [])))).flat();
    if (![own, workingDirectory ?? own, ...further].some((folder) => isWithin(folder, opened)) || !stat.isFile()) throw missing;
    return { file, size: stat.size };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
};
