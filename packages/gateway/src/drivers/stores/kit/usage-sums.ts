import type { Sql, SqlValue } from '../../../engine/ports/sql.ts';
import type { UsageEntry } from './usage-entries.ts';
import { type Span, startOf } from './usage-spans.ts';

/** What is summed, in every row. */
export const MEASURES = [
  'messages', 'replies', 'latency_ms', 'calls', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens', 'cost_nanousd',
  'unpriced_calls', 'unpriced_messages',
] as const satisfies readonly (keyof UsageEntry)[];

/** Entries that are taken up in one transaction. */
const BATCH = 1_000;

/** Stands for all workspaces. */
export const EVERYWHERE = '*';

interface Table {
  readonly name: string;
  readonly keys: readonly string[];
}

const SUMS: Table = { name: 'usage_sums', keys: ['what', 'place', 'span', 'start', 'name'] };
const USERS: Table = { name: 'usage_users', keys: ['span', 'start', 'workspace', 'name'] };

type Cell = readonly (string | number)[];

/** The rows of `usage_sums` an entry is counted in: series of totals, and tables of a place by workspace or by model. */
const sumsOf = ({ at, workspace, agent, caller, model }: UsageEntry): readonly Cell[] => {
  const quarter = startOf('quarter', at);
  const row = (what: string, place: string, name: string, span: Span = 'quarter'): Cell => [what, place, span, startOf(span, at), name];
  const table = (what: string, place: string, name: string): readonly Cell[] => [row(what, place, name), row(what, place, name, 'month')];
  return [
    ['total', EVERYWHERE, 'quarter', quarter, ''],
    ['total', workspace, 'quarter', quarter, ''],
    ['key', caller, 'quarter', quarter, ''],
    ['agent', agent, 'quarter', quarter, ''],
    ...table('workspace', EVERYWHERE, workspace),
    ...(model === '' ? [] : [...table('model', EVERYWHERE, model), ...table('model', workspace, model)]),
  ];
};

const usersOf = ({ at, workspace, user_id: user }: UsageEntry): readonly Cell[] =>
  user === null ? [] : (['quarter', 'month', 'year'] as const).map((span) => [span, startOf(span, at), workspace, user]);

/** Adds the oldest entries to the sums and takes them away; resolves to whether there may be more. */
const foldUsage = async (sql: Sql): Promise<boolean> => {
  // One at a time, on whichever node: two that add to the same rows in another order would wait for each other.
  await sql.run('UPDATE usage_folding SET folds = folds + 1');
  const entries = await sql.all<UsageEntry>(
    `DELETE FROM usage_entries WHERE seq <= (SELECT MAX(seq) FROM (SELECT seq FROM usage_entries ORDER BY seq LIMIT ${BATCH}) AS oldest) RETURNING *`,
  );
  const together = alike(entries);
  await add(sql, SUMS, together, sumsOf);
  await add(sql, USERS, together, usersOf);
  return entries.length >= BATCH;
};

interface Group {
  readonly entry: UsageEntry;
  readonly sums: number[];
}

const addTo = (sums: number[], more: readonly number[]): void => {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (more[i] ?? 0);
};

/** Entries that are counted in the same rows, as one: most of a busy hour are. */
const alike = (entries: readonly UsageEntry[]): readonly Group[] => {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const { at, workspace, agent, caller, user_id: user, model } = entry;
    const key = JSON.stringify([startOf('quarter', at), workspace, agent, caller, user, model]);
    const sums = MEASURES.map((measure) => entry[measure]);
    const known = groups.get(key);
    if (known) addTo(known.sums, sums);
    else groups.set(key, { entry, sums });
  }
  return [...groups.values()];
};

const add = async (sql: Sql, table: Table, groups: readonly Group[], cellsOf: (entry: UsageEntry) => readonly Cell[]): Promise<void> => {
  const rows = new Map<string, { readonly cell: Cell; readonly sums: number[] }>();
  for (const { entry, sums } of groups) {
    for (const cell of cellsOf(entry)) {
      const key = JSON.stringify(cell);
      const row = rows.get(key);
      if (row) addTo(row.sums, sums);
      else rows.set(key, { cell, sums: [...sums] });
    }
  }
  const values = [...rows.values()].map(({ cell, sums }): readonly SqlValue[] => [...cell, ...sums]);
  for (let at = 0; at < values.length;) {
    const many = values.length - at >= MANY ? MANY : 1;
    await sql.run(upsert(table, many), ...values.slice(at, at + many).flat());
    at += many;
  }
};

/** Rows in one statement: fewer trips to a database that is elsewhere. */
const MANY = 16;

const upsert = ({ name, keys }: Table, rows: number): string => {
  const columns = [...keys, ...MEASURES];
  const row = `(${columns.map(() => '?').join(', ')})`;
  return `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}
    ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${MEASURES.map((measure) => `${measure} = ${name}.${measure} + excluded.${measure}`).join(', ')}`;
};

export const foldTransactions = { foldUsage };
