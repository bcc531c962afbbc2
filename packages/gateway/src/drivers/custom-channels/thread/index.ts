import { Worker } from 'node:worker_threads';
import { type ChannelAdapter, type ChannelContext, type ChannelDriver, ChannelFailure } from '../../../engine/ports/channel.ts';
import type { Log } from '../../../kernel/log.ts';
import type { FromThread, ThreadStart, ToThread } from './protocol.ts';
import { readSaid } from './read-said.ts';

/** An answer is handed over whole: how it is cut is the program's to say. */
const LONGEST_TEXT = 1_000_000;
const CONNECT_WITHIN_MS = 30_000;
const REPLY_WITHIN_MS = 30_000;
const DISCONNECT_WITHIN_MS = 1_000;
/** A program that takes more than this ends, and the gateway does not. */
const MOST_MEMORY_MB = 256;

interface Waiting {
  resolve(): void;
  reject(failure: ChannelFailure): void;
}

type Asked = ToThread extends infer Each ? (Each extends { readonly call: number } ? Omit<Each, 'call'> : never) : never;

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
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #calls = 0;
  #over = false;

  constructor(options: Options) {
    this.#options = options;
  }

  async connect(context: ChannelContext): Promise<void> {
    const { name, file, section, log } = this.#options;
    log('info', `the channel ${name} is the program ${file}`, { channel: name });
    const limit = section['max_connections'];
    const worker = new Worker(new URL('./serve-channel.ts', import.meta.url), {
      workerData: { file, maxConnections: typeof limit === 'number' ? limit : undefined } satisfies ThreadStart,
      stdout: true, stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
    });
    this.#worker = worker;
    worker.stdout.on('data', (chunk: Buffer) => this.#tellLines('info', chunk));
    worker.stderr.on('data', (chunk: Buffer) => this.#tellLines('warn', chunk));
    worker.on('message', (told: FromThread) => void this.#hear(told, context));
    worker.on('error', (error) => this.#ended(context, `its program failed: ${error.message}`, error));
    worker.on('exit', () => this.#ended(context, 'its program ended'));
    await this.#ask({ do: 'connect', config: section }, CONNECT_WITHIN_MS);
    context.connected();
  }

  async disconnect(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    if (!this.#over) await this.#ask({ do: 'disconnect' }, DISCONNECT_WITHIN_MS).catch(() => {});
    this.#over = true;
    this.#failAll('the channel was closed');
    await worker.terminate();
  }

  async send({ address, text }: Parameters<ChannelAdapter['send']>[0]): ReturnType<ChannelAdapter['send']> {
    const { channel, to, thread, inReplyTo } = address;
    await this.#ask({ do: 'reply', address: { channel, to, thread, inReplyTo }, text }, REPLY_WITHIN_MS);
    return { externalId: inReplyTo ?? to };
  }

  #ask(asked: Asked, withinMs: number): Promise<void> {
    const call = ++this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (this.#over) reject(new ChannelFailure('passing', 'its program has ended'));
    const timer = setTimeout(() => reject(new ChannelFailure('unknown', `its program did not finish within ${withinMs / 1_000} s`)), withinMs);
    this.#waiting.set(call, { resolve, reject });
    this.#worker?.postMessage({ ...asked, call } satisfies ToThread);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(call);
    });
  }

  async #hear(told: FromThread, context: ChannelContext): Promise<void> {
    if ('done' in told) {
      const waiting = this.#waiting.get(told.done);
      if (told.failed === undefined) return waiting?.resolve();
      this.#options.log('warn', `the program of the channel ${this.#options.name} threw`, { channel: this.#options.name, cause: told.failed });
      return waiting?.reject(new ChannelFailure('passing', `its program threw: ${told.failed.split('\n')[0] ?? ''}`));
    }
    const message = readSaid(told.said, Date.now());
    const refused = typeof message === 'string' ? message : await context.received(message).then(() => undefined, (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)));
    if (refused !== undefined) this.#options.log('warn', `a message of the channel ${this.#options.name} could not be taken`, { channel: this.#options.name, reason: refused });
    if (!this.#over) this.#worker?.postMessage({ do: 'stored', message: told.message, refused } satisfies ToThread);
  }

  #ended(context: ChannelContext, reason: string, cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#failAll(reason);
    context.disconnected(new ChannelFailure('passing', reason, { cause }));
  }

  /** Whether what was handed over was done, nobody can say. */
  #failAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new ChannelFailure('unknown', reason));
  }

  #tellLines(level: 'info' | 'warn', chunk: Buffer): void {
    const { name, log } = this.#options;
    for (const line of chunk.toString().split('\n')) if (line.trim() !== '') log(level, `${name}: ${line.slice(0, 2_000)}`, { channel: name });
  }
}
