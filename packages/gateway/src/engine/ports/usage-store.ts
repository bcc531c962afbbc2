import type { Usage } from '@openclaw/contract';

/**
 * The store's part about what was used. It is written in the transactions that record it, so it is exact after a crash, and it stays when
 * sessions are deleted. Every moment asked about lies on a quarter of an hour, as midnight does in every time zone.
 */
export interface UsageStore {
  /** Each day by its bounds: one more of them than days, in order. */
  usageByDay(bounds: readonly number[], workspaces: readonly string[] | undefined): Promise<{ readonly days: readonly UsageSums[]; readonly uniqueUsers: number }>;
  /** Most messages first. */
  usageByWorkspace(query: UsageQuery): Promise<UsageList>;
  /** Most messages first; who named no user is in no row. */
  usageByUser(query: UsageQuery): Promise<UsageList>;
  /** Most calls first. A message has no model until it is answered: these rows count none. */
  usageByModel(query: UsageQuery): Promise<UsageList>;
  /** What models used since then, in these workspaces (undefined: in all). */
  usageSince(at: number, workspaces: readonly string[] | undefined): Promise<{ readonly modelCalls: number; readonly usage: Usage }>;

  /** What each of these has used since its moment, in their order. */
  spent(budgets: readonly SpentQuery[]): Promise<readonly Spent[]>;
  /** Writes the event of a budget that is nearly spent; once for each `id`, however often and wherever it is asked for. */
  warnOfBudget(warning: BudgetWarning): Promise<boolean>;
}

export interface UsageQuery {
  readonly from: number;
  /** The first moment after. */
  readonly to: number;
  /** Undefined: all. */
  readonly workspaces: readonly string[] | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** What was written and used in a while. */
export interface UsageSums {
  /** Messages that came in. */
  readonly messages: number;
  /** Messages that were answered. */
  readonly replies: number;
  /** From message to answer, of all replies together. */
  readonly latencyMs: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** Of what has a price. */
  readonly costUSD: number;
  /** Messages whose answer took a call without a price. */
  readonly unpricedMessages: number;
}

export interface UsageList {
  readonly rows: readonly (UsageSums & { readonly name: string })[];
  readonly total: number;
}

/** `name` is the id of the credential, the workspace or the agent. */
export type SpentQuery =
  | { readonly of: 'key' | 'workspace' | 'agent'; readonly name: string; readonly since: number }
  | { readonly of: 'gateway'; readonly since: number };

export interface Spent {
  readonly tokens: number;
  readonly costUSD: number;
}

export interface BudgetWarning {
  readonly id: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}
