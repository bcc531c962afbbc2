import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ANNOUNCEMENT, type Announcement } from '../announcement.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';

/** Whether a gateway announced itself in this state directory, and its process is still there. */
export const isGatewayRunning = async (env: Environment): Promise<boolean> => {
  try {
    // Written by `announce`; a broken one counts as none.
    const { pid } = JSON.parse(await readFile(join(stateFolder(env).root, ANNOUNCEMENT), 'utf8')) as Announcement;
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
