import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { Mutation } from './mutation.ts';

/** What is to be told is written when the answer is out: between the two, a kill loses it. */
const tellsAfterAnswer = (store: Store): Store => ({
  ...store,
  addWebhook: (webhook, options) => store.addWebhook({ ...webhook, topics: webhook.topics.map(({ called }) => ({ type: 'turn.cancelled', called })) }, options),
  createSession: async (session, once) => {
    const made = await store.createSession(session, once);
    setTimeout(() => void store.appendEvents([{ id: `evt_${made.id}_started`, type: 'turn.cancelled', at: session.now, data: { sessionId: made.id } }]).catch(() => {}), 100);
    return made;
  },
});

/** What was taken to be sent counts as delivered: a kill on the way loses it. */
const deliversFromMemory = (store: Store): Store => ({
  ...store,
  claimDeliveries: async (claim) => {
    const claimed = await store.claimDeliveries(claim);
    await store.recordTries(claimed.map(({ seq, claim: number, webhookId }) => ({ seq, claim: number, webhookId, outcome: 'delivered' })), claim.now);
    return claimed;
  },
});

/** As though all endpoints shared one queue: nobody gets anything while something is on its way. */
const oneQueueForAll = (store: Store): Store => {
  const held = new Set<number>();
  return {
    ...store,
    claimDeliveries: async (claim) => {
      if (held.size > 0) return [];
      const claimed = await store.claimDeliveries(claim);
      for (const { seq } of claimed) held.add(seq);
      return claimed;
    },
    recordTries: async (tries, now) => {
      for (const { seq } of tries) held.delete(seq);
      return store.recordTries(tries, now);
    },
  };
};

/** Of whoever is told by webhook. */
export const WEBHOOKS = {
  'tells-after-answer': { store: tellsAfterAnswer },
  'delivers-from-memory': { store: deliversFromMemory },
  'jumps-the-queue': {
    store: (store) => ({
      ...store,
      claimDeliveries: (claim) => store.claimDeliveries({ ...claim, wanted: claim.wanted.map((one) => ({ ...one, order: 'none', limit: 10 })) }),
    }),
  },
  'one-queue-for-all': { store: oneQueueForAll },
  'drops-old-secrets': {
    store: (store) => ({
      ...store,
      changeWebhook: (id, change) => store.changeWebhook(id, change.secrets ? { ...change, secrets: change.secrets.slice(0, 1) } : change),
    }),
  },
} as const satisfies Readonly<Record<string, Mutation>>;
