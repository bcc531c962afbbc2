import type { Sql } from '../../../engine/ports/sql.ts';
import type { NewTurn, StartedTurn, TurnEnding } from '../../../engine/ports/turn-records.ts';
import { insertEvent } from './append.ts';
import type { EndedTurn, TurnRow } from './rows.ts';

// A task's part in the transactions of its turn. A turn that is none costs nothing here.

const STATUS_AFTER = { done: 'completed', failed: 'failed', cancelled: 'cancelled' } as const satisfies Record<TurnEnding['state'], string>;

/** As much of a prompt, or of what came of it, as an event holds. */
const IN_AN_EVENT = 4_000;
/** As much of a prompt as can be searched for. */
const SEARCHABLE = 10_000;

/** Both engines compare what is searched for with this, so that they agree on letters beyond ASCII too. */
export const folded = (text: string): string => text.normalize('NFC').toLowerCase();

export const insertTask = async (sql: Sql, turn: TurnRow, { task, text, context, caller, workspace }: NewTurn & { readonly workspace: string }): Promise<void> => {
  if (!task) return;
  await sql.run(
    `INSERT INTO tasks (id, turn_id, session_id, workspace, status, origin, caller, label, working_directory, created_at, prompt, search)
     VALUES (?, ?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?)`,
    task.id, turn.id, turn.session_id, workspace, context.channel ?? 'api', caller.id, task.label ?? null, task.workingDirectory ?? null,
    turn.created_at, text, folded(text.slice(0, SEARCHABLE)),
  );
};

/** What whoever runs the turn must know of its task. */
export const placeOfTask = async (sql: Sql, { task_id: id }: TurnRow): Promise<StartedTurn['task']> => {
  const row = id === null ? undefined : await sql.one<{ working_directory: string | null }>('SELECT working_directory FROM tasks WHERE id = ?', id);
  return row && id !== null ? { id, workingDirectory: row.working_directory ?? undefined } : undefined;
};

interface Told {
  readonly prompt: string;
  readonly label: string | null;
  readonly workspace: string;
}

const TOLD = `SUBSTR(prompt, 1, ${IN_AN_EVENT}) AS prompt, label, workspace`;

const dataOf = (turn: EndedTurn, { prompt, label, workspace }: Told, status: string): Readonly<Record<string, unknown>> => ({
  taskId: turn.task_id, turnId: turn.id, sessionId: turn.session_id, workspace, label, prompt, status,
});

/** For the first time: a turn that goes on after a crash began before. */
export const beginTask = async (sql: Sql, turn: TurnRow): Promise<void> => {
  if (turn.task_id === null) return;
  const task = await sql.one<Told>(`SELECT ${TOLD} FROM tasks WHERE id = ?`, turn.task_id);
  if (!task || turn.started_at === null) return;
  await insertEvent(sql, {
    id: `evt_${turn.task_id}_started`, type: 'task.started', at: turn.started_at, sessionKey: turn.session_key, data: dataOf(turn, task, 'running'),
  });
};

export const endTask = async (sql: Sql, turn: EndedTurn, { state, now, error, files, reply }: Pick<TurnEnding, 'state' | 'now'> & Partial<TurnEnding>): Promise<void> => {
  if (turn.task_id === null) return;
  const status = STATUS_AFTER[state];
  const task = await sql.one<Told>(`UPDATE tasks SET status = ?, files = ? WHERE id = ? RETURNING ${TOLD}`, status, files ? JSON.stringify(files) : null, turn.task_id);
  // One that was deleted with its session is over without a word; one that was cancelled, its turn's event tells of.
  if (!task || status === 'cancelled') return;
  await insertEvent(sql, {
    id: `evt_${turn.task_id}_end`,
    type: `task.${status}`,
    at: now,
    sessionKey: turn.session_key,
    data: { ...dataOf(turn, task, status), durationMs: now - (turn.started_at ?? now), ...(reply && { result: reply.text.slice(0, IN_AN_EVENT) }), ...(error && { error }) },
  });
};
