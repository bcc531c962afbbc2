import { text as readAll } from 'node:stream/consumers';
import { named } from '@openclaw/client';
import type { cancelTurn, Reply, TurnContext } from '@openclaw/contract';
import { writeJson, writeText } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import { Progress } from './progress.ts';
import type { ShownEvent } from './through-restarts.ts';

export interface Shown {
  readonly json?: boolean;
  readonly stream?: boolean;
  /** What the JSON holds besides the reply. */
  readonly more?: (reply: Reply) => object;
  /** What whoever looks on is told when the turn has begun. */
  readonly opening?: (turnId: string) => string;
  /** Ctrl-C ends the watching, and not what is watched. */
  readonly onlyWatches?: boolean;
}

const CANCEL = named<typeof cancelTurn>('turns.cancel');

/** Runs a turn to its end: streamed to a terminal, whole into a pipe. Ctrl-C cancels it. */
export const present = async (host: CliHost, run: AsyncGenerator<ShownEvent, Reply>, { json, stream, more, opening, onlyWatches }: Shown): Promise<void> => {
  const live = !json && Boolean(stream ?? process.stdout.isTTY);
  const progress = new Progress(live);
  const stop = onlyWatches ? () => {} : cancelOnInterrupt(host, progress);
  try {
    let step = await run.next();
    for (; !step.done; step = await run.next()) {
      if (opening && live && step.value.type === 'started') progress.note(opening(step.value.turnId));
      progress.show(step.value);
    }
    const reply = step.value;
    if (json) writeJson({ ...reply, ...more?.(reply) });
    else if (live) progress.finish();
    else writeText(reply.text.endsWith('\n') ? reply.text : `${reply.text}\n`);
  } finally {
    stop();
  }
};

const HINT_AFTER_MS = 3_000;

/** The message of a command: its words, what stands on its standard input, or both. */
export const messageFrom = async (words: readonly string[], example: string): Promise<string> => {
  const given = words.filter((word) => word !== '-').join(' ');
  const piped = words.includes('-') || (!process.stdin.isTTY && process.stdin.readable && !isEmptyInput());
  const text = [given, piped ? await readInput() : ''].filter((part) => part.trim() !== '').join('\n\n');
  if (text === '') throw new CliError(`There is no message. Try: ${example}`, 2);
  return text;
};

/** A program that starts this one may leave its input open for ever: whoever looks why nothing happens is told. */
const readInput = async (): Promise<string> => {
  const hint = setTimeout(() => process.stderr.write('Waiting for the rest of the message on standard input, which is open: end it, or start with </dev/null\n'), HINT_AFTER_MS);
  try {
    return await readAll(process.stdin);
  } finally {
    clearTimeout(hint);
  }
};

/** Started by cron or a service there is an input, but it is /dev/null: reading it costs nothing and gives nothing. */
const isEmptyInput = (): boolean => process.stdin.destroyed;

/** Who asks, as the agent's instructions say it. */
export const here = (): TurnContext => ({ timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, channel: 'cli' });

const cancelOnInterrupt = (host: CliHost, progress: Progress): (() => void) => {
  const interrupt = (): void => {
    const { turnId } = progress;
    if (turnId === undefined) process.exit(130);
    process.stderr.write('\nCancelling …\n');
    const leave = (): never => process.exit(130);
    host.connect().then(({ client }) => client.call(CANCEL, { turn: turnId })).then(leave, leave);
  };
  process.once('SIGINT', interrupt);
  return () => process.off('SIGINT', interrupt);
};
