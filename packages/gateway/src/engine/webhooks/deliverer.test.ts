import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openMemoryBus } from '../../drivers/buses/memory/index.ts';
import { silent } from '../../kernel/log.ts';
import type { GuardedHttpClient } from '../ports/http-client.ts';
import type { ClaimedDelivery, WebhookRecord } from '../ports/webhook-store.ts';
import { Deliverer } from './deliverer.ts';
import { WebhookBook } from './webhook-book.ts';

const webhookWith = (concurrency: number): WebhookRecord => ({
  id: 'wh_1', name: undefined, source: 'api', workspace: undefined, events: ['*'], order: 'none', definition: { url: 'https://app.example/', headers: {}, signature: 'bare', concurrency }, secrets: [], enabled: true,
  createdBy: 'x', createdAt: 0, disabledReason: undefined, failures: 0, failingSince: undefined, updatedAt: 0,
});

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

/** One webhook for which these wait, in a store that takes its time to claim. */
const open = async (pending: ClaimedDelivery[], concurrency: number) => {
  const arrived: string[] = [];
  const store = {
    settleWebhooks: async () => {},
    webhooks: async () => [webhookWith(concurrency)],
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
  await deliverer.start();
  const close = async (): Promise<void> => {
    await deliverer.stop(1_000);
    book.close();
  };
  return { arrived, deliverer, [Symbol.asyncDispose]: close };
};

/** A look that nothing asked for comes after a second. */
const NOBODY_LOOKS_WITHIN_MS = 900;
const many = (count: number, from = 0): ClaimedDelivery[] => Array.from({ length: count }, (_, n) => delivery(from + n));

test('where claiming takes longer than sending, what waits goes on as soon as it is claimed', async () => {
  const startedAt = performance.now();
  await using world = await open(many(100), 1);
  await expect.poll(() => world.arrived.length, { interval: 5, timeout: 5_000 }).toBe(100);
  expect(performance.now() - startedAt).toBeLessThan(NOBODY_LOOKS_WITHIN_MS);
  expect(new Set(world.arrived).size).toBe(100);
});

test('what comes while enough is at hand is taken up when less is', async () => {
  const pending = many(200);
  const startedAt = performance.now();
  await using world = await open(pending, 10);
  await expect.poll(() => world.arrived.length, { interval: 1 }).toBeGreaterThan(0);
  pending.push(...many(10, 200));
  world.deliverer.nudge();
  await expect.poll(() => world.arrived.length, { interval: 5, timeout: 5_000 }).toBe(210);
  expect(performance.now() - startedAt).toBeLessThan(NOBODY_LOOKS_WITHIN_MS);
});
