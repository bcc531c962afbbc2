/** The clock on the wall as a process sees it, set to what a test says while the process runs. Its steady clock goes on as it is. */
import { execFile } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { needs } from './debian.ts';

export interface FakeClock {
  /** For the process. */
  readonly env: Readonly<Record<string, string>>;
  /** So much later than it really is, or earlier. */
  set(seconds: number): Promise<void>;
}

/** A clock whose setting stands in a file of this folder; or why there is none here. */
export const openFakeClock = async (folder: string): Promise<FakeClock | string> => {
  const missing = await needs('libfaketime');
  if (missing !== '') return missing.trim();
  const { stdout } = await promisify(execFile)('dpkg', ['-L', 'libfaketime']);
  const library = stdout.split('\n').find((line) => line.endsWith('/libfaketimeMT.so.1'));
  if (library === undefined) return '(skipped: libfaketime holds no library for threads here)';
  const file = join(folder, 'faketime');
  const set = async (seconds: number): Promise<void> => {
    await writeFile(`${file}.new`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}\n`);
    await rename(`${file}.new`, file);
  };
  await set(0);
  return { env: { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }, set };
};
