import { text as readAll } from 'node:stream/consumers';
import { type Client, named } from '@openclaw/client';
import type { cancelTurn, sendMessage, TurnEvent } from '@openclaw/contract';
import { CliError, type CliHost } from '../host.ts';

interface SendFlags {
  readonly session: string;
  readonly model?: string;
  readonly memory: boolean;
  readonly timeout: number;
  readonly json?: boolean;
  readonly stream?: boolean;
}

const SEND = named<typeof sendMessage>('messages.send');
const CANCEL = named<typeof cancelTurn>('turns.cancel');

/** `openclaw send`: streams to a terminal, prints the whole answer into a pipe. Ctrl-C cancels the turn. */
export const send = async (host: CliHost, words: readonly string[], flags: SendFlags): Promise<void> => {
  const text = await messageFrom(words);
  const { client } = await host.connect();
  const live = !flags.json && (flags.stream || process.stdout.isTTY);
  const progress = new Progress(live ?? false);
  const stop = cancelOnInterrupt(client, progress);
  try {
    const run = client.stream(SEND, {
      session: flags.session,
      text,
      timeoutSeconds: flags.timeout,
      context: { timezone: Intl.DateTimeFormat().resolvedOptions().timeZone, channel: 'cli' },
      options: { ...(flags.model !== undefined && { model: flags.model }), ...(!flags.memory && { noMemory: true }) },
    });
    let step = await run.next();
    for (; !step.done; step = await run.next()) progress.show(step.value);
    const reply = step.value;
    if (flags.json) process.stdout.write(`${JSON.stringify(reply, undefined, 2)}\n`);
    else if (live) progress.finish();
    else if ('text' in reply) process.stdout.write(reply.text.endsWith('\n') ? reply.text : `${reply.text}\n`);
  } finally {
    stop();
  }
};

const messageFrom = async (words: readonly string[]): Promise<string> => {
  const given = words.filter((word) => word !== '-').join(' ');
  const piped = words.includes('-') || (!process.stdin.isTTY && process.stdin.readable && !isEmptyInput());
  const text = [given, piped ? await readAll(process.stdin) : ''].filter((part) => part.trim() !== '').join('\n\n');
  if (text === '') throw new CliError('There is no message. Try: openclaw send "Hello"', 2);
  return text;
};

/** Started by cron or a service there is an input, but it is /dev/null: reading it costs nothing and gives nothing. */
const isEmptyInput = (): boolean => process.stdin.destroyed;

/** Shows a turn on a terminal: its words on stdout, what else happens in grey on stderr. */
class Progress {
  readonly #live: boolean;
  #turnId: string | undefined;
  #atLineStart = true;

  constructor(live: boolean) {
    this.#live = live;
  }

  get turnId(): string | undefined {
    return this.#turnId;
  }

  show(event: TurnEvent): void {
    if (event.type === 'started') this.#turnId = event.turnId;
    if (!this.#live) return;
    if (event.type === 'text') {
      process.stdout.write(event.delta);
      this.#atLineStart = event.delta.endsWith('\n');
    } else if (event.type === 'tool_call') {
      this.#note(`${event.tool} ${JSON.stringify(event.input)}`);
    } else if (event.type === 'tool_result' && event.isError) {
      this.#note(`${event.tool} failed: ${event.output.slice(0, 200)}`);
    } else if (event.type === 'retry') {
      this.#note(`${event.reason}; beginning again`);
    }
  }

  finish(): void {
    if (!this.#atLineStart) process.stdout.write('\n');
  }

  #note(text: string): void {
    this.finish();
    this.#atLineStart = true;
    // A model chose these words: no control characters reach the terminal.
    process.stderr.write(`\u001b[90m· ${text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')}\u001b[0m\n`);
  }
}

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
