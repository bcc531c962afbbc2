import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { Mutation } from './mutation.ts';

/** As after a change that not every answer was looked at for. */
const forgetsAField = (store: Store): Store => ({
  ...store,
  listSessions: async (filter) => {
    const { sessions, total } = await store.listSessions(filter);
    return { total, sessions: sessions.map((session) => ({ ...session, channel: undefined }) as unknown as typeof session) }; // What is broken here.
  },
});

const tripsOverNames = (store: Store): Store => ({
  ...store,
  findSession: async (selector) => {
    if ('key' in selector && /[^\w:.-]/.test(selector.key)) throw new TypeError('not a word');
    return store.findSession(selector);
  },
});

/** Of whoever is on the wire, and what they are answered. */
export const WIRE = {
  'waits-for-slow-readers': { wire: { socketLimits: { backlog: Number.POSITIVE_INFINITY, patienceMs: 3_600_000 } } },
  'patient-with-strangers': { wire: { socketLimits: { strangersStayMs: 3_600_000, mostStrangers: 1_000_000 } } },
  'any-page': {
    wire: { doorkeeper: (doorkeeper) => ({ admit: (request) => ({ ...doorkeeper.admit(request), page: 'own' }), foreign: (origin) => doorkeeper.foreign(origin) }) },
  },
  'forgets-a-field': { store: forgetsAField },
  'trips-over-names': { store: tripsOverNames },
} as const satisfies Readonly<Record<string, Mutation>>;
