import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { openHttpClient } from '../drivers/http/undici/index.ts';
import { configuredWebhooks, Deliverer, deliveryHandlers, jobWebhooks, type ReachSettings, WebhookBook, webhookHandlers } from '../engine/webhooks/index.ts';
import type { EventBus } from '../engine/ports/event-bus.ts';
import type { Store } from '../engine/ports/store.ts';
import type { Log } from '../kernel/log.ts';
import type { LiveConfig } from './config/live-config.ts';
import { isLoopback } from './config/settings/listening-settings.ts';

export interface WebhookParts {
  readonly config: Pick<LiveConfig, 'current' | 'onChange'>;
  /** Of this gateway: no delivery goes to one of them. */
  readonly ownPorts: readonly number[];
  /** The folder of its state, from which a node is told apart after a restart. */
  readonly state: string;
  /** Calls it whenever something was written that somebody may have to be told of. */
  /** What the pauses between tries are multiplied by. */
  readonly pace?: number | undefined;
}

interface Deps {
  readonly store: Store;
  readonly bus: EventBus;
  readonly log: Log;
  readonly now: () => number;
}

/** Who is told of what happens: the book of webhooks, what sends to them, and what can be asked about them. */
export const openWebhooks = async ({ config, ownPorts, state, pace = 1 }: WebhookParts, { store, bus, log, now }: Deps) => {
  const http = openHttpClient({ headersTimeoutMs: 90_000, ownPorts: () => ownPorts });
  const configured = () => configuredWebhooks(config.current().webhooks.outgoing, now());
  const book = new WebhookBook({ store, bus, configured, log, now });
  const reach = (): ReachSettings => ({ allowedPrivate: config.current().webhooks.allowedPrivate, loopbackOnly: isLoopback(config.current().gateway.host) });
  const owner = createHash('sha256').update(`${hostname()}\n${state}`).digest('hex').slice(0, 16);
  const deliverer = new Deliverer({ store, book, http, reach, owner, log, now, pace });
  await book.settle();
  const unfollow = config.onChange(() => void book.settle().catch((thrown: unknown) => log('error', 'the webhooks of the configuration could not be taken up', { cause: String(thrown) })));
  await deliverer.start();
  const nudge = (): void => deliverer.nudge();
  store.onTold(nudge);
  return {
    handlers: { ...webhookHandlers({ store, book, http, reach, now }), deliveries: deliveryHandlers({ store, book, nudge, now }) },
    ofJobs: jobWebhooks({ book, http, reach, now }),
    /** Lets go of what nobody needs any more. */
    retire: async (): Promise<void> => {
      if ((await store.retireWebhooks()) > 0) await book.changed();
    },
    stop: async (graceMs: number): Promise<void> => {
      unfollow();
      await deliverer.stop(graceMs);
      book.close();
      await http.close();
    },
  };
};

export type Webhooks = Awaited<ReturnType<typeof openWebhooks>>;
