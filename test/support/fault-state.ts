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

export interface KeptMessage {
  readonly turnId: string;
  readonly text: string;
}

/** What people sent, as far as its turn and its message can both be found by their keys. */
export const userMessagesIn = (folder: string, turnIds: readonly string[]): readonly (KeptMessage | undefined)[] => {
  const database = new DatabaseSync(join(folder, 'openclaw.sqlite'), { readOnly: true });
  try {
    const turn = database.prepare('SELECT session_id, seq FROM turns WHERE id = ?');
    const message = database.prepare('SELECT turn_id, text FROM messages WHERE session_id = ? AND turn_seq = ? AND seq = turn_seq');
    return turnIds.map((turnId) => {
      const place = turn.get(turnId);
      const row = place && message.get(place['session_id'] ?? null, place['seq'] ?? null);
      return row && { turnId: String(row['turn_id']), text: String(row['text']) };
    });
  } finally {
    database.close();
  }
};
