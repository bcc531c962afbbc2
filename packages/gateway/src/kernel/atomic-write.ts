import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What a write asks of the disk; a test hands in one that fails at a chosen step. */
export interface FileOperations {
  readonly open: typeof open;
  readonly rename: typeof rename;
  readonly rm: typeof rm;
}

export interface AtomicWrite {
  readonly mode?: number;
  readonly operations?: FileOperations;
}

const PRIVATE_FILE = 0o600;

/** Writes a file that after a power cut is either whole or still the old one. */
export const writeFileAtomic = async (path: string, data: string | Uint8Array, options: AtomicWrite = {}): Promise<void> => {
  const { mode = PRIVATE_FILE, operations = { open, rename, rm } } = options;
  const folder = dirname(path);
  // In the same folder, because a rename is atomic only within one file system.
  const draft = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeSynced(draft, data, mode, operations);
    await operations.rename(draft, path);
  } catch (error) {
    await operations.rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(folder, operations);
};

const writeSynced = async (path: string, data: string | Uint8Array, mode: number, operations: FileOperations): Promise<void> => {
  const handle = await operations.open(path, 'wx', mode);
  try {
    // The umask may have taken bits away that the caller asked for.
    await handle.chmod(mode);
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The rename itself is durable only once the folder is. */
const syncFolder = async (folder: string, operations: FileOperations): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await operations.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
