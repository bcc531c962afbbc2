import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/**
 * What tells a process from every other that had or will have its id: when it began, of which boot.
 * Undefined where no such process lives, and on systems that do not say.
 */
export const processMark = (pid: number): Promise<string | undefined> => (process.platform === 'linux' ? markFromProc(pid) : markFromPs(pid));

const markFromProc = async (pid: number): Promise<string | undefined> => {
  try {
    const [stat, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile('/proc/sys/kernel/random/boot_id', 'utf8')]);
    // The name, in brackets, may hold anything; the fields are counted from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return isEnded(fields[0]) ? undefined : `${boot.trim()} ${fields[19]}`;
  } catch {
    return undefined;
  }
};

/** A process that has ended keeps its id until its parent has asked how. */
const isEnded = (state: string | undefined): boolean => /^[ZX]/.test(state ?? '');

const markFromPs = (pid: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
    execFile('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)], { env }, (failed, out) => {
      const [state, ...began] = out.trim().split(/\s+/);
      resolve(failed || isEnded(state) ? undefined : began.join(' '));
    });
  });
