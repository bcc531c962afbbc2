import type { getStatus, usageToday } from '@openclaw/contract';
import { visibleWorkspaces } from '../access/index.ts';
import type { Handler } from '../gateway.ts';
import { startOfDay } from '../../kernel/start-of-day.ts';
import type { TurnQueue } from '../ports/queue.ts';
import type { Store } from '../ports/store.ts';

interface Deps {
  readonly store: Store;
  readonly queue: TurnQueue;
  readonly version: string;
  readonly agent: string;
  readonly storeName: string;
  readonly model: () => string;
}

/** How the gateway is. */
export const statusHandler = ({ store, queue, version, agent, storeName, model }: Deps): Handler<typeof getStatus> => async () => {
  const [{ sessions }, turns] = await Promise.all([store.counts(), queue.depth()]);
  return {
    ok: true,
    version,
    uptime: Math.floor(process.uptime()),
    agent,
    model: model(),
    store: storeName,
    sessions,
    turns,
    // Neither kind of connection exists yet, so none is connected.
    channels: {},
    mcpServers: [],
    memoryMB: Math.round(process.memoryUsage.rss() / 1_048_576),
  };
};

/** What was used since midnight. */
export const usageHandler = ({ store, timezone, now }: { readonly store: Store; readonly timezone: () => string; readonly now: () => number }): Handler<typeof usageToday> =>
  async (_, { caller }) => {
    const zone = timezone();
    const since = startOfDay(now(), zone);
    return { since: new Date(since).toISOString(), timezone: zone, ...(await store.usageSince(since, visibleWorkspaces(caller))) };
  };
