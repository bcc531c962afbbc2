import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The file in the state directory that tells the command line where the running gateway is. */
export const ANNOUNCEMENT = 'gateway.running.json';

export interface Announcement {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
}

export const announce = async (root: string, url: string): Promise<void> => {
  const announcement: Announcement = { pid: process.pid, url, startedAt: new Date().toISOString() };
  await writeFile(join(root, ANNOUNCEMENT), `${JSON.stringify(announcement)}\n`, { mode: 0o600 });
};

export const withdraw = (root: string): Promise<void> => rm(join(root, ANNOUNCEMENT), { force: true });
