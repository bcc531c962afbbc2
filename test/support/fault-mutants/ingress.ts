import { Delivery } from '../../../packages/gateway/src/engine/ingress/index.ts';
import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { AcceptedTurn } from '../../../packages/gateway/src/engine/ports/turn-records.ts';
import type { Mutation } from './mutation.ts';

/** What a framework that has read the JSON hands on. */
const writtenAnew = (body: Buffer): Buffer => {
  try {
    return Buffer.from(JSON.stringify(JSON.parse(body.toString())));
  } catch {
    return body;
  }
};

/** What came before is known for as long as this process lives. */
const remembersInAMap = (store: Store): Store => {
  const known = new Map<string, Promise<AcceptedTurn>>();
  return {
    ...store,
    findAnswer: async () => undefined,
    acceptTurn: async ({ once, ...turn }, startNow) => {
      const before = once && known.get(once.key);
      if (before) return { ...(await before), replayed: true, started: undefined };
      const accepted = store.acceptTurn({ ...turn, once: undefined }, startNow);
      if (once) known.set(once.key, accepted);
      return accepted;
    },
  };
};

/** Nobody knows any more which words came from outside. */
const forgetsSources = (store: Store): Store => ({ ...store, acceptTurn: (turn, startNow) => store.acceptTurn({ ...turn, source: undefined }, startNow) });

/** Of what other services send here. */
export const INGRESS = {
  'writes-bodies-anew': {
    wire: {
      ingress: (ingress) => ({
        find: (path) => ingress.find(path),
        meet: (entrance, head) => ingress.meet(entrance, head),
        receive: (entrance, delivery) => ingress.receive(entrance, new Delivery(delivery.head, writtenAnew(delivery.body))),
      }),
    },
  },
  'vouches-for-all': {
    wire: { ingress: (ingress) => ({ find: (path) => ingress.find(path), meet: () => 'vouched', receive: (entrance, delivery) => ingress.receive(entrance, delivery) }) },
  },
  'remembers-in-a-map': { store: remembersInAMap },
  'forgets-sources': { store: forgetsSources },
} as const satisfies Readonly<Record<string, Mutation>>;
