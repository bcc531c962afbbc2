import { type Budget, GatewayError } from '@openclaw/contract';
import type { Log } from '../../kernel/log.ts';
import { startOfDay } from '../../kernel/start-of-day.ts';
import type { Spent, SpentQuery, UsageStore } from '../ports/usage-store.ts';

/** Whose turn it is, and where. */
export interface Spender {
  readonly caller: { readonly id: string; readonly budget?: Budget | undefined };
  /** Of the session. */
  readonly place: { readonly agent: string; readonly workspace: string };
}

interface Deps {
  readonly store: Pick<UsageStore, 'spent' | 'warnOfBudget'>;
  readonly gateway: () => Budget | undefined;
  readonly workspace: (id: string) => Budget | undefined;
  /** The agent that does the turns of a place. */
  readonly agent: (place: Spender['place']) => { readonly id: string; readonly budget: Budget | undefined; readonly timezone: string };
  /** Whether any workspace or agent has one. */
  readonly isSomewhere: () => boolean;
  /** Of the main agent: the days of every budget but an agent's own. */
  readonly timezone: () => string;
  readonly log: Log;
  readonly now: () => number;
}

/** A budget with the day it is for. */
interface Limit {
  readonly query: SpentQuery;
  readonly budget: Budget;
  readonly resetsAt: number;
}

const DAY = 86_400_000;
const WARN_AT = 0.8;

/**
 * Keeps what is used in a day within budgets. What it knows comes from the store, so it holds over restarts and for all nodes together. It looks
 * before a turn is accepted and before each step of a model; what is under way then is finished, and may go over by as much.
 */
export class BudgetKeeper {
  readonly #deps: Deps;
  /** Warnings this node knows of: the store, which has them all, need not be asked again. */
  readonly #warned = new Set<string>();
  readonly #unpriced = new Set<string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Whether anything of this caller's could be within a budget: where not, nobody need find out its place. */
  concerns({ budget }: Spender['caller']): boolean {
    return hasLimit(budget) || hasLimit(this.#deps.gateway()) || this.#deps.isSomewhere();
  }

  /** Throws where a budget is spent. */
  async check(spender: Spender): Promise<void> {
    for (const { limit, spent } of await this.#look(spender)) if (shareOf(limit.budget, spent) >= 1) throw this.#refusal(limit, spent);
  }

  /** Only warns: what was used last may have brought a budget near its end. */
  async lookAfter(spender: Spender): Promise<void> {
    try {
      await this.#look(spender);
    } catch (thrown) {
      this.#deps.log('debug', 'budgets could not be looked at', { cause: String(thrown) });
    }
  }

  /** A budget in dollars cannot be kept with a model whose price nobody knows. */
  sawUnpriced(spender: Spender, model: string): void {
    const inDollars = this.#limitsOf(spender).filter(({ budget }) => budget.usdPerDay !== undefined);
    if (inDollars.length === 0 || this.#unpriced.has(model)) return;
    this.#unpriced.add(model);
    this.#deps.log('warn', `no price is known for ${model}: what it costs counts 0 in the budgets in USD (set models.prices, or a budget in tokens)`, {
      model, budgets: inDollars.map(({ query }) => nameOf(query)),
    });
  }

  async #look(spender: Spender): Promise<readonly { readonly limit: Limit; readonly spent: Spent }[]> {
    const limits = this.#limitsOf(spender);
    if (limits.length === 0) return [];
    const spent = await this.#deps.store.spent(limits.map(({ query }) => query));
    const found = limits.map((limit, i) => ({ limit, spent: spent[i] ?? { tokens: 0, costUSD: 0 } }));
    for (const one of found) if (shareOf(one.limit.budget, one.spent) >= WARN_AT) await this.#warn(one.limit, one.spent);
    return found;
  }

  #limitsOf({ caller, place }: Spender): readonly Limit[] {
    const { gateway, workspace, agent: agentOf, timezone, now } = this.#deps;
    const at = now();
    const agent = agentOf(place);
    const limit = (budget: Budget | undefined, zone: () => string, query: (since: number) => SpentQuery): readonly Limit[] => {
      if (!budget || !hasLimit(budget)) return [];
      const since = startOfDay(at, zone());
      // 36 hours later it is tomorrow, however the clocks are changed.
      return [{ budget, query: query(since), resetsAt: startOfDay(since + 1.5 * DAY, zone()) }];
    };
    return [
      ...limit(caller.budget, timezone, (since) => ({ of: 'key', name: caller.id, since })),
      ...limit(workspace(place.workspace), timezone, (since) => ({ of: 'workspace', name: place.workspace, since })),
      ...limit(agent.budget, () => agent.timezone, (since) => ({ of: 'agent', name: agent.id, since })),
      ...limit(gateway(), timezone, (since) => ({ of: 'gateway', since })),
    ];
  }

  #refusal(limit: Limit, spent: Spent): GatewayError {
    const { resetsAt, ...details } = detailsOf(limit, spent);
    const retryAfterSeconds = Math.max(1, Math.ceil((limit.resetsAt - this.#deps.now()) / 1000));
    return new GatewayError('budget_exceeded', `The budget of ${nameOf(limit.query)} for today is spent; it begins anew at ${resetsAt}`, { ...details, resetsAt, retryAfterSeconds });
  }

  async #warn(limit: Limit, spent: Spent): Promise<void> {
    const { log, store, now } = this.#deps;
    const { query } = limit;
    const id = ['budget', query.of, ...('name' in query ? [query.name] : []), query.since].join('_');
    if (this.#warned.has(id)) return;
    try {
      const details = detailsOf(limit, spent);
      if (await store.warnOfBudget({ id, at: now(), data: details })) log('warn', `${nameOf(query)} has used ${Math.floor(shareOf(limit.budget, spent) * 100)} % of its budget for today`, details);
      if (this.#warned.size > 10_000) this.#warned.clear();
      this.#warned.add(id);
    } catch (thrown) {
      // A warning that cannot be written now is no reason to refuse a turn; the next look tries again.
      log('warn', 'a budget is nearly spent, and the event that says so could not be written', { id, cause: String(thrown) });
    }
  }
}

const hasLimit = (budget: Budget | undefined): boolean => budget?.tokensPerDay !== undefined || budget?.usdPerDay !== undefined;

/** The larger of both, 1 where it is spent. */
const shareOf = ({ tokensPerDay, usdPerDay }: Budget, { tokens, costUSD }: Spent): number =>
  Math.max(tokensPerDay === undefined ? 0 : tokens / tokensPerDay, usdPerDay === undefined ? 0 : costUSD / usdPerDay);

const nameOf = (query: SpentQuery): string => (query.of === 'gateway' ? 'the gateway' : `the ${query.of} ${query.name}`);

const detailsOf = ({ query, budget, resetsAt }: Limit, { tokens, costUSD }: Spent) => ({
  budget: query.of,
  ...('name' in query && { name: query.name }),
  spent: { tokens, usd: costUSD },
  limit: budget,
  resetsAt: new Date(resetsAt).toISOString(),
});
