import type { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { Transactions } from '../../../engine/ports/sql.ts';
import type { Migration } from '../kit/schema.ts';
import { type CallKinds, GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { openWriter } from './open-connection.ts';
import { parseCall, type FromThread, type ThreadAnswer, type ThreadCall, type ToThread } from './thread-protocol.ts';

export interface DatabaseWork extends CallKinds {
  readonly transactions: Transactions;
  readonly migrations: readonly Migration[];
}

/** Runs in a thread of its own: owns the connection that writes, so that waiting for the disk stops nothing else. */
export const serveDatabase = (work: DatabaseWork): void => {
  const port = parentPort;
  if (!port) throw new Error('the database thread was started as a process');
  const tell = (message: FromThread): void => port.postMessage(message);
  let served: Served | undefined;
  const open = (file: string): void => {
    try {
      served = new Served(file, work, port);
      tell({ opened: true });
    } catch (thrown) {
      tell({ refused: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  };
  port.on('message', (message: ToThread) => {
    if ('open' in message) open(message.open);
    else void served?.take(message).then((closed) => closed && tell({ closed: true }));
  });
};

/** A database that is open. */
class Served {
  readonly #port: MessagePort;
  readonly #connection: DatabaseSync;
  readonly #group: GroupCommit;
  readonly #waiting: ThreadCall[] = [];
  #busy = false;
  #closing = false;

  constructor(file: string, { transactions, migrations, ...kinds }: DatabaseWork, port: MessagePort) {
    this.#port = port;
    this.#connection = openWriter(file);
    try {
      migrate(this.#connection, migrations);
      this.#group = new GroupCommit(this.#connection, file, transactions, kinds);
    } catch (thrown) {
      this.#connection.close();
      throw thrown;
    }
  }

  /** True once it is closed. */
  async take(message: ToThread): Promise<boolean> {
    this.#receive(message);
    if (this.#busy) return false;
    this.#busy = true;
    for (let calls = this.#takeWaiting(); calls.length > 0; calls = this.#takeWaiting()) {
      // Those that need not wait for the disk do not wait for those that must.
      const [relaxed, durable] = this.#group.sort(calls);
      if (relaxed.length > 0) this.#answer(await this.#group.run(relaxed, 'relaxed'));
      if (durable.length > 0) this.#answer(await this.#group.run(durable, 'durable'));
    }
    this.#busy = false;
    if (!this.#closing) return false;
    this.#connection.close();
    this.#group.close();
    return true;
  }

  #receive(message: ToThread): void {
    if ('close' in message) this.#closing = true;
    else if ('calls' in message) this.#waiting.push(...message.calls.map(parseCall));
  }

  /** Whatever has arrived while the last commit was being synced joins this one. */
  #takeWaiting(): ThreadCall[] {
    // Both ends of the channel are ours.
    for (let next = receiveMessageOnPort(this.#port); next; next = receiveMessageOnPort(this.#port)) this.#receive(next.message as ToThread);
    return this.#waiting.splice(0);
  }

  #answer(answers: readonly ThreadAnswer[]): void {
    this.#port.postMessage({ answers: JSON.stringify(answers) } satisfies FromThread);
  }
}
