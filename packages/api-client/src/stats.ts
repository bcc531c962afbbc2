import type { CallOptions, Requester } from '../../client-kit/src/index.ts';
import type { GetModelStatsQuery, GetStatsQuery, GetUserStatsQuery, GetWorkspaceStatsQuery, ModelStatsList, Stats, UserStatsList, WorkspaceStatsList } from './wire.gen.ts';

const PATH = '/api/v1/stats';

export class StatsOfUse {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Totals and days of a range. */
  get(range: GetStatsQuery = {}, options?: CallOptions): Promise<Stats> {
    return this.#requester.json({ method: 'GET', path: PATH, query: { ...range } }, options);
  }

  /** Those with the most messages first; so it is by user. */
  workspaces(range: GetWorkspaceStatsQuery = {}, options?: CallOptions): Promise<WorkspaceStatsList> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/workspaces`, query: { ...range } }, options);
  }

  users(range: GetUserStatsQuery = {}, options?: CallOptions): Promise<UserStatsList> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/users`, query: { ...range } }, options);
  }

  /** Those with the most calls first. */
  models(range: GetModelStatsQuery = {}, options?: CallOptions): Promise<ModelStatsList> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/models`, query: { ...range } }, options);
  }
}
