import type { Usage } from '@openclaw/contract';
import type { Sql, SqlValue } from '../../../engine/ports/sql.ts';
import type { TaskFilter, TaskRecord, TaskResultRecord } from '../../../engine/ports/task-records.ts';
import type { ChangedFiles } from '../../../engine/ports/turn-records.ts';
import { type MessageRow, type TaskRow, toTask, toTurn, type TurnRow } from './rows.ts';
import { isOneOf } from './session-transactions.ts';
import { folded } from './task-rows.ts';

/** As much of a prompt as a list shows. */
const IN_A_LIST = 1_000;

const OF_TURN = 'turns.session_key, turns.options, turns.started_at, turns.ended_at, turns.error_code, turns.error_message';

const findTask = async (sql: Sql, taskId: string): Promise<TaskRecord | undefined> => {
  const row = await sql.one<TaskRow>(`SELECT tasks.*, ${OF_TURN} FROM tasks JOIN turns ON turns.id = tasks.turn_id WHERE tasks.id = ?`, taskId);
  return row && toTask(row);
};

type Spent = Pick<MessageRow, 'input_tokens' | 'output_tokens' | 'cache_read_tokens' | 'cache_write_tokens' | 'cost_usd'>;

const taskResult = async (sql: Sql, taskId: string): Promise<TaskResultRecord | undefined> => {
  const task = await findTask(sql, taskId);
  const made = await sql.one<{ files: string | null }>('SELECT files FROM tasks WHERE id = ?', taskId);
  const turn = task && (await sql.one<TurnRow>('SELECT * FROM turns WHERE id = ?', task.turnId));
  if (!task || !turn) return undefined;
  const steps = await sql.all<Spent>(
    `SELECT input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd FROM messages
     WHERE session_id = ? AND turn_seq = ? AND input_tokens IS NOT NULL`,
    turn.session_id, turn.seq,
  );
  // Written by `endTask` from an object.
  const files = made?.files ? (JSON.parse(made.files) as ChangedFiles) : { files: [], cutOff: false };
  return { task, reply: toTurn(turn).reply, files, usage: total(steps) };
};

const total = (steps: readonly Spent[]): Usage => {
  const sum = (column: keyof Spent): number => steps.reduce((so, step) => so + (step[column] ?? 0), 0);
  return {
    inputTokens: sum('input_tokens'),
    outputTokens: sum('output_tokens'),
    cacheReadTokens: sum('cache_read_tokens'),
    cacheWriteTokens: sum('cache_write_tokens'),
    // A sum with an unknown in it is unknown.
    costUSD: steps.some(({ cost_usd: cost }) => cost === null) ? null : sum('cost_usd'),
  };
};

/** The conditions of a filter, with the values of their places. */
const conditionOf = ({ statuses, workspaces, from, before, search }: TaskFilter): { readonly where: string; readonly values: readonly SqlValue[] } => {
  const parts: (readonly [string, readonly SqlValue[]])[] = [
    [isOneOf('status', statuses), statuses ?? []],
    [isOneOf('workspace', workspaces), workspaces ?? []],
  ];
  if (from !== undefined) parts.push(['created_at >= ?', [from]]);
  if (before !== undefined) parts.push(['created_at < ?', [before]]);
  if (search !== undefined) parts.push([String.raw`search LIKE ? ESCAPE '\'`, [`%${folded(search).replace(/[\\%_]/g, String.raw`\$&`)}%`]]);
  return { where: parts.map(([condition]) => condition).join(' AND '), values: parts.flatMap(([, values]) => values) };
};

const listTasks = async (sql: Sql, filter: TaskFilter): Promise<{ tasks: TaskRecord[]; total: number }> => {
  const { where, values } = conditionOf(filter);
  const count = await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM tasks WHERE ${where}`, ...values);
  const rows = await sql.all<TaskRow>(
    `SELECT page.*, ${OF_TURN} FROM (
       SELECT id, turn_id, session_id, workspace, status, origin, caller, label, working_directory, created_at, SUBSTR(prompt, 1, ${IN_A_LIST}) AS prompt
       FROM tasks WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?) AS page
     JOIN turns ON turns.id = page.turn_id ORDER BY page.created_at DESC, page.id DESC`,
    ...values, filter.limit, filter.offset,
  );
  return { tasks: rows.map(toTask), total: count?.total ?? 0 };
};

export const taskTransactions = { findTask, taskResult, listTasks };
