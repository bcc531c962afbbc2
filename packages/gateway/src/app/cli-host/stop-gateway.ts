import { setTimeout as pause } from 'node:timers/promises';
import type { LocalGateway } from '../../surfaces/cli/gateway/gateway-host.ts';
import { CliError } from '../../surfaces/cli/host.ts';
import { type Announcement, readAnnouncement } from '../announcement.ts';
import { type Environment, stateFolder } from '../state/state-folder.ts';
import { findGateway, isRunning } from './find-gateway.ts';

/** The gateway ends by itself within ten seconds; one that has not is stuck. */
const PATIENCE_MS = 15_000;
const KILLED_MS = 5_000;
const LOOK_EVERY_MS = 50;

/** Ends the gateway of this state directory, and no other process; resolves when it has ended. Undefined where none ran. */
export const stopGateway = async (env: Environment, { force }: { readonly force: boolean }): Promise<LocalGateway | undefined> => {
  const announced = await readAnnouncement(stateFolder(env).root);
  const { running } = await findGateway(env);
  // Both read the same file; that it named two processes in between is no reason to end either.
  if (announced === undefined || running?.pid !== announced.pid) return undefined;
  // A second signal would end at once what is being ended in order.
  if (!announced.stopping) signal(announced, 'SIGTERM');
  if (await endsWithin(PATIENCE_MS, announced)) return running;
  if (!force) throw new CliError(`The gateway (process ${announced.pid}) has not ended after ${PATIENCE_MS / 1000} s. To kill it: openclaw gateway stop --force`);
  signal(announced, 'SIGKILL');
  if (await endsWithin(KILLED_MS, announced)) return running;
  throw new CliError(`Process ${announced.pid} cannot be killed; it waits for something in the kernel, often a disk that does not answer`);
};

const signal = ({ pid }: Announcement, name: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM') throw new CliError(`The gateway (process ${pid}) belongs to another user; only that user, or root, can stop it`);
    // It has ended meanwhile.
  }
};

const endsWithin = async (ms: number, gateway: Announcement): Promise<boolean> => {
  const deadline = performance.now() + ms;
  while (await isRunning(gateway)) {
    if (performance.now() > deadline) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
};
