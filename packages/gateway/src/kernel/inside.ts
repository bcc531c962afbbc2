import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';

/** Whether a real path is a folder's own or lies below it. */
export const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/** Where a file that is held open really is. What its name leads to by now may be another one; on Linux we know better than its name. */
export const realPathOf = (handle: FileHandle, path: string): Promise<string> => realpath(`/proc/self/fd/${handle.fd}`).catch(() => realpath(path));

/** Names below an open folder, so that no link that is put in its place meanwhile leads elsewhere. Where there is no `/proc`, its path. */
export const nameOfOpen = (handle: FileHandle, path: string): string => (process.platform === 'linux' ? `/proc/self/fd/${handle.fd}` : path);

/** Opens a folder itself: not what a link of its name leads to. */
export const openFolder = (path: string): Promise<FileHandle> => open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
