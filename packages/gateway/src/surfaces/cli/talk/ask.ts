import { text as readAll } from 'node:stream/consumers';
import { type Client, named } from '@openclaw/client';
import type { cancelTurn, TurnContext, TurnEvent } from '@openclaw/contract';
import { writeJson, writeText } from '../kit/terminal.ts';
import { CliError } from '../host.ts';
import { Progress } from './progress.ts';

export interface Shown {
  readonly json?: boolean;
  readonly stream?: boolean;
}

const CANCEL = named<typeof cancelTurn>('turns.cancel');

/** Runs a turn to its end: streamed to a terminal, whole into a pipe. Ctrl-C cancels it. */
export const present = async <Output extends object>(client: Client, run: AsyncGenerator<TurnEvent, Output>, { json, stream }: Shown): Promise<void> => {
  const live = !json && Boolean(stream ?? process.stdout.isTTY);
  const progress = new Progress(live);
  const stop = cancelOnInterrupt(client, progress);
  try {
    let step = await run.next();
    for (; !step.done; step = await run.next()) progress.show(step.value);
    const reply = step.value;
    const answer = 'text' in reply && typeof reply.text === 'string' ? reply.text : '';
    if (json) writeJson(reply);
    else if (live) progress.finish(answer);
    else writeText(answer.endsWith('\n') ? answer : `${answer}\n`);
  } finally {
    stop();
  }
};

/** The message of a command: its words, what stands on its standard input, or both. */
export const messageFrom = async (words: readonly string[], example: string): Promise<string> => {
  const given = words.filter((word) => word !== '-').join(' ');
  const piped = words.includes('-') || (!process.stdin.isTTY && process.stdin.readable && !isEmptyInput());
  const text = [given, piped ? await readAll(process.stdin) : ''].filter((part) => part.trim() !== '').join('\n\n');
  if (text === '') throw new CliError(`There is no message. Try: ${example}`, 2);
  return text;
};

/** Started by cron or a service there is an input, but it is /dev/null: reading it costs nothing and gives nothing. */
const isEmptyInput = (): boolean => process.stdin.destroyed;

/** Who asks, as the agent's instructions say it. */
export const here = (): TurnContext => ({ timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, channel: 'cli' });

const cancelOnInterrupt = (client: Client, progress: Progress): (() => void) => {
  const interrupt = (): void => {
    const { turnId } = progress;
    if (turnId === undefined) process.exit(130);
    process.stderr.write('\nCancelling …\n');
    client.call(CANCEL, { turn: turnId }).then(
      () => process.exit(130),
      () => process.exit(130),
    );
  };
  process.once('SIGINT', interrupt);
  return () => process.off('SIGINT', interrupt);
};
