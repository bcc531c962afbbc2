import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 15_000;
const ABANDONED_MS = 30_000;
/** A lock without an owner: whoever made it was killed before it could sign, or is about to. */
const UNSIGNED_MS = 1_000;

/** Runs the work while no other process does the same for this lock file. A lock whose owner died is taken over. */
export const withFileLock = async <T>(lock: string, work: () => Promise<T>): Promise<T> => {
  const owner = `${process.pid} ${randomBytes(8).toString('hex')}`;
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await take(lock, owner))) {
    if (performance.now() > deadline) throw new Error(`another process holds ${lock}; if none is running, remove that file`);
    if (!(await removeAbandoned(lock))) await pause(3 + Math.random() * 15);
  }
  try {
    return await work();
  } finally {
    if ((await contentOf(lock)) === owner) await rm(lock, { force: true });
  }
};

const take = async (lock: string, owner: string): Promise<boolean> => {
  try {
    const handle = await open(lock, 'wx', 0o600);
    await handle.writeFile(owner).finally(() => handle.close());
    // Who took that long to sign may have been given up meanwhile.
    return (await contentOf(lock)) === owner;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

/** Moves the lock aside before judging it a second time, so that of two that find it abandoned only one removes it. */
const removeAbandoned = async (lock: string): Promise<boolean> => {
  const seen = await contentOf(lock);
  if (seen === undefined || !(await isAbandoned(lock, seen))) return false;
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  const moved = await rename(lock, aside).then(() => true, () => false);
  if (!moved) return false;
  if ((await contentOf(aside)) !== seen) await link(aside, lock).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
};

const isAbandoned = async (lock: string, content: string): Promise<boolean> => {
  const pid = Number.parseInt(content, 10);
  if (pid > 0 && !isRunning(pid)) return true;
  const age = await stat(lock).then(({ mtimeMs }) => Date.now() - mtimeMs, () => 0);
  return age > (content === '' ? UNSIGNED_MS : ABANDONED_MS);
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const contentOf = (lock: string): Promise<string | undefined> => readFile(lock, 'utf8').catch(() => undefined);
