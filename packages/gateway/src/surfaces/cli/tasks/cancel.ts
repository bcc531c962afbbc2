import { named } from '@openclaw/client';
import type { cancelTask, getTask } from '@openclaw/contract';
import type { CliHost } from '../host.ts';

const GET = named<typeof getTask>('tasks.get');
const CANCEL = named<typeof cancelTask>('tasks.cancel');

export const tasksCancel = async (host: CliHost, ids: readonly string[]): Promise<void> => {
  const { client } = await host.connect();
  // An id that is not there is told before anything is stopped.
  for (const task of ids) await client.call(GET, { task });
  for (const task of ids) {
    const { id, status } = await client.call(CANCEL, { task });
    process.stdout.write(`${id} ${status === 'running' ? 'is being cancelled' : `is ${status}`}\n`);
  }
};
