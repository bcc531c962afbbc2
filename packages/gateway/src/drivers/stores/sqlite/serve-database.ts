import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { Transactions } from '../../../engine/ports/sql.ts';
import type { Migration } from '../kit/schema.ts';
import { type CallKinds, GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { openWriter } from './open-connection.ts';
import { parseCall, type FromThread, type ThreadCall, type ThreadStart, type ToThread } from './thread-protocol.ts';

export interface DatabaseWork extends CallKinds {
  readonly transactions: Transactions;
  readonly migrations: readonly Migration[];
}

/** Runs in a thread of its own: owns the connection that writes, so that waiting for the disk stops nothing else. */
export const serveDatabase = ({ transactions, migrations, ...kinds }: DatabaseWork): void => {
  const port = parentPort;
  if (!port) throw new Error('the database thread was started as a process');
  const tell = (message: FromThread): void => port.postMessage(message);
  // Both ends of the channel are ours.
  const { file } = workerData as ThreadStart;

  try {
    const connection = openWriter(file);
    migrate(connection, migrations);
    const group = new GroupCommit(connection, file, transactions, kinds);
    const waiting: ThreadCall[] = [];
    let busy = false;
    let closing = false;

    const receive = (message: ToThread): void => {
      if ('close' in message) closing = true;
      else waiting.push(...message.calls.map(parseCall));
    };
    /** Whatever has arrived while the last commit was being synced joins this one. */
    const takeWaiting = (): ThreadCall[] => {
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) receive(next.message as ToThread);
      return waiting.splice(0);
    };
    const work = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      for (let calls = takeWaiting(); calls.length > 0; calls = takeWaiting()) {
        // Those that need not wait for the disk do not wait for those that must.
        const [relaxed, durable] = group.sort(calls);
        if (relaxed.length > 0) tell({ answers: JSON.stringify(await group.run(relaxed, 'relaxed')) });
        if (durable.length > 0) tell({ answers: JSON.stringify(await group.run(durable, 'durable')) });
      }
      busy = false;
      if (closing) {
        connection.close();
        port.close();
      }
    };
    port.on('message', (message: ToThread) => {
      receive(message);
      void work();
    });
    tell({ ready: true });
  } catch (thrown) {
    tell({ startFailed: thrown instanceof Error ? thrown.message : String(thrown) });
    port.close();
  }
};
