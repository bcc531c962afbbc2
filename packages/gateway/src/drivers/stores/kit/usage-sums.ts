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
    `DELETE FROM usage_entries WHERE seq IN (SELECT seq FROM usage_entries ORDER BY seq LIMIT ${BATCH}) RETURNING *`,
  );
  await add(sql, SUMS, entries, sumsOf);
  await add(sql, USERS, entries, usersOf);
  return entries.length === BATCH;
};

interface SumRow {
  readonly cell: Cell;
  readonly sums: number[];
}

const add = async (sql: Sql, table: Table, entries: readonly UsageEntry[], cellsOf: (entry: UsageEntry) => readonly Cell[]): Promise<void> => {
  const rows = new Map<string, SumRow>();
  for (const entry of entries) {
    for (const cell of cellsOf(entry)) {
      const key = JSON.stringify(cell);
      const row = rows.get(key) ?? { cell, sums: MEASURES.map(() => 0) };
      for (const [i, measure] of MEASURES.entries()) row.sums[i] = (row.sums[i] ?? 0) + entry[measure];
      rows.set(key, row);
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
