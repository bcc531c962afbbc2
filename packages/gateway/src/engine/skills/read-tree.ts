import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, opendir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { suspicionsIn } from './suspicions.ts';

export interface TreeFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly suspicions: readonly { readonly line: number; readonly what: string }[];
}

/** More than was ever let in. */
const MOST_FILES = 2_000;
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_KNOWN = 20_000;
const UNREADABLE = Buffer.from('unreadable');

export class TreeTooLarge extends Error {
  override readonly name = 'TreeTooLarge';
}

interface Known {
  readonly stamp: string;
  readonly file: TreeFile;
}

/** Reads what lies below a folder, by name. A file is read again only when its time, size or place on the disk changed. */
export const createTreeReader = () => {
  const known = new Map<string, Known>();

  const readOne = async (folder: string, path: string): Promise<TreeFile | undefined> => {
    const place = join(folder, path);
    const stat = await lstat(place, { bigint: true }).catch(() => undefined);
    if (stat === undefined) return undefined;
    const stamp = `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.mode}`;
    const before = known.get(place);
    if (before?.stamp === stamp) return before.file;
    if (stat.size > MOST_BYTES) throw new TreeTooLarge();
    const bytes = stat.isFile() ? await readRegular(place).catch(() => UNREADABLE) : stat.isSymbolicLink() ? Buffer.from(await readlink(place).catch(() => '')) : Buffer.alloc(0);
    const kind = stat.isFile() ? ((stat.mode & 0o100n) === 0n ? 'file' : 'program') : 'other';
    const sha256 = createHash('sha256').update(`${kind}\0`).update(bytes).digest('hex');
    const file = { path, bytes: bytes.length, sha256, suspicions: kind === 'other' ? [] : suspicionsIn(textOf(bytes)) };
    if (known.size > MOST_KNOWN) known.clear();
    known.set(place, { stamp, file });
    return file;
  };

  return async (folder: string, leftOut: ReadonlySet<string>): Promise<readonly TreeFile[]> => {
    const files: TreeFile[] = [];
    let bytes = 0;
    for await (const path of pathsBelow(folder, '', leftOut)) {
      const file = await readOne(folder, path);
      if (!file) continue;
      bytes += file.bytes;
      files.push(file);
      if (files.length > MOST_FILES || bytes > MOST_BYTES) throw new TreeTooLarge();
    }
    return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  };
};

export type TreeReader = ReturnType<typeof createTreeReader>;

/** Over names, contents and which files are programs; the same on every machine. */
export const treeHash = (files: readonly Pick<TreeFile, 'path' | 'sha256'>[]): string => {
  const hash = createHash('sha256');
  for (const { path, sha256 } of files) hash.update(`${path}\0${sha256}\n`);
  return `sha256-${hash.digest('base64')}`;
};

export interface TreeChange {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
}

export const changesBetween = (before: Readonly<Record<string, string>>, now: readonly TreeFile[]): readonly TreeChange[] => {
  const there = new Map(now.map(({ path, sha256 }) => [path, sha256]));
  const old = new Map(Object.entries(before));
  const changes: TreeChange[] = [
    ...[...there].filter(([path]) => !old.has(path)).map(([path]) => ({ path, change: 'added' as const })),
    ...[...there].filter(([path, sha256]) => old.has(path) && old.get(path) !== sha256).map(([path]) => ({ path, change: 'changed' as const })),
    ...[...old.keys()].filter((path) => !there.has(path)).map((path) => ({ path, change: 'removed' as const })),
  ];
  return changes.toSorted((a, b) => (a.path < b.path ? -1 : 1));
};

async function* pathsBelow(folder: string, below: string, leftOut: ReadonlySet<string>): AsyncGenerator<string> {
  const listed = await opendir(join(folder, below)).catch(() => undefined);
  if (!listed) return;
  for await (const entry of listed) {
    if (leftOut.has(entry.name)) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* pathsBelow(folder, path, leftOut);
    else yield path;
  }
}

const readRegular = async (place: string): Promise<Buffer> => {
  const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return (await file.stat()).isFile() ? await file.readFile() : Buffer.alloc(0);
  } finally {
    await file.close();
  }
};

/** What is no text has nothing to say. */
const textOf = (bytes: Buffer): string => (bytes.subarray(0, 8_192).includes(0) ? '' : bytes.subarray(0, 256 * 1024).toString('utf8'));
