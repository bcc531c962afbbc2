import type { Lease } from './queue.ts';

/**
 * SQL inside one open transaction. The statements are written once, for SQLite and Postgres alike: `?` placeholders, text for JSON,
 * integers for times (epoch milliseconds) and for truth (0 or 1).
 */
export interface Sql {
  all<Row>(text: string, ...values: readonly SqlValue[]): Promise<readonly Row[]>;
  one<Row>(text: string, ...values: readonly SqlValue[]): Promise<Row | undefined>;
  /** How many rows it changed. */
  run(text: string, ...values: readonly SqlValue[]): Promise<number>;
}

export type SqlValue = string | number | null;

/** One unit of work on the database. Runs where the database is (a thread of its own, for SQLite), so both sides must survive being copied. */
export type Transaction<Input = never, Output = unknown> = (sql: Sql, input: Input) => Promise<Output>;

/** The work a database can be asked to do, by name. */
export type Transactions = Readonly<Record<string, Transaction>>;

export type InputOfTransaction<T> = T extends Transaction<infer Input, unknown> ? Input : never;
export type OutputOfTransaction<T> = T extends (sql: Sql, input: never) => Promise<infer Output> ? Output : never;

/**
 * Runs transactions by name.
 *
 * - `write` resolves only when what it wrote survives a power cut. Concurrent writes may share one commit.
 * - `read` sees every write that has resolved.
 */
export interface Database<Table extends Transactions> {
  write<Name extends keyof Table & string>(name: Name, input: InputOfTransaction<Table[Name]>): Promise<OutputOfTransaction<Table[Name]>>;
  read<Name extends keyof Table & string>(name: Name, input: InputOfTransaction<Table[Name]>): Promise<OutputOfTransaction<Table[Name]>>;
  close(): Promise<void>;
}

/** The queue's part inside the store's transactions. */
export interface QueueInTransaction {
  /** With `takeFor`, a queue that can gives the job to that node at once, if nothing of its session is before it. */
  enqueue(sql: Sql, job: { readonly turnId: string; readonly sessionId: string; readonly agent: string; readonly now: number; readonly takeFor?: string | undefined }): Promise<Lease | void>;
  /** Takes a job out for good, held or waiting; the session's next one becomes free. */
  finish(sql: Sql, job: { readonly jobId: string | undefined; readonly turnId: string }): Promise<void>;
  /** Puts a held job back to the head of its session. */
  giveBack(sql: Sql, job: { readonly jobId: string; readonly turnId: string }): Promise<void>;
}
