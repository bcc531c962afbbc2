/** Webhooks over a real store and real endpoints, with a clock and a way out that the test holds in its hands. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InputOf, NewWebhook as MadeWebhook, OutputOf, replayWebhook, updateWebhook } from '@openclaw/contract';
import { createWebhook } from '@openclaw/contract';
import { openMemoryBus } from '../../packages/gateway/src/drivers/buses/memory/index.ts';
import { type Caller, owner } from '../../packages/gateway/src/engine/access/index.ts';
import type { HandlerContext } from '../../packages/gateway/src/engine/gateway.ts';
import type { GuardedHttpClient } from '../../packages/gateway/src/engine/ports/http-client.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { Deliverer, deliveryHandlers, WebhookBook, webhookHandlers } from '../../packages/gateway/src/engine/webhooks/index.ts';
import { openSqlitePair } from './store-pairs.ts';

interface WorldOptions {
  readonly http: GuardedHttpClient;
  readonly now: () => number;
  /** Something broken on purpose, between the engine and its store. */
  readonly broken?: ((store: Store) => Store) | undefined;
}

export interface WebhookWorld extends AsyncDisposable {
  readonly store: Store;
  create(input: { readonly url: string; readonly events: string[]; readonly retries?: number; readonly timeoutMs?: number }, caller?: Caller): Promise<MadeWebhook>;
  /** As though it had been let in before the door looked. */
  smuggle(id: string, url: string): Promise<void>;
  update(input: InputOf<typeof updateWebhook>): Promise<unknown>;
  replay(webhook: string, since: number): Promise<OutputOf<typeof replayWebhook>>;
  /** One event of a kind that the webhooks of a test listen to. */
  tell(id: string): Promise<void>;
  /** Resolves when all that is due now has been tried. */
  settle(): Promise<void>;
}

const log = (): void => {};
const CONTEXT: HandlerContext = { caller: owner, once: undefined, signal: new AbortController().signal, quiet: true, entrusted: {} };
const SETTLED_WITHIN_MS = 30_000;

export const openWebhookWorld = async ({ http, now, broken = (store) => store }: WorldOptions): Promise<WebhookWorld> => {
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-webhooks-'));
  const pair = await openSqlitePair(folder);
  const store = broken(pair.store);
  let open = 0;
  const counted: Store = {
    ...store,
    claimDeliveries: async (claim) => {
      const claimed = await store.claimDeliveries(claim);
      open += claimed.length;
      return claimed;
    },
    recordTries: async (tries, at) => {
      const disabled = await store.recordTries(tries, at);
      open -= tries.length;
      return disabled;
    },
  };
  const bus = openMemoryBus(log);
  const book = new WebhookBook({ store, bus, configured: () => [], log, now });
  const reach = () => ({ allowedPrivate: [], loopbackOnly: true });
  const deliverer = new Deliverer({ store: counted, book, http, reach, owner: 'node', log, now, pace: 1 });
  await book.settle();
  await deliverer.start();
  const handlers = webhookHandlers({ store, book, http, reach, now });
  const deliveries = deliveryHandlers({ store, book, nudge: () => deliverer.nudge(), now });
  return {
    store,
    // A handler without events returns its output.
    create: (input, caller = owner) => handlers.create(createWebhook.input.parse(input), { ...CONTEXT, caller }) as Promise<MadeWebhook>,
    smuggle: async (id, url) => {
      await store.addWebhook({
        id, name: undefined, source: 'api', workspace: undefined, events: ['skill.installed'], topics: [{ type: 'skill.installed', called: 'skill.installed' }], order: 'none',
        definition: { url, headers: {}, signature: 'bare', retries: 0, timeoutMs: 2_000 }, secrets: [], enabled: true, createdBy: 'stranger', createdAt: now(),
      }, { most: 1_000 });
      await book.changed();
    },
    update: (input) => handlers.update(input, CONTEXT) as Promise<unknown>,
    replay: (webhook, since) => deliveries.replay({ webhook, since: new Date(since).toISOString(), delivered: false }, CONTEXT) as Promise<OutputOf<typeof replayWebhook>>,
    tell: (id) => store.appendEvents([{ id, type: 'skill.installed', at: now(), data: { name: id } }]),
    settle: async () => {
      let calm = 0;
      for (const deadline = performance.now() + SETTLED_WITHIN_MS; calm < 2; ) {
        if (performance.now() > deadline) throw new Error('deliveries did not come to rest');
        deliverer.nudge();
        await sleep(10);
        const { due } = await store.dueWebhooks(now());
        calm = due.length === 0 && open === 0 ? calm + 1 : 0;
      }
    },
    [Symbol.asyncDispose]: async () => {
      await deliverer.stop(1_000);
      book.close();
      await pair.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
