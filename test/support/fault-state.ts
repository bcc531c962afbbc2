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
  readonly sessionId: string;
  readonly text: string;
}

/** Which of these are there, by their turn and in their session: whole, with something in their row changed, or not at all. */
export const lookFor = (folder: string, messages: readonly KeptMessage[]): readonly ('whole' | 'changed' | 'missing')[] => {
  const database = new DatabaseSync(join(folder, 'openclaw.sqlite'), { readOnly: true });
  try {
    const turn = database.prepare('SELECT session_id FROM turns WHERE id = ?');
    const rows = database.prepare(`SELECT turn_id, text FROM messages WHERE session_id = ? AND role = 'user'`);
    return messages.map(({ turnId, sessionId, text }) => {
      const place = turn.get(turnId);
      const all = rows.all(sessionId);
      const row = all.find((one) => one['turn_id'] === turnId) ?? all.find((one) => one['text'] === text);
      if (!place || !row) return 'missing';
      return place['session_id'] === sessionId && row['turn_id'] === turnId && row['text'] === text ? 'whole' : 'changed';
    });
  } finally {
    database.close();
  }
};
