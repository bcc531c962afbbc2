import { chmod, stat } from 'node:fs/promises';
import { error, type Noted, shellWord } from './scene.ts';

/** What only its owner may look into, and others may. Undefined where all is well, or nothing is there. */
export const looseMode = async (check: string, path: string, holds: string): Promise<Noted | undefined> => {
  if (process.platform === 'win32') return undefined;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || (found.mode & 0o077) === 0) return undefined;
  const mode = found.isDirectory() ? 0o700 : 0o600;
  const mend = `chmod ${mode.toString(8)} ${shellWord(path)}`;
  return { ...error(check, `other users of this machine may look into ${path}, which holds ${holds}`, mend), repair: () => chmod(path, mode) };
};
