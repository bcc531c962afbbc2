import type { DatabaseSync } from 'node:sqlite';
import { GatewayError } from '@openclaw/contract/errors';
import type { Transactions } from '../../../engine/ports/sql.ts';
import { DiskRoom } from './disk-room.ts';
import { SYNCED } from './open-connection.ts';
import { sqliteSql } from './sqlite-sql.ts';
import { SyncedMark } from './synced-mark.ts';
import type { Failure, ThreadAnswer, ThreadCall } from './thread-protocol.ts';

const SQLITE_FULL = 13;

/** Transactions that are treated apart, by name. */
export interface CallKinds {
  /** Bring new work in: refused first when the disk is full. */
  readonly admitting: ReadonlySet<string>;
  /** A power cut may undo them, because what they say would be true again without them: that a turn has been begun. */
  readonly relaxed: ReadonlySet<string>;
}

type Durability = 'durable' | 'relaxed';

/** Does many transactions in one commit: each stands or falls by itself, all wait for the same sync of the disk. */
export class GroupCommit {
  readonly #connection: DatabaseSync;
  readonly #transactions: Transactions;
  readonly #kinds: CallKinds;
  readonly #sql;
  /** Compiled once: they run several times a turn. */
  readonly #steps;
  readonly #room: DiskRoom;
  readonly #mark: SyncedMark;
  #durability: Durability = 'durable';

  /** `file` is the database that `connection` is on. */
  constructor(connection: DatabaseSync, file: string, transactions: Transactions, kinds: CallKinds) {
    this.#connection = connection;
    this.#transactions = transactions;
    this.#kinds = kinds;
    this.#sql = sqliteSql(connection);
    this.#steps = {
      begin: connection.prepare('BEGIN IMMEDIATE'),
      commit: connection.prepare('COMMIT'),
      savepoint: connection.prepare('SAVEPOINT one'),
      release: connection.prepare('RELEASE one'),
    };
    this.#room = new DiskRoom(connection, file);
    this.#mark = new SyncedMark(file);
  }

  sort(calls: readonly ThreadCall[]): readonly [relaxed: readonly ThreadCall[], durable: readonly ThreadCall[]] {
    const { relaxed } = this.#kinds;
    return [calls.filter(({ name }) => relaxed.has(name)), calls.filter(({ name }) => !relaxed.has(name))];
  }

  async run(calls: readonly ThreadCall[], durability: Durability): Promise<readonly ThreadAnswer[]> {
    try {
      this.#room.look();
      this.#setDurability(durability);
      return await this.#commit(calls);
    } catch (thrown) {
      this.#abandon();
      if (!isFull(thrown)) return calls.map(({ id }) => ({ id, failure: toFailure(thrown) }));
      return this.#runWithoutBallast(calls);
    }
  }

  /** After its connection. */
  close(): void {
    this.#mark.close();
  }

  /** The disk is full: gives up the ballast and does what finishes work; new work is refused by `#commit`. */
  async #runWithoutBallast(calls: readonly ThreadCall[]): Promise<readonly ThreadAnswer[]> {
    try {
      this.#room.ranOut();
      return await this.#commit(calls);
    } catch (thrown) {
      this.#abandon();
      const failure = isFull(thrown) ? toFailure(noRoom()) : toFailure(thrown);
      return calls.map(({ id }) => ({ id, failure }));
    }
  }

  async #commit(calls: readonly ThreadCall[]): Promise<readonly ThreadAnswer[]> {
    this.#steps.begin.run();
    const answers: ThreadAnswer[] = [];
    for (const call of calls) answers.push(await this.#one(call));
    this.#steps.commit.run();
    if (this.#durability === 'durable') this.#mark.move();
    return answers;
  }

  async #one({ id, name, input }: ThreadCall): Promise<ThreadAnswer> {
    const transaction = this.#transactions[name];
    if (!transaction) return { id, failure: toFailure(new Error(`no transaction is called ${name}`)) };
    if (this.#room.full && this.#kinds.admitting.has(name)) return { id, failure: toFailure(noRoom()) };
    this.#steps.savepoint.run();
    try {
      // The facade on the other side of the thread typed the input; here it is only carried.
      const output = await transaction(this.#sql, input as never);
      this.#steps.release.run();
      return { id, output };
    } catch (thrown) {
      // A full disk undoes the whole group, so the group is done again.
      if (isFull(thrown) || !this.#connection.isTransaction) throw thrown;
      this.#connection.exec('ROLLBACK TO one; RELEASE one');
      return { id, failure: toFailure(thrown) };
    }
  }

  /** In WAL mode a commit is synced in FULL only; the next FULL one takes those before it to the disk with it. */
  #setDurability(durability: Durability): void {
    if (durability === this.#durability) return;
    this.#durability = durability;
    this.#connection.exec(`PRAGMA synchronous = ${durability === 'durable' ? SYNCED : 'NORMAL'}`);
  }

  #abandon(): void {
    if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
  }
}

const noRoom = (): GatewayError =>
  new GatewayError('storage_full', 'The disk is full; free some space and try again', { retryAfterSeconds: 5 });

/** busy, locked, no memory, read-only, I/O error, full, cannot open, locking protocol */
const PASSING: ReadonlySet<number | undefined> = new Set([5, 6, 7, 8, 10, SQLITE_FULL, 14, 15]);

const sqliteCode = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined;

const isFull = (thrown: unknown): boolean => sqliteCode(thrown) === SQLITE_FULL;

const toFailure = (thrown: unknown): Failure => {
  if (thrown instanceof GatewayError) return { name: thrown.name, message: thrown.message, code: thrown.code, details: thrown.details };
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  return { name: thrown.name, message: thrown.message, passing: PASSING.has(sqliteCode(thrown)) };
};
