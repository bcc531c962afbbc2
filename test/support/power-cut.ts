/** A disk that loses what was not synced, or is slow to sync: the shim of `power-cut.c`, and what a power cut does with its images. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

let compiled: Promise<string | undefined> | undefined;

/** The shared library to preload, made once a process; undefined where there is no C compiler or this is not Linux. */
export const compileShim = (): Promise<string | undefined> => (compiled ??= compile());

const compile = async (): Promise<string | undefined> => {
  if (process.platform !== 'linux') return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-shim-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'power-cut.so');
  for (const compiler of ['cc', 'gcc', 'clang']) {
    try {
      await promisify(execFile)(compiler, ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'power-cut.c'), '-ldl']);
      return library;
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
};

export const NO_SHIM = 'there is no C compiler here to build the failing disk with (cc, gcc or clang)';

export interface FaultyDisk extends AsyncDisposable {
  /** For the environment of a process whose disk this is. */
  readonly env: Readonly<Record<string, string>>;
  syncs(): number;
  /** What the files of `folder` are after the power went. The process must be dead. */
  cut(how: CutOptions): void;
}

export interface CutOptions {
  /** Files that were never synced: gone, or there without content. */
  readonly unsynced: 'gone' | 'empty';
  /** Undefined: nothing reached the disk but what was synced. Else a block that was written and not synced reached it where this is below a half. */
  readonly chance?: () => number;
}

/** Gives `folder` a disk of this kind. What lies in it now counts as synced. */
export const createFaultyDisk = async (library: string, folder: string, { delayMs }: { readonly delayMs?: number } = {}): Promise<FaultyDisk> => {
  const scratch = await mkdtemp(join(tmpdir(), 'openclaw-disk-'));
  const images = await mkdtemp(join(scratch, 'images-'));
  const count = join(scratch, 'count');
  writeFileSync(count, '');
  const keepImages = delayMs === undefined;
  if (keepImages) {
    for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isFile()) await copyFile(join(folder, entry.name), join(images, entry.name));
  }
  return {
    env: {
      LD_PRELOAD: library,
      OPENCLAW_DISK_FOLDER: folder,
      OPENCLAW_DISK_COUNT: count,
      ...(keepImages ? { OPENCLAW_DISK_IMAGES: images } : { OPENCLAW_FSYNC_DELAY_MS: String(delayMs) }),
    },
    syncs: () => statSync(count).size,
    cut: (how) => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) cutFile(join(entry.parentPath, entry.name), join(images, join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('/', '#')), how);
      }
    },
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
  };
};

const BLOCK = 4_096;

const cutFile = (file: string, image: string, { unsynced, chance }: CutOptions): void => {
  const kept = read(image);
  if (kept === undefined) {
    if (unsynced === 'gone') rmSync(file);
    else truncateSync(file);
    return;
  }
  const after = chance === undefined ? kept : mixed(kept, readFileSync(file), chance);
  writeFileSync(file, after);
  // From now on this is what the disk holds.
  writeFileSync(image, after);
};

/** The disk writes what it has not been told to sync when it likes, in any order. */
const mixed = (kept: Buffer, written: Buffer, chance: () => number): Buffer => {
  const after = Buffer.alloc(Math.max(kept.length, written.length));
  kept.copy(after);
  let length = kept.length;
  for (let at = 0; at < written.length; at += BLOCK) {
    const end = Math.min(at + BLOCK, written.length);
    if (after.compare(written, at, end, at, end) === 0 || chance() >= 0.5) continue;
    written.copy(after, at, at, end);
    length = Math.max(length, end);
  }
  return after.subarray(0, length);
};

const read = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
};
