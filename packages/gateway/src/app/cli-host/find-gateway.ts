import { readFile } from 'node:fs/promises';
import { answers } from '@openclaw/client/over-http';
import type { FoundGateway, LocalGateway } from '../../surfaces/cli/gateway/gateway-host.ts';
import { type Announcement, readAnnouncement } from '../announcement.ts';
import { processMark } from '../process-mark.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';

/** The gateway of this state directory: running, or what one that was killed left of itself. */
export const findGateway = async (env: Environment): Promise<FoundGateway> => {
  const announced = await readAnnouncement(stateFolder(env).root);
  if (announced === undefined) return {};
  if (!(await isRunning(announced))) return { left: announced.pid };
  const { pid, url, startedAt, flags = {}, stopping } = announced;
  const service = await serviceOf(pid);
  return { running: { pid, url, startedAt, flags, ...(service !== undefined && { service }), ...(stopping && { stopping }) } };
};

/** Whether the process that announced itself still lives. Its id alone proves nothing: it may have passed to a stranger. */
export const isRunning = async ({ pid, mark, url }: Pick<Announcement, 'pid' | 'mark' | 'url'>): Promise<boolean> => {
  if (mark !== undefined) return (await processMark(pid)) === mark;
  return process.platform === 'win32' && hasProcess(pid) && (await answers(url, '/healthz'));
};

/** Windows does not say when a process began. */
const hasProcess = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

export const SYSTEMD_UNIT = 'openclaw.service';

const serviceOf = async (pid: number): Promise<LocalGateway['service']> => {
  const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
  return groups.includes(`/${SYSTEMD_UNIT}`) ? SYSTEMD_UNIT : undefined;
};
