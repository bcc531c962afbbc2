import type { getStatus } from '@openclaw/contract';
import type { Handler } from '../gateway.ts';
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
    memoryMB: Math.round(process.memoryUsage.rss() / 1_048_576),
  };
};
