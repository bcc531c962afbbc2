import { type MessagePort, Worker } from 'node:worker_threads';
import type { Log } from './log.ts';

/** A program that takes more than this ends, and the gateway does not. */
const MOST_MEMORY_MB = 256;
const LONGEST_LINE = 2_000;

/** `threw`: what it was asked to do it threw at. `late`: not done in time. `ended`: it was over before it was done. `over`: it was over when it was asked. */
export class ProgramFailure extends Error {
  override readonly name = 'ProgramFailure';
  readonly kind: 'threw' | 'late' | 'ended' | 'over';

  constructor(kind: ProgramFailure['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The answer to a call, by its number. `failed` is what was thrown, with where. */
export interface Answered {
  readonly done: number;
  readonly result?: unknown;
  readonly failed?: string | undefined;
}

export interface OwnerProgramOptions {
  /** The module its thread starts from: it loads the program and speaks for it, by `answerCalls`. */
  readonly start: URL;
  readonly data: unknown;
  /** Before each line it prints, in the log. */
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly log: Log;
  /** What it says unasked. */
  readonly heard?: (told: unknown) => void;
  /** It ended, and nobody had closed it. */
  readonly ended?: (reason: string, cause?: Error) => void;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (failure: ProgramFailure) => void;
}

/** A program that the owner of the gateway wrote, in a thread of its own: whatever it throws, and wherever, ends that thread and no more. */
export class OwnerProgram {
  readonly #options: OwnerProgramOptions;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;
  #over = false;

  constructor(options: OwnerProgramOptions) {
    this.#options = options;
    this.#worker = new Worker(options.start, { workerData: options.data, stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB } });
    this.#worker.stdout.on('data', (chunk: Buffer) => this.#tellLines('info', chunk));
    this.#worker.stderr.on('data', (chunk: Buffer) => this.#tellLines('warn', chunk));
    this.#worker.on('message', (told: unknown) => this.#hear(told));
    this.#worker.on('error', (error) => this.#end(`its program failed: ${error.message}`, error));
    this.#worker.on('exit', () => this.#end('its program ended'));
  }

  get over(): boolean {
    return this.#over;
  }

  /** Whether anything that was asked is not done yet. */
  get busy(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves to what came of it. Rejects with a ProgramFailure. */
  ask(asked: object, withinMs: number): Promise<unknown> {
    if (this.#over) return Promise.reject(new ProgramFailure('over', 'its program has ended'));
    const call = ++this.#calls;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => reject(new ProgramFailure('late', `its program did not finish within ${withinMs / 1_000} s`)), withinMs);
    this.#waiting.set(call, { resolve, reject });
    this.#worker.postMessage({ ...asked, call });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(call);
    });
  }

  /** Something that is not answered. */
  tell(told: object): void {
    if (!this.#over) this.#worker.postMessage(told);
  }

  /** What is asked still, fails. Nobody is told that it ended. */
  async close(reason: string): Promise<void> {
    this.#over = true;
    this.#failAll(reason);
    await this.#worker.terminate();
  }

  #hear(told: unknown): void {
    if (!isAnswer(told)) return this.#options.heard?.(told);
    const waiting = this.#waiting.get(told.done);
    if (told.failed === undefined) waiting?.resolve(told.result);
    else waiting?.reject(new ProgramFailure('threw', told.failed));
  }

  #end(reason: string, cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#failAll(reason);
    this.#options.ended?.(reason, cause);
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new ProgramFailure('ended', reason));
  }

  #tellLines(level: 'info' | 'warn', chunk: Buffer): void {
    const { name, fields, log } = this.#options;
    for (const line of chunk.toString().split('\n')) if (line.trim() !== '') log(level, `${name}: ${line.slice(0, LONGEST_LINE)}`, fields);
  }
}

const isAnswer = (told: unknown): told is Answered => typeof told === 'object' && told !== null && 'done' in told && typeof told.done === 'number';

/** The thread's end: what the gateway asks is performed and answered; what it only tells is heard. */
export const answerCalls = <Asked extends { readonly call: number }, Told extends object>(
  port: MessagePort,
  { perform, hear }: { readonly perform: (asked: Asked) => Promise<unknown>; readonly hear?: (told: Told) => void },
): void => {
  const answer = (answered: Answered): void => port.postMessage(answered);
  port.on('message', (told: Asked | Told) => {
    if (!('call' in told)) return hear?.(told);
    // A result is JSON, or nothing: what cannot be handed over must not look as though nothing had come.
    void perform(told).then((result) => answer({ done: told.call, result: result === undefined ? undefined : JSON.parse(JSON.stringify(result)) as unknown })) // Whatever it is, the gateway's end looks at it.
      .catch((thrown: unknown) => answer({ done: told.call, failed: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) }));
  });
};
