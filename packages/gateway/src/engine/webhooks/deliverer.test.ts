import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openMemoryBus } from '../../drivers/buses/memory/index.ts';
import { silent } from '../../kernel/log.ts';
import type { GuardedHttpClient } from '../ports/http-client.ts';
import type { ClaimedDelivery, WebhookRecord } from '../ports/webhook-store.ts';
import { Deliverer } from './deliverer.ts';
import { WebhookBook } from './webhook-book.ts';

const WEBHOOK: WebhookRecord = {
  id: 'wh_1', name: undefined, source: 'api', workspace: undefined, events: ['*'], order: 'none', definition: { url: 'https://app.example/', headers: {}, signature: 'bare', concurrency: 1 }, secrets: [], enabled: true,
  createdBy: 'x', createdAt: 0, disabledReason: undefined, failures: 0, failingSince: undefined, updatedAt: 0,
};

const delivery = (seq: number): ClaimedDelivery => ({
  seq, id: `evt_${seq}`, webhookId: 'wh_1', eventId: `evt_${seq}`, type: 'skill.installed', called: 'skill.installed', at: 0, sessionKey: undefined, data: { name: 'x' }, state: 'pending', tries: 0, triesNow: 0,
  begunAt: 0, nextAt: 0, lastStatus: undefined, lastError: undefined, claim: 1,
});

/** An endpoint that is well. */
const wellEndpoint = (arrived: string[]): GuardedHttpClient => ({
  request: async (_url, { headers }) => {
    await sleep(1);
    arrived.push(headers?.['webhook-id'] ?? '');
    return { status: 200, headers: {}, body: (async function* () {})(), text: async () => 'OK', bytes: async () => new Uint8Array() };
  },
  listens: async () => true,
  checkReach: async () => {},
});

test('where claiming takes longer than sending, what waits goes on as soon as it is claimed', async () => {
  const pending = Array.from({ length: 100 }, (_, seq) => delivery(seq));
  const arrived: string[] = [];
  const store = {
    settleWebhooks: async () => {},
    webhooks: async () => [WEBHOOK],
    dueWebhooks: async () => ({ due: pending.length > 0 ? ['wh_1'] : [], nextAt: undefined }),
    claimDeliveries: async ({ wanted }: { readonly wanted: readonly { readonly limit: number }[] }) => {
      await sleep(40);
      return pending.splice(0, wanted[0]?.limit ?? 0);
    },
    renewDeliveries: async () => {},
    reclaimDeliveries: async () => {},
    recordTries: async () => [],
  };
  const book = new WebhookBook({ store, bus: openMemoryBus(silent), configured: () => [], log: silent, now: Date.now });
  await book.settle();
  const deliverer = new Deliverer({ store, book, http: wellEndpoint(arrived), reach: () => ({ allowedPrivate: [], loopbackOnly: true }), owner: 'node', log: silent, now: Date.now, pace: 1 });
  const startedAt = performance.now();
  await deliverer.start();
  await expect.poll(() => arrived.length, { interval: 5, timeout: 5_000 }).toBe(100);
  // Some six claims of 40 ms; a look that nothing asked for comes after a second.
  expect(performance.now() - startedAt).toBeLessThan(900);
  expect(new Set(arrived).size).toBe(100);
  await deliverer.stop(1_000);
  book.close();
});
