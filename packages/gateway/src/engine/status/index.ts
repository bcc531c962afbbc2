import { GatewayError, type getStatus, type usageToday } from '@openclaw/contract';
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
  readonly channels: () => Record<string, string>;
  /** What answers where nothing else is named; throws where nothing can. */
  readonly model: () => string;
  /** What stands in the configuration for it. */
  readonly wantedModel: () => string;
}

const MEMORY_HOLDS_MS = 1_000;

/** Resident memory, looked at once a second: the kernel takes longer to tell than all the rest of a status. */
const memoryGauge = (): (() => number) => {
  let lookedAt = Number.NEGATIVE_INFINITY;
  let megabytes = 0;
  return () => {
    const now = performance.now();
    if (now - lookedAt >= MEMORY_HOLDS_MS) {
      lookedAt = now;
      megabytes = Math.round(process.memoryUsage.rss() / 1_048_576);
    }
    return megabytes;
  };
};

/** How the gateway is. */
export const statusHandler = ({ store, queue, version, agent, storeName, channels, model, wantedModel }: Deps, memoryMB = memoryGauge()): Handler<typeof getStatus> => async () => {
  const [{ sessions }, turns] = await Promise.all([store.counts(), queue.depth()]);
  const answering = nameOrNone(model);
  return {
    ok: answering !== undefined,
    version,
    uptime: Math.floor(process.uptime()),
    agent,
    model: answering ?? wantedModel(),
    store: storeName,
    sessions,
    turns,
    channels: channels(),
    // No such connection exists yet.
    mcpServers: [],
    memoryMB: memoryMB(),
  };
};

/** A model that is not there is news about the gateway, and no reason to say nothing of it. */
const nameOrNone = (model: () => string): string | undefined => {
  try {
    return model();
  } catch (thrown) {
    if (thrown instanceof GatewayError) return undefined;
    throw thrown;
  }
};

/** What was used since midnight. */
export const usageHandler = ({ store, timezone, now }: { readonly store: Store; readonly timezone: () => string; readonly now: () => number }): Handler<typeof usageToday> =>
  async (_, { caller }) => {
    const zone = timezone();
    const since = startOfDay(now(), zone);
    return { since: new Date(since).toISOString(), timezone: zone, ...(await store.usageSince(since, visibleWorkspaces(caller))) };
  };
