import { named } from '@openclaw/client';
import type { Reply, runTask } from '@openclaw/contract';
import type { CliHost } from '../host.ts';
import { here, messageFrom, present, type Shown } from './ask.ts';
import { throughRestarts } from './through-restarts.ts';

interface RunTaskFlags extends Shown {
  readonly model?: string;
  readonly label?: string;
  readonly timeout: number;
}

/** Past its own time a task has this long to say so. */
const LAST_WORDS_SECONDS = 30;
const RUN = named<typeof runTask>('tasks.run');

/** `openclaw run`: one task in a session of its own, and its result. */
export const run = async (host: CliHost, words: readonly string[], { model, label, timeout, ...shown }: RunTaskFlags): Promise<void> => {
  const task = await messageFrom(words, 'openclaw run "Say what changed in CHANGELOG.md"');
  const input = {
    task,
    ...(label !== undefined && { label }),
    context: here(),
    options: { runTimeoutSeconds: timeout, ...(model !== undefined && { model }) },
  };
  // A task is its turn by another name.
  const more = ({ turnId }: Reply): object => ({ taskId: turnId.replace(/^turn_/, 'task_') });
  await present(host, throughRestarts(host, RUN, input, { seconds: timeout + LAST_WORDS_SECONDS, patient: false }), { ...shown, more });
};
