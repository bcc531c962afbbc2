import type { Usage } from '@openclaw/contract';
import type { Sql, SqlValue } from '../../../engine/ports/sql.ts';
import type { BudgetWarning, Spent, SpentQuery, UsageList, UsageQuery, UsageSums } from '../../../engine/ports/usage-store.ts';
import { insertEvent } from './append.ts';
import { NANO_USD } from './usage-entries.ts';
import { type Piece, piecesOf, type Span } from './usage-spans.ts';
import { EVERYWHERE, foldTransactions, MEASURES } from './usage-sums.ts';

type SumsRow = Readonly<Record<(typeof MEASURES)[number], number>>;

const sums = MEASURES.map((measure) => `CAST(COALESCE(SUM(${measure}), 0) AS BIGINT) AS ${measure}`).join(', ');
const sumsOfParts = MEASURES.map((measure, i) => `CAST(COALESCE(SUM(measure_${i}), 0) AS BIGINT) AS ${measure}`).join(', ');

const toSums = (row: SumsRow): UsageSums => ({
  messages: row.messages,
  replies: row.replies,
  latencyMs: row.latency_ms,
  modelCalls: row.calls,
  tokensIn: row.input_tokens,
  tokensOut: row.output_tokens,
  cacheReadTokens: row.cache_read_tokens,
  cacheWriteTokens: row.cache_write_tokens,
  costUSD: row.cost_nanousd / NANO_USD,
  unpricedMessages: row.unpriced_messages,
});

/** A part of a WHERE clause with what stands at its question marks. */
interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

const isOneOf = (column: string, values: readonly string[]): Condition =>
  values.length === 0 ? { text: 'FALSE', values: [] } : { text: `${column} IN (${values.map(() => '?').join(', ')})`, values };

const series = (what: string, places: readonly string[]): Condition => {
  const place = isOneOf('place', places);
  return { text: `what = ? AND ${place.text}`, values: [what, ...place.values] };
};

/** The totals of these workspaces. */
const totalsOf = (workspaces: readonly string[] | undefined): Condition => series('total', workspaces ?? [EVERYWHERE]);

const DAY = 86_400_000;

interface Run {
  readonly first: number;
  readonly from: number;
  to: number;
  readonly regular: boolean;
}

/** Days that are equally long follow each other for months; those on which the clocks change stand alone. */
const runsOf = (bounds: readonly number[]): readonly Run[] => {
  const runs: Run[] = [];
  for (const [i, to] of bounds.entries()) {
    const from = bounds[i - 1];
    if (from === undefined) continue;
    const regular = to - from === DAY;
    const last = runs.at(-1);
    if (last?.regular && regular) last.to = to;
    else runs.push({ first: i - 1, from, to, regular });
  }
  return runs;
};

const usageByDay = async (
  sql: Sql,
  { bounds, workspaces }: { bounds: readonly number[]; workspaces: readonly string[] | undefined },
): Promise<{ days: UsageSums[]; uniqueUsers: number }> => {
  const days = bounds.slice(1).map((): UsageSums => toSums(NOTHING));
  const { text, values } = totalsOf(workspaces);
  for (const { first, from, to, regular } of runsOf(bounds)) {
    const rows = await sql.all<SumsRow & { day: number }>(
      `SELECT (start - CAST(? AS BIGINT)) / ${regular ? DAY : 2 * DAY} AS day, ${sums} FROM usage_sums
       WHERE ${text} AND span = 'quarter' AND start >= ? AND start < ? GROUP BY 1`,
      from, ...values, from, to,
    );
    for (const row of rows) days[first + row.day] = toSums(row);
  }
  const users = rowsOf(USERS, piecesOf(bounds[0] ?? 0, bounds.at(-1) ?? 0, USERS.spans), workspaces && isOneOf('workspace', workspaces), ['messages']);
  const counted = await sql.one<{ users: number }>(`SELECT COUNT(*) AS users FROM (SELECT name ${users.text} GROUP BY name HAVING SUM(measure_0) > 0) AS active`, ...users.values);
  return { days, uniqueUsers: counted?.users ?? 0 };
};

// Written out once: every measure at 0.
const NOTHING = Object.fromEntries(MEASURES.map((measure) => [measure, 0])) as SumsRow;

interface Source {
  readonly table: string;
  /** The lengths its rows have, the longest first. */
  readonly spans: readonly Span[];
}

const TABLE: Source = { table: 'usage_sums', spans: ['month', 'quarter'] };
const USERS: Source = { table: 'usage_users', spans: ['year', 'month', 'quarter'] };

/** `FROM` the rows that make up a range, with what is asked of them under the names `measure_0`, `measure_1` and so on. */
const rowsOf = ({ table }: Source, pieces: readonly Piece[], condition: Condition | undefined, measures: readonly string[] = MEASURES): Condition => {
  const where = condition ? `${condition.text} AND ` : '';
  const parts = pieces.map(({ span, sign }) => {
    const signed = measures.map((measure, i) => `${sign === 1 ? '' : '-'}(${measure}) AS measure_${i}`).join(', ');
    return `SELECT name, ${signed} FROM ${table} WHERE ${where}span = '${span}' AND start >= ? AND start < ?`;
  });
  return { text: `FROM (${parts.join(' UNION ALL ')}) AS parts`, values: pieces.flatMap((piece) => [...(condition?.values ?? []), piece.from, piece.to]) };
};

const list = async (sql: Sql, source: Source, { query, condition, order }: { query: UsageQuery; condition: Condition | undefined; order: 'messages' | 'calls' }): Promise<UsageList> => {
  const pieces = piecesOf(query.from, query.to, source.spans);
  if (pieces.length === 0) return { rows: [], total: 0 };
  // Who is on the page is found first, from as little as tells it; then the rest of these few is summed.
  const ranked = rowsOf(source, pieces, condition, [order, 'messages + calls + replies']);
  const found = await sql.all<{ name: string | null; total: number }>(
    `WITH named AS MATERIALIZED (SELECT name, SUM(measure_0) AS rank ${ranked.text} GROUP BY name HAVING SUM(measure_1) > 0),
       page AS (SELECT name, rank FROM named ORDER BY rank DESC, name LIMIT ? OFFSET ?)
     SELECT page.name, counted.total FROM (SELECT COUNT(*) AS total FROM named) AS counted LEFT JOIN page ON TRUE ORDER BY page.rank DESC, page.name`,
    ...ranked.values, query.limit, query.offset,
  );
  const page = found.flatMap(({ name }) => (name === null ? [] : [name]));
  const total = found[0]?.total ?? 0;
  if (page.length === 0) return { rows: [], total };
  const names = isOneOf('name', page);
  const both = condition ? { text: `${condition.text} AND ${names.text}`, values: [...condition.values, ...names.values] } : names;
  const whole = rowsOf(source, pieces, both);
  const rows = await sql.all<SumsRow & { name: string }>(`SELECT name, ${sumsOfParts} ${whole.text} GROUP BY name`, ...whole.values);
  const byName = new Map(rows.map((row) => [row.name, row]));
  return { rows: page.map((name) => ({ name, ...toSums(byName.get(name) ?? NOTHING) })), total };
};

const usageByWorkspace = (sql: Sql, query: UsageQuery): Promise<UsageList> => {
  const everywhere = series('workspace', [EVERYWHERE]);
  const named = query.workspaces && isOneOf('name', query.workspaces);
  const condition = named ? { text: `${everywhere.text} AND ${named.text}`, values: [...everywhere.values, ...named.values] } : everywhere;
  return list(sql, TABLE, { query, condition, order: 'messages' });
};

const usageByModel = (sql: Sql, query: UsageQuery): Promise<UsageList> =>
  list(sql, TABLE, { query, condition: series('model', query.workspaces ?? [EVERYWHERE]), order: 'calls' });

const usageByUser = (sql: Sql, query: UsageQuery): Promise<UsageList> =>
  list(sql, USERS, { query, condition: query.workspaces && isOneOf('workspace', query.workspaces), order: 'messages' });

const since = async (sql: Sql, { text, values }: Condition, at: number): Promise<SumsRow> =>
  (await sql.one<SumsRow>(`SELECT ${sums} FROM usage_sums WHERE ${text} AND span = 'quarter' AND start >= ?`, ...values, at)) ?? NOTHING;

const usageSince = async (
  sql: Sql,
  { at, workspaces }: { at: number; workspaces: readonly string[] | undefined },
): Promise<{ modelCalls: number; usage: Usage }> => {
  const row = await since(sql, totalsOf(workspaces), at);
  return {
    modelCalls: row.calls,
    usage: {
      inputTokens: row.input_tokens,
      outputTokens: row.output_tokens,
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      // A sum with an unknown in it is unknown.
      costUSD: row.unpriced_calls > 0 ? null : row.cost_nanousd / NANO_USD,
    },
  };
};

const seriesOf = (query: SpentQuery): Condition => {
  if (query.of === 'gateway') return totalsOf(undefined);
  return series(query.of === 'workspace' ? 'total' : query.of, [query.name]);
};

const spent = async (sql: Sql, budgets: readonly SpentQuery[]): Promise<Spent[]> => {
  const found: Spent[] = [];
  for (const budget of budgets) {
    const row = await since(sql, seriesOf(budget), budget.since);
    found.push({
      tokens: row.input_tokens + row.output_tokens + row.cache_read_tokens + row.cache_write_tokens,
      costUSD: row.cost_nanousd / NANO_USD,
    });
  }
  return found;
};

const warnOfBudget = async (sql: Sql, { id, at, data }: BudgetWarning): Promise<boolean> => {
  const fresh = await sql.run('INSERT INTO budget_warnings (id, at) VALUES (?, ?) ON CONFLICT (id) DO NOTHING', id, at);
  if (fresh === 0) return false;
  await insertEvent(sql, { id: `evt_${id}`, type: 'budget.warning', at, sessionKey: null, data });
  return true;
};

export const usageTransactions = {
  ...foldTransactions, usageByDay, usageByWorkspace, usageByUser, usageByModel, usageSince, spent, warnOfBudget,
};
