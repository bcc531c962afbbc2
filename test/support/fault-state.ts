/** What a state directory holds, read from its files while no gateway runs on it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const ask = (folder: string, question: string): number => {
  const database = new DatabaseSync(join(folder, 'openclaw.sqlite'), { readOnly: true });
  try {
    return Number(database.prepare(question).get()?.['n']);
  } finally {
    database.close();
  }
};

/** Turns that count as having taken their process down. */
export const crashesIn = (folder: string): number => ask(folder, 'SELECT COUNT(*) AS n FROM turns WHERE crashes > 0');

/** Turns that are not over. */
export const openTurnsIn = (folder: string): number => ask(folder, `SELECT COUNT(*) AS n FROM turns WHERE state IN ('queued', 'running')`);

export const jobsIn = (folder: string): number => ask(folder, 'SELECT COUNT(*) AS n FROM jobs');

/** The messages people sent, in the order they were accepted in. */
export const userMessagesIn = (folder: string): readonly string[] => {
  const database = new DatabaseSync(join(folder, 'openclaw.sqlite'), { readOnly: true });
  try {
    return database.prepare(`SELECT text FROM messages WHERE role = 'user' ORDER BY rowid`).all().map((row) => String(row['text']));
  } finally {
    database.close();
  }
};
