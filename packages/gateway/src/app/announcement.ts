import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processMark } from './process-mark.ts';

/** The file in the state directory that tells the command line where the running gateway is. */
const ANNOUNCEMENT = 'gateway.running.json';

export interface Announcement {
  readonly pid: number;
  readonly url: string;
  readonly startedAt: string;
  /** Of the process that announced itself: its id alone may be another program's by now. */
  readonly mark?: string;
  readonly flags?: RunningFlags;
  /** It is on its way out: what runs is brought to its end. */
  readonly stopping?: true;
}

/** What it was started with, for a restart. */
export interface RunningFlags {
  readonly port?: number;
  readonly apiPort?: number | null;
  readonly host?: string;
}

export const announce = async (root: string, url: string, flags: RunningFlags = {}): Promise<void> => {
  const mark = await processMark(process.pid);
  const announcement: Announcement = { pid: process.pid, url, startedAt: new Date().toISOString(), ...(mark !== undefined && { mark }), flags };
  await writeFile(join(root, ANNOUNCEMENT), `${JSON.stringify(announcement)}\n`, { mode: 0o600 });
};

export const announceStop = async (root: string): Promise<void> => {
  const announced = await readAnnouncement(root);
  if (announced?.pid === process.pid) await writeFile(join(root, ANNOUNCEMENT), `${JSON.stringify({ ...announced, stopping: true })}\n`, { mode: 0o600 });
};

export const withdraw = (root: string): Promise<void> => rm(join(root, ANNOUNCEMENT), { force: true });

/** What was announced last; a file that is broken counts as none. It may be what a gateway that was killed left behind. */
export const readAnnouncement = async (root: string): Promise<Announcement | undefined> => {
  const text = await readFile(join(root, ANNOUNCEMENT), 'utf8').catch(() => '');
  try {
    // Written by `announce`, in this version or another: what must be there is looked at below.
    const read = JSON.parse(text) as Partial<Announcement> | null;
    return typeof read?.url === 'string' && Number.isSafeInteger(read.pid) && Number(read.pid) > 0 ? (read as Announcement) : undefined;
  } catch {
    return undefined;
  }
};
