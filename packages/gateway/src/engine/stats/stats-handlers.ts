import { GatewayError, type getStats, type InputOf, type modelStats, type StatsFigures, type userStats, type workspaceStats } from '@openclaw/contract';
import { boundsOfDays, dateAfter, dateAt } from '../../kernel/days.ts';
import { type Caller, visibleWorkspaces } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import type { UsageQuery, UsageStore, UsageSums } from '../ports/usage-store.ts';

interface Deps {
  readonly store: UsageStore;
  /** Of the agent: the days of who names no other. */
  readonly timezone: () => string;
  readonly now: () => number;
}

/** A leap year. */
const MOST_DAYS = 366;
const DAY = 86_400_000;

type Asked = InputOf<typeof getStats>;

interface Period {
  readonly period: { readonly from: string; readonly to: string; readonly timezone: string };
  readonly bounds: readonly number[];
}

export const statsHandlers = ({ store, timezone, now }: Deps) => {
  const periodOf = (asked: Asked): Period => {
    const zone = asked.timezone ?? timezone();
    const to = asked.to ?? dateAt(now(), zone);
    const from = asked.from ?? `${to.slice(0, 8)}01`;
    if (from > to) throw refused('from', `from: ${from} is after ${asked.to === undefined ? 'today, ' : ''}${to}`);
    const days = (Date.parse(to) - Date.parse(from)) / DAY + 1;
    if (days > MOST_DAYS) throw refused('from', `from: a range has at most ${MOST_DAYS} days, and from ${from} to ${to} there are ${days}`);
    return { period: { from, to, timezone: zone }, bounds: boundsOfDays(from, days, zone) };
  };

  const queryOf = (asked: Asked & { readonly limit: number; readonly offset: number }, caller: Caller): Period & { readonly query: UsageQuery } => {
    const { limit, offset } = asked;
    const period = periodOf(asked);
    const [from = 0] = period.bounds;
    return { ...period, query: { from, to: period.bounds.at(-1) ?? from, workspaces: placesOf(asked, caller), limit, offset } };
  };

  const get: Handler<typeof getStats> = async (asked, { caller }) => {
    const { period, bounds } = periodOf(asked);
    const { days, uniqueUsers } = await store.usageByDay(bounds, placesOf(asked, caller));
    const byDay = days.map((sums, day) => ({ date: dateAfter(period.from, day), ...figuresOf(sums) }));
    return { period, totals: { ...figuresOf(together(days)), uniqueUsers }, byDay };
  };

  const workspaces: Handler<typeof workspaceStats> = async (asked, { caller }) => {
    const { period, query } = queryOf(asked, caller);
    const { rows, total } = await store.usageByWorkspace(query);
    return { period, workspaces: rows.map(({ name, ...sums }) => ({ workspace: name, ...figuresOf(sums) })), total, ...pageOf(query) };
  };

  const users: Handler<typeof userStats> = async (asked, { caller }) => {
    const { period, query } = queryOf(asked, caller);
    const { rows, total } = await store.usageByUser(query);
    return { period, users: rows.map(({ name, ...sums }) => ({ userId: name, ...figuresOf(sums) })), total, ...pageOf(query) };
  };

  const models: Handler<typeof modelStats> = async (asked, { caller }) => {
    const { period, query } = queryOf(asked, caller);
    const { rows, total } = await store.usageByModel(query);
    return { period, models: rows.map(({ name, ...sums }) => ({ model: name, ...usedFor(sums) })), total, ...pageOf(query) };
  };

  return { get, workspaces, users, models };
};

const refused = (path: string, message: string): GatewayError => new GatewayError('invalid_request', message, { path });

const placesOf = ({ workspace }: Asked, caller: Caller): readonly string[] | undefined => (workspace === undefined ? visibleWorkspaces(caller) : [workspace]);

const pageOf = ({ limit, offset }: UsageQuery): { readonly limit: number; readonly offset: number } => ({ limit, offset });

const figuresOf = (sums: UsageSums): StatsFigures => ({ messages: sums.messages, ...usedFor(sums) });

/** What answering took. */
const usedFor = ({ replies, modelCalls, tokensIn, tokensOut, cacheReadTokens, cacheWriteTokens, costUSD, unpricedMessages, latencyMs }: UsageSums): Omit<StatsFigures, 'messages'> => ({
  replies,
  modelCalls,
  tokensIn,
  tokensOut,
  cacheReadTokens,
  cacheWriteTokens,
  costUSD: inDollars(costUSD),
  unpricedMessages,
  avgLatencyMs: replies === 0 ? null : Math.round(latencyMs / replies),
});

/** Sums are kept in billionths: what stands further behind the point comes of adding in binary. */
const inDollars = (usd: number): number => Math.round(usd * 1e9) / 1e9;

const together = (days: readonly UsageSums[]): UsageSums =>
  days.reduce((sum, day) => ({
    messages: sum.messages + day.messages,
    replies: sum.replies + day.replies,
    latencyMs: sum.latencyMs + day.latencyMs,
    modelCalls: sum.modelCalls + day.modelCalls,
    tokensIn: sum.tokensIn + day.tokensIn,
    tokensOut: sum.tokensOut + day.tokensOut,
    cacheReadTokens: sum.cacheReadTokens + day.cacheReadTokens,
    cacheWriteTokens: sum.cacheWriteTokens + day.cacheWriteTokens,
    costUSD: sum.costUSD + day.costUSD,
    unpricedMessages: sum.unpricedMessages + day.unpricedMessages,
  }));
