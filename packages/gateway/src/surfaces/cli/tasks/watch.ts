import { named } from '@openclaw/client';
import type { getTask } from '@openclaw/contract';
import type { CliHost } from '../host.ts';
import { present, type Shown } from '../talk/ask.ts';
import { watchThroughRestarts } from '../talk/through-restarts.ts';

const GET = named<typeof getTask>('tasks.get');
const A_DAY_SECONDS = 86_400;

/** `openclaw tasks watch`: as `run` shows it, for a task that others began. */
export const tasksWatch = async (host: CliHost, id: string, shown: Pick<Shown, 'json' | 'stream'>): Promise<void> => {
  const { client } = await host.connect();
  const { id: taskId, turnId } = await client.call(GET, { task: id });
  await present(host, watchThroughRestarts(host, turnId, { seconds: A_DAY_SECONDS, patient: false }), { ...shown, onlyWatches: true, more: () => ({ taskId }) });
};
