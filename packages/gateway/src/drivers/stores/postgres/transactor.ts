import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Sql } from '../../../engine/ports/sql.ts';
import type { Log } from '../../../kernel/log.ts';
import { codeOf, mayTryAgain, spoilsConnection, toStoreError } from './failures.ts';
import { postgresSql } from './postgres-sql.ts';

const ATTEMPTS = 5;

type Work<Output> = (sql: Sql) => Promise<Output>;

/** A commit was asked for and its answer was lost: it may hold, so it must not be done again here. */
class CommitUnknown extends Error {
  override readonly name = 'CommitUnknown';
}

/** Runs units of work on the pool's connections, each as a transaction of its own. */
export class Transactor {
  readonly #pool: pg.Pool;
  readonly #log: Log;

  constructor(pool: pg.Pool, log: Log) {
    this.#pool = pool;
    this.#log = log;
  }

  /** All of it or nothing, tried again where another transaction or a broken connection was in its way. */
  write<Output>(work: Work<Output>): Promise<Output> {
    return this.#persist(() => this.#inTransaction('BEGIN', work));
  }

  /** Several statements that see the database as of one moment. */
  readConsistently<Output>(work: Work<Output>): Promise<Output> {
    return this.#persist(() => this.#inTransaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', work));
  }

  read<Output>(work: Work<Output>): Promise<Output> {
    return this.#persist(() => this.#onConnection((client) => work(postgresSql(client))));
  }

  async #persist<Output>(once: () => Promise<Output>): Promise<Output> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once();
      } catch (thrown) {
        if (thrown instanceof CommitUnknown) throw toStoreError(thrown.cause);
        if (attempt >= ATTEMPTS || !mayTryAgain(thrown)) throw toStoreError(thrown);
        this.#log('debug', 'a database transaction is tried again', { attempt, code: codeOf(thrown) });
        await sleep(10 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  #inTransaction<Output>(begin: string, work: Work<Output>): Promise<Output> {
    return this.#onConnection(async (client) => {
      await client.query(begin);
      const output = await work(postgresSql(client));
      await commit(client);
      return output;
    });
  }

  /** A connection goes back to the pool clean, or not at all. */
  async #onConnection<Output>(work: (client: pg.PoolClient) => Promise<Output>): Promise<Output> {
    const client = await this.#pool.connect();
    // Without a listener, a connection that breaks while it is in use ends the process; the statement under way rejects anyway.
    const ignore = (): void => {};
    client.on('error', ignore);
    let spoiled = false;
    try {
      return await work(client);
    } catch (thrown) {
      spoiled = thrown instanceof CommitUnknown || spoilsConnection(thrown) || !(await rolledBack(client));
      throw thrown;
    } finally {
      client.off('error', ignore);
      client.release(spoiled);
    }
  }
}

const commit = async (client: pg.ClientBase): Promise<void> => {
  let command: string;
  try {
    ({ command } = await client.query('COMMIT'));
  } catch (thrown) {
    if (codeOf(thrown).startsWith('40')) throw thrown;
    throw new CommitUnknown('the answer to a commit was lost', { cause: thrown });
  }
  // Postgres answers the commit of a broken transaction with ROLLBACK and no error.
  if (command !== 'COMMIT') throw new Error(`the transaction was not committed: ${command}`);
};

const rolledBack = (client: pg.ClientBase): Promise<boolean> =>
  client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
