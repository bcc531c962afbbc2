import { named } from '@openclaw/client';
import type { runTask } from '@openclaw/contract';
import type { CliHost } from '../host.ts';
import { here, messageFrom, present, type Shown } from './ask.ts';

interface RunTaskFlags extends Shown {
  readonly model?: string;
  readonly label?: string;
  readonly timeout: number;
}

const RUN = named<typeof runTask>('tasks.run');

/** `openclaw run`: one task in a session of its own, and its result. */
export const run = async (host: CliHost, words: readonly string[], { model, label, timeout, ...shown }: RunTaskFlags): Promise<void> => {
  const task = await messageFrom(words, 'openclaw run "Say what changed in CHANGELOG.md"');
  const { client } = await host.connect();
  const running = client.stream(RUN, {
    task,
    ...(label !== undefined && { label }),
    context: here(),
    options: { runTimeoutSeconds: timeout, ...(model !== undefined && { model }) },
  });
  await present(client, running, shown);
};
