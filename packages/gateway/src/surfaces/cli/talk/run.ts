import { resolve } from 'node:path';
import { named } from '@openclaw/client';
import type { Reply, runTask } from '@openclaw/contract';
import type { CliHost } from '../host.ts';
import { here, messageFrom, present, type Shown } from './ask.ts';
import { throughRestarts } from './through-restarts.ts';

interface RunTaskFlags extends Shown {
  readonly model?: string;
  readonly label?: string;
  readonly directory?: string;
  readonly timeout: number;
}

/** Past its own time a task has this long to say so. */
const LAST_WORDS_SECONDS = 30;
const RUN = named<typeof runTask>('tasks.run');

/** `openclaw run`: one task in a session of its own, and its result. */
export const run = async (host: CliHost, words: readonly string[], { model, label, directory, timeout, ...shown }: RunTaskFlags): Promise<void> => {
  const task = await messageFrom(words, 'openclaw run "Say what changed in CHANGELOG.md"');
  const input = {
    task,
    ...(label !== undefined && { label }),
    context: here(),
    options: { runTimeoutSeconds: timeout, ...(model !== undefined && { model }), ...(directory !== undefined && { workingDirectory: resolve(directory) }) },
  };
  // A task is its turn by another name.
  const taskOf = (turnId: string): string => turnId.replace(/^turn_/, 'task_');
  await present(host, throughRestarts(host, RUN, input, { seconds: timeout + LAST_WORDS_SECONDS, patient: false }), {
    ...shown,
    more: ({ turnId }: Reply) => ({ taskId: taskOf(turnId) }),
    opening: (turnId) => `${taskOf(turnId)}: openclaw tasks result ${taskOf(turnId)} finds its result again`,
  });
};
