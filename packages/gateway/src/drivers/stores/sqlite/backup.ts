import { backup, DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { holdAlone } from './single-process.ts';

/** Copies a database that may be in use into a new file; resolves when the copy is whole. */
export const backUpSqlite = async (from: string, to: string): Promise<void> => {
  const connection = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(connection, to, { rate: 1_000 });
  } finally {
    connection.close();
  }
};

/** A copy at rest, opened without leaving a trace beside it. */
const openCopy = (file: string): DatabaseSync => {
  const url = pathToFileURL(file);
  url.search = '?immutable=1';
  return new DatabaseSync(url, { readOnly: true });
};

/** Reads every page; resolves to what is wrong, or undefined. */
export const verifySqlite = (file: string): string | undefined => {
  const connection = openCopy(file);
  try {
    const [row] = connection.prepare('PRAGMA integrity_check(1)').all();
    const verdict = String(row?.['integrity_check'] ?? 'no answer');
    return verdict === 'ok' ? undefined : verdict;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } finally {
    connection.close();
  }
};

/** How much is in a copy, for the person who made it. */
export const countSqlite = (file: string): { readonly sessions: number; readonly messages: number } => {
  const connection = openCopy(file);
  try {
    const count = (table: 'sessions' | 'messages'): number => Number(connection.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n'] ?? 0);
    return { sessions: count('sessions'), messages: count('messages') };
  } finally {
    connection.close();
  }
};

/** Keeps every gateway off a database while its file is replaced; undefined where one runs. */
export const holdSqlite = (file: string): (() => void) | undefined => holdAlone(`${file}.lock`);
