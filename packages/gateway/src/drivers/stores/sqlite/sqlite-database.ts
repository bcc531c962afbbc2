import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type ErrorDetails, GatewayError, isErrorCode } from '@openclaw/contract/errors';
import { StaleHold } from '../../../engine/ports/channel-store.ts';
import type { Database, Transactions } from '../../../engine/ports/sql.ts';
import { StaleFence } from '../../../engine/ports/turn-records.ts';
import { ASKED_AGAIN } from '../kit/sql-store.ts';
import { openReader } from './open-connection.ts';
import { sqliteSql } from './sqlite-sql.ts';
import { parseAnswers, type Failure, type FromThread, type ThreadCall, type ToThread } from './thread-protocol.ts';

/** In characters: what is written between two turns of the event loop. */
const LARGEST_POST = 4_000_000;

/** Answers that are kept for who asks again. */
const MOST_KEPT = 64;

interface Waiting {
  resolve(output: unknown): void;
  reject(reason: Error): void;
}

/**
 * The embedded database: writes go to its thread, short reads are done here on a connection of their own.
 * `thread` is the module that calls `serveDatabase` with the same transactions.
 */
export const openSqliteDatabase = async <Table extends Transactions>(
  file: string,
  thread: URL,
  transactions: Table,
): Promise<Database<Table>> => {
  const worker = await threadFor(file, thread);
  const link = new ThreadLink(worker);
  const reader = openReader(file);
  const sql = sqliteSql(reader);
  const asked = new AskedAgain(link);
  return {
    // Answers of one name have that transaction's shape: both sides hold the same table.
    write: (name, input) => link.call(name, input) as never,
    read: (name, input) => {
      // Readers may still come in while the last of a stop is done.
      if (!reader.isOpen) return Promise.reject(unavailable(new Error('the database is closed')));
      const transaction = transactions[name];
      if (!transaction) return Promise.reject(new Error(`no transaction is called ${name}`)) as never;
      return (ASKED_AGAIN.has(name) ? asked.read(input === undefined ? name : `${name} ${JSON.stringify(input)}`, () => transaction(sql, input as never)) : transaction(sql, input as never)) as never;
    },
    close: async () => {
      reader.close();
      if (await link.close()) putAside(thread, worker);
    },
  };
};

/** Threads whose database was closed, by their module: to begin one takes longer than to open a database. They keep no process from ending. */
const idle = new Map<string, Worker[]>();

const threadFor = async (file: string, module: URL): Promise<Worker> => {
  const worker = idle.get(module.href)?.pop() ?? new Worker(module, { resourceLimits: { maxYoungGenerationSizeMb: 8 } });
  worker.ref();
  worker.postMessage({ open: file } satisfies ToThread);
  const [first] = (await once(worker, 'message')) as [FromThread];
  if (!('refused' in first)) return worker;
  putAside(module, worker);
  throw new Error(first.refused);
};

const putAside = (module: URL, worker: Worker): void => {
  // By name: others are Node's own.
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  worker.unref();
  idle.set(module.href, [...(idle.get(module.href) ?? []), worker]);
};

/** Answers to reads, kept until something is written. This process is the only one that writes. */
class AskedAgain {
  readonly #link: Pick<ThreadLink, 'writes' | 'isWriting'>;
  readonly #kept = new Map<string, Promise<unknown>>();
  #after = 0;

  constructor(link: Pick<ThreadLink, 'writes' | 'isWriting'>) {
    this.#link = link;
  }

  read(question: string, ask: () => Promise<unknown>): Promise<unknown> {
    const { writes, isWriting } = this.#link;
    // What is being written may be there already or not yet: only the database knows.
    if (isWriting) return ask();
    if (this.#after !== writes || this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#after = writes;
    const known = this.#kept.get(question);
    if (known) return known;
    const answer = ask();
    this.#kept.set(question, answer);
    answer.catch(() => this.#kept.delete(question));
    return answer;
  }
}

/** Calls across the thread boundary. Those made in one turn of the event loop travel together. */
class ThreadLink {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #outbox: ThreadCall[] = [];
  readonly #closed = Promise.withResolvers<boolean>();
  #nextId = 1;
  #dead: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error) => this.#die(error));
    worker.on('exit', () => this.#die(new Error('the database thread has ended')));
  }

  /** How many calls there have been. */
  get writes(): number {
    return this.#nextId;
  }

  get isWriting(): boolean {
    return this.#waiting.size > 0;
  }

  call(name: string, input: unknown): Promise<unknown> {
    if (this.#dead) return Promise.reject(unavailable(this.#dead));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      if (this.#outbox.push({ id, name, input }) === 1) setImmediate(() => this.#flush());
    });
  }

  /** False where the thread has ended. */
  async close(): Promise<boolean> {
    if (this.#dead) return false;
    while (this.#outbox.length > 0) this.#flush();
    this.#dead = new Error('the store was closed');
    this.#worker.postMessage({ close: true } satisfies ToThread);
    return this.#closed.promise;
  }

  /** Posts what is waiting. Past a size the rest waits for the next turn of the event loop: writing a large text takes long, and others wait. */
  #flush(): void {
    const calls: string[] = [];
    let characters = 0;
    let taken = 0;
    for (const call of this.#outbox) {
      if (characters >= LARGEST_POST) break;
      taken++;
      const text = this.#write(call);
      if (text === '') continue;
      calls.push(text);
      characters += text.length;
    }
    if (calls.length > 0) this.#worker.postMessage({ calls } satisfies ToThread);
    this.#outbox.splice(0, taken);
    if (this.#outbox.length > 0) setImmediate(() => this.#flush());
  }

  /** A call as text; one that is no text is refused, and takes nobody along. */
  #write(call: ThreadCall): string {
    try {
      return JSON.stringify(call);
    } catch (thrown) {
      this.#waiting.get(call.id)?.reject(new Error(`${call.name} holds more than can be stored: ${String(thrown)}`));
      this.#waiting.delete(call.id);
      return '';
    }
  }

  #receive(message: FromThread): void {
    if ('closed' in message) this.#closed.resolve(true);
    if (!('answers' in message)) return;
    for (const answer of parseAnswers(message.answers)) {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('failure' in answer) waiting?.reject(toError(answer.failure));
      else waiting?.resolve(answer.output);
    }
  }

  #die(error: Error): void {
    this.#dead ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(unavailable(error));
    this.#waiting.clear();
    this.#closed.resolve(false);
  }
}

const unavailable = (cause: unknown): GatewayError =>
  new GatewayError('store_unavailable', 'The store takes no writes now', { retryAfterSeconds: 5 }, cause);

const toError = (failure: Failure): Error => {
  if (failure.name === 'StaleHold') return new StaleHold(failure.message);
  if (failure.name === 'StaleFence') return new StaleFence(failure.message);
  if (failure.code !== undefined && isErrorCode(failure.code)) {
    return new GatewayError(failure.code, failure.message, (failure.details ?? {}) satisfies ErrorDetails);
  }
  // What only our own mistake explains must not be tried again for ever.
  return failure.passing ? unavailable(new Error(failure.message)) : new Error(failure.message);
};
