import { type ChannelAdapter, type ChannelContext, type ChannelDriver, ChannelFailure } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import { OwnerProgram, ProgramFailure } from '../../../kernel/owner-program.ts';
import type { Asked, Said, Stored, ThreadStart } from './protocol.ts';
import { readSaid } from './read-said.ts';

/** An answer is handed over whole: how it is cut is the program's to say. */
const LONGEST_TEXT = 1_000_000;
const CONNECT_WITHIN_MS = 30_000;
const REPLY_WITHIN_MS = 30_000;
const DISCONNECT_WITHIN_MS = 1_000;

/** A class the owner wrote, in a thread of its own: whatever it throws, and wherever, ends that thread and no more. */
export const customChannel = ({ name, file }: { readonly name: string; readonly file: string }): ChannelDriver => ({
  name,
  senderId: /./s,
  open: (section, { log }) => new CustomAdapter({ name, file, section, log }),
});

interface Options {
  readonly name: string;
  readonly file: string;
  readonly section: Readonly<Record<string, unknown>>;
  readonly log: Log;
}

class CustomAdapter implements ChannelAdapter {
  readonly capabilities = { longestText: LONGEST_TEXT, edit: false, awaitsAnswers: true } as const;
  readonly #options: Options;
  #program: OwnerProgram | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  async connect(context: ChannelContext): Promise<void> {
    const { name, file, section, log } = this.#options;
    log('info', `the channel ${name} is the program ${file}`, { channel: name });
    const limit = section['max_connections'];
    this.#program = new OwnerProgram({
      start: new URL('./serve-channel.ts', import.meta.url),
      data: { file, maxConnections: typeof limit === 'number' ? limit : undefined } satisfies ThreadStart,
      name, log, fields: { channel: name },
      // The thread says nothing else unasked.
      heard: (told) => void this.#hear(told as Said, context),
      ended: (reason, cause) => context.disconnected(new ChannelFailure('passing', reason, { cause })),
    });
    await this.#ask({ do: 'connect', config: section }, CONNECT_WITHIN_MS);
    context.connected();
  }

  async disconnect(): Promise<void> {
    const program = this.#program;
    if (!program) return;
    if (!program.over) await this.#ask({ do: 'disconnect' }, DISCONNECT_WITHIN_MS).catch(() => {});
    await program.close('the channel was closed');
  }

  async send({ address, text }: Parameters<ChannelAdapter['send']>[0]): ReturnType<ChannelAdapter['send']> {
    const { channel, to, thread, inReplyTo } = address;
    await this.#ask({ do: 'reply', address: { channel, to, thread, inReplyTo }, text }, REPLY_WITHIN_MS);
    return { externalId: inReplyTo ?? to };
  }

  async #ask(asked: Asked, withinMs: number): Promise<void> {
    if (!this.#program) throw new ChannelFailure('passing', 'its program was not started');
    try {
      await this.#program.ask(asked, withinMs);
    } catch (thrown) {
      throw thrown instanceof ProgramFailure ? this.#asChannelFailure(thrown) : thrown;
    }
  }

  /** What it threw at was not done, nor what nobody could ask of it. Whether anything else was done, nobody can say. */
  #asChannelFailure({ kind, message }: ProgramFailure): ChannelFailure {
    const { name, log } = this.#options;
    if (kind !== 'threw') return new ChannelFailure(kind === 'over' ? 'passing' : 'unknown', message);
    log('warn', `the program of the channel ${name} threw`, { channel: name, cause: message });
    return new ChannelFailure('passing', `its program threw: ${message.split('\n')[0] ?? ''}`);
  }

  async #hear(told: Said, context: ChannelContext): Promise<void> {
    const message = readSaid(told.said, Date.now());
    const refused = typeof message === 'string' ? message : await context.received(message).then(() => undefined, (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)));
    const { name, log } = this.#options;
    if (refused !== undefined) log('warn', `a message of the channel ${name} could not be taken`, { channel: name, reason: refused });
    this.#program?.tell({ message: told.message, refused } satisfies Stored);
  }
}
