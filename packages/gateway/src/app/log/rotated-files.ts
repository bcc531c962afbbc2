import { type FileHandle, open, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';

/** Where the parts of a log lie: 0 is the one that is written to, 1 the newest that is full. */
export const partOf = (folder: string, name: string, index: number): string => {
  const { name: stem, ext } = parse(name);
  return join(folder, index === 0 ? name : `${stem}.${index}${ext}`);
};

/** A log as it lies on the disk, its parts told by what they are and not by their names: those change while one reads. */
export interface LogParts {
  /** The newest first. */
  open(): Promise<readonly FileHandle[]>;
  /** The part that was begun after this one; undefined while this one is the newest. */
  after(part: FileHandle): Promise<FileHandle | undefined>;
}

export const logParts = (folder: string, name: string): LogParts => {
  const openPart = (index: number): Promise<FileHandle | undefined> => open(partOf(folder, name, index), 'r').catch(() => undefined);

  /** The inodes of all parts, the newest first. */
  const listed = async (): Promise<readonly number[]> => {
    const inodes: number[] = [];
    for (;;) {
      const part = await stat(partOf(folder, name, inodes.length)).catch(() => undefined);
      if (part === undefined) return inodes;
      inodes.push(part.ino);
    }
  };

  return {
    open: async () => {
      const parts: FileHandle[] = [];
      for (;;) {
        const part = await openPart(parts.length);
        if (part === undefined) return parts;
        parts.push(part);
      }
    },
    after: async (part) => {
      const { ino } = await part.stat();
      const inodes = await listed();
      const place = inodes.indexOf(ino);
      if (place === 0 || inodes.length === 0) return undefined;
      // One that is gone was older than all that are left.
      const index = (place === -1 ? inodes.length : place) - 1;
      const next = await openPart(index);
      if (next === undefined || (await next.stat()).ino === inodes[index]) return next;
      // They moved in between; the next look finds them at rest.
      await next.close();
      return undefined;
    },
  };
};
