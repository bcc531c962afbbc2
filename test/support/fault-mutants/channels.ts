import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { Mutation } from './mutation.ts';

/** What is on its way is written down when it has arrived. */
const marksAfterSending = (store: Store): Store => ({
  ...store,
  beginPart: async () => {},
  endPart: async (hold, part) => {
    await store.beginPart(hold, part);
    await store.endPart(hold, part);
  },
});

/** Of messages that come and go by chat. */
export const CHANNELS = {
  'marks-after-sending': { store: marksAfterSending },
  'always-sends-again': { store: (store) => ({ ...store, recoverSends: (hold, _, now) => store.recoverSends(hold, 'at-least-once', now) }) },
  'marked-is-sent': { store: (store) => ({ ...store, recoverSends: (hold, _, now) => store.recoverSends(hold, 'at-most-once', now) }) },
  'forgets-arrivals': {
    store: (store) => ({ ...store, acceptTurn: (turn, startNow) => store.acceptTurn({ ...turn, once: undefined, arrival: undefined }, startNow), findAnswer: async () => undefined }),
  },
} as const satisfies Readonly<Record<string, Mutation>>;
