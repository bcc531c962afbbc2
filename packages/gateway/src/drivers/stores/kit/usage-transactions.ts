import type { Usage } from '@openclaw/contract';
import type { Sql, SqlValue } from '../../../engine/ports/sql.ts';
import type { BudgetWarning, Spent, SpentQuery, UsageList, UsageQuery, UsageSums } from '../../../engine/ports/usage-store.ts';
import { insertEvent } from './append.ts';
import { NANO_USD } from './usage-entries.ts';
import { type Piece, piecesOf, type Span } from './usage-spans.ts';
import { EVERYWHERE, foldTransactions, MEASURES } from './usage-sums.ts';

type SumsRow = Readonly<Record<(typeof MEASURES)[number], number>>;

const sums = MEASURES.map((measure) => `CAST(COALESCE(SUM(${measure}), 0) AS BIGINT) AS ${measure}`).join(', ');

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
  const counted = await sql.one<{ users: number }>(`SELECT COUNT(*) AS users FROM (SELECT name ${users.text} GROUP BY name HAVING SUM(messages) > 0) AS active`, ...users.values);
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

/** `FROM` the rows that make up a range. */
const rowsOf = ({ table }: Source, pieces: readonly Piece[], condition: Condition | undefined, measures: readonly string[] = MEASURES): Condition => {
  const where = condition ? `${condition.text} AND ` : '';
  const parts = pieces.map(({ span, sign }) => {
    const signed = measures.map((measure) => (sign === 1 ? measure : `-${measure} AS ${measure}`)).join(', ');
    return `SELECT name, ${signed} FROM ${table} WHERE ${where}span = '${span}' AND start >= ? AND start < ?`;
  });
  return { text: `FROM (${parts.join(' UNION ALL ')}) AS parts`, values: pieces.flatMap((piece) => [...(condition?.values ?? []), piece.from, piece.to]) };
};

const list = async (sql: Sql, source: Source, { query, condition, order }: { query: UsageQuery; condition: Condition | undefined; order: 'messages' | 'calls' }): Promise<UsageList> => {
  const pieces = piecesOf(query.from, query.to, source.spans);
  if (pieces.length === 0) return { rows: [], total: 0 };
  const used = 'HAVING SUM(messages) > 0 OR SUM(calls) > 0 OR SUM(replies) > 0';
  // Who is on the page is found first, from as little as tells it; then the rest of these few is summed.
  const ranked = rowsOf(source, pieces, condition, ['messages', 'calls', 'replies']);
  const page = await sql.all<{ name: string; total: number }>(
    `SELECT name, COUNT(*) OVER () AS total ${ranked.text} GROUP BY name ${used} ORDER BY SUM(${order}) DESC, name LIMIT ? OFFSET ?`,
    ...ranked.values, query.limit, query.offset,
  );
  const [first] = page;
  if (!first) {
    const all = query.offset === 0 ? undefined : await sql.one<{ total: number }>(`SELECT COUNT(*) AS total FROM (SELECT name ${ranked.text} GROUP BY name ${used}) AS used`, ...ranked.values);
    return { rows: [], total: all?.total ?? 0 };
  }
  const names = isOneOf('name', page.map(({ name }) => name));
  const both = condition ? { text: `${condition.text} AND ${names.text}`, values: [...condition.values, ...names.values] } : names;
  const whole = rowsOf(source, pieces, both);
  const rows = await sql.all<SumsRow & { name: string }>(`SELECT name, ${sums} ${whole.text} GROUP BY name`, ...whole.values);
  const byName = new Map(rows.map((row) => [row.name, row]));
  return { rows: page.map(({ name }) => ({ name, ...toSums(byName.get(name) ?? NOTHING) })), total: first.total };
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
