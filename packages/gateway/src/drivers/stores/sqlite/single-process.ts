import { DatabaseSync } from 'node:sqlite';

/**
 * Holds the state directory for this process. The lock is the operating system's, on an open file: it goes with the process,
 * however that dies. Resolves to undefined where another process holds it.
 */
export const holdAlone = (file: string): (() => void) | undefined => {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch {
    lock.close();
    return undefined;
  }
};
