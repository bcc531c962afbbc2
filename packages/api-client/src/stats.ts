import type { CallOptions, Page, Paged, Requester } from '../../client-kit/src/index.ts';

export interface StatsRange {
  /** A day, `2026-04-01`; both ends count. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly workspace?: string | undefined;
}

export interface StatsTotals {
  readonly messages: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly costUSD: number;
  readonly avgLatencyMs: number;
  readonly uniqueUsers: number;
}

export interface Stats {
  readonly period: { readonly from: string; readonly to: string };
  readonly totals: StatsTotals;
  readonly byDay: readonly ({ readonly date: string; readonly messages: number; readonly tokensOut: number } & Partial<StatsTotals>)[];
}

/** Which workspace, and what it used. */
export interface WorkspaceStats extends Partial<StatsTotals> {
  readonly workspace: string;
  readonly messages: number;
}

/** Which user, and what they used. */
export interface UserStats extends Partial<StatsTotals> {
  readonly userId: string;
  readonly messages: number;
}

export class StatsOfUse {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Totals and days of a range. */
  get({ from, to, workspace }: StatsRange = {}, options?: CallOptions): Promise<Stats> {
    return this.#requester.json({ method: 'GET', path: '/api/v1/stats', query: { from, to, workspace } }, options);
  }

  workspaces({ from, to, limit, offset }: StatsRange & Page = {}, options?: CallOptions): Promise<Paged & { readonly workspaces: readonly WorkspaceStats[] }> {
    return this.#requester.json({ method: 'GET', path: '/api/v1/stats/workspaces', query: { from, to, limit, offset } }, options);
  }

  users({ from, to, workspace, limit, offset }: StatsRange & Page = {}, options?: CallOptions): Promise<Paged & { readonly users: readonly UserStats[] }> {
    return this.#requester.json({ method: 'GET', path: '/api/v1/stats/users', query: { from, to, workspace, limit, offset } }, options);
  }
}
