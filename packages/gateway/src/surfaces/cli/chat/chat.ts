import { type Client, named } from '@openclaw/client';
import { GatewayError } from '@openclaw/contract/errors';
import type { cancelTurn, sendMessage } from '@openclaw/contract';
import { plainLine } from '../kit/terminal.ts';
import { CliError, type CliHost } from '../host.ts';
import { here } from '../talk/ask.ts';
import { Progress } from '../talk/progress.ts';
import { throughRestarts } from '../talk/through-restarts.ts';
import { type ChatPlace, completeCommand, modelOf, obey } from './chat-commands.ts';
import type { ChatHistory } from './host.ts';
import { LineReader } from './line-reader.ts';

const SEND = named<typeof sendMessage>('messages.send');
const CANCEL = named<typeof cancelTurn>('turns.cancel');
/** Longer than any turn may take. */
const PATIENCE_SECONDS = 86_400;

/** `openclaw chat`: a conversation on this terminal. */
export const chat = async (host: CliHost, { session, model }: { readonly session: string; readonly model?: string }): Promise<void> => {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new CliError('A chat needs a terminal. For scripts there is: openclaw send "Hello"', 2);
  let place: ChatPlace = { session, model };
  const client = async (): Promise<Client> => (await host.connect()).client;
  process.stdout.write(`Talking to ${plainLine(await modelOf(await client(), place))}. /help says what else there is; Ctrl-D leaves.\n`);

  const history = await host.chatHistory();
  let running: RunningTurn | undefined;
  let interrupts = 0;
  const interrupt = (): void => {
    interrupts++;
    if (interrupts > 1) return leave(reader, running);
    if (running) return running.cancel();
    if (reader.line === '') process.stdout.write('\n(Ctrl-C again leaves)');
    else interrupts = 0;
    reader.clearLine();
  };
  const reader: LineReader = new LineReader({ history, complete: completeCommand, onInterrupt: interrupt });

  for (;;) {
    const text = await reader.read(`${plainLine(place.session).replace(/^agent:[^:]+:/, '')}> `);
    if (text === undefined) break;
    interrupts = 0;
    if (text.trim() === '') continue;
    await remember(history, text);
    if (/^\/(?!\/)/.test(text)) {
      const next = await obey(text, place, client).catch((thrown: unknown) => tell(thrown, place));
      if (next === undefined) break;
      place = next;
      continue;
    }
    running = new RunningTurn(host);
    await running.show(place, text.replace(/^\/\//, '/'));
    running = undefined;
  }
  reader.close();
};

/** A full disk must not end a conversation. */
const remember = async (history: ChatHistory, text: string): Promise<void> => {
  for (const line of text.split('\n')) if (line.trim() !== '') await history.add(line).catch(() => {});
};

const leave = (reader: LineReader, running: RunningTurn | undefined): void => {
  reader.close();
  if (!running) return;
  // The turn was cancelled at the first Ctrl-C; nobody waits for its last words.
  process.stdout.write('\n');
  process.exit(130);
};

const tell = <T>(thrown: unknown, answer: T): T => {
  const code = thrown instanceof GatewayError ? ` [${thrown.code}]` : '';
  process.stderr.write(`${plainLine(thrown instanceof Error ? thrown.message : String(thrown))}${code}\n`);
  return answer;
};

/** One message and its answer on the screen. */
class RunningTurn {
  readonly #host: CliHost;
  readonly #progress = new Progress(true);
  readonly #left = new AbortController();
  #cancelled = false;

  constructor(host: CliHost) {
    this.#host = host;
  }

  /** Never rejects: what went wrong is told, and the chat goes on. */
  async show({ session, model }: ChatPlace, text: string): Promise<void> {
    const input = { session, text, timeoutSeconds: PATIENCE_SECONDS, context: here(), options: model === undefined ? {} : { model } };
    try {
      const run = throughRestarts(this.#host, SEND, input, { signal: this.#left.signal, seconds: PATIENCE_SECONDS, patient: true });
      for (let step = await run.next(); !step.done; step = await run.next()) this.#progress.show(step.value);
      this.#progress.finish();
    } catch (thrown) {
      this.#progress.finish();
      if (this.#cancelled) this.#progress.note('cancelled');
      else tell(thrown, undefined);
    }
  }

  cancel(): void {
    this.#cancelled = true;
    const { turnId } = this.#progress;
    const giveUp = (): void => this.#left.abort();
    if (turnId === undefined) return giveUp();
    // The turn ends with its stream; where the gateway is away there is nobody to tell.
    this.#host.connect().then(({ client }) => client.call(CANCEL, { turn: turnId })).then(undefined, giveUp);
  }
}
