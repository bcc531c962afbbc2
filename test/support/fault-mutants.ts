/** Ways to be wrong, for the red proofs: each breaks one promise that a scenario checks. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartOptions } from '../../packages/gateway/src/app/start-options.ts';
import { Delivery } from '../../packages/gateway/src/engine/ingress/index.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import type { AcceptedTurn, Fence, NewTurn, StepRecord } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import type { Tool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { TOOL_OF } from './fault-tools.ts';

const MUTANTS = [
  'once-runs-again', 'answers-before-commit', 'step-after-tools', 'forgets-crashes', 'waits-on-main-thread', 'never-gives-back',
  'waits-for-slow-readers', 'patient-with-strangers', 'any-page', 'keeps-the-revoked', 'forgets-a-field', 'trips-over-names', 'ignores-versions', 'audits-later',
  'forgets-revocations', 'loses-allowlists', 'marks-after-sending', 'always-sends-again', 'forgets-arrivals', 'marked-is-sent',
  'slot-apart', 'slot-before-turn', 'never-moves-jobs', 'forgets-slots',
  'writes-bodies-anew', 'vouches-for-all', 'remembers-in-a-map', 'forgets-sources',
  'tells-after-answer', 'delivers-from-memory', 'jumps-the-queue', 'one-queue-for-all', 'drops-old-secrets',
] as const;
type Wire = Pick<NonNullable<StartOptions['extras']>, 'authenticator' | 'doorkeeper' | 'socketLimits' | 'configFile' | 'ingress'>;
export type Mutant = (typeof MUTANTS)[number];

export const isMutant = (name: string): name is Mutant => MUTANTS.some((mutant) => mutant === name);

/** A tool that may run once only, declared as one that may run again. */
export const mutantTools = (mutant: Mutant | undefined, tools: readonly Tool[]): readonly Tool[] =>
  mutant === 'once-runs-again' ? tools.map((tool) => (tool.name === TOOL_OF.once ? { ...tool, effect: 'idempotent' } : tool)) : tools;

export const mutantStore = (mutant: Mutant | undefined, store: Store): Store => (mutant && STORES[mutant]?.(store)) ?? store;

/** What is broken on the wire. */
export const mutantWire = (mutant: Mutant | undefined): Wire => (mutant && WIRES[mutant]) ?? {};

const WIRES: Partial<Record<Mutant, Wire>> = {
  'waits-for-slow-readers': { socketLimits: { backlog: Number.POSITIVE_INFINITY, patienceMs: 3_600_000 } },
  'patient-with-strangers': { socketLimits: { strangersStayMs: 3_600_000, mostStrangers: 1_000_000 } },
  'any-page': {
    doorkeeper: (doorkeeper) => ({ admit: (request) => ({ ...doorkeeper.admit(request), page: 'own' }), foreign: (origin) => doorkeeper.foreign(origin) }),
  },
  'ignores-versions': { configFile: (file) => ({ ...file, change: (decide) => file.change(decide, undefined) }) },
  'writes-bodies-anew': {
    ingress: (ingress) => ({
      find: (path) => ingress.find(path),
      meet: (entrance, head) => ingress.meet(entrance, head),
      receive: (entrance, delivery) => ingress.receive(entrance, new Delivery(delivery.head, writtenAnew(delivery.body))),
    }),
  },
  'vouches-for-all': { ingress: (ingress) => ({ find: (path) => ingress.find(path), meet: () => 'vouched', receive: (entrance, delivery) => ingress.receive(entrance, delivery) }) },
  'keeps-the-revoked': { authenticator: (authenticator) => ({ ...authenticator, refresh: () => {} }) },
};

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

const answersBeforeCommit = (store: Store): Store => ({
  ...store,
  acceptTurn: async (turn) => {
    setTimeout(() => void store.acceptTurn(turn).catch(() => {}), 100);
    const { session } = turn;
    return { turnId: turn.id, sessionId: session.id, sessionKey: 'key' in session ? session.key : '', replayed: false, started: undefined };
  },
});

const stepAfterTools = (store: Store): Store => {
  const held = new Map<string, { readonly fence: Fence; readonly step: StepRecord; missing: number }>();
  return {
    ...store,
    recordStep: async (fence, step) => {
      held.set(fence.turnId, { fence, step, missing: step.toolCalls.length });
    },
    recordToolResult: async (fence, result) => {
      const last = held.get(fence.turnId);
      held.delete(fence.turnId);
      if (last) await store.recordStep(last.fence, last.step);
      // Calls of one step end at about the same time; the step must be there before any of them.
      await sleep(last ? 0 : 20);
      await store.recordToolResult(fence, result);
    },
  };
};

const forgetsCrashes = (store: Store): Store => ({
  ...store,
  startTurn: async (lease, execution) => {
    const started = await store.startTurn(lease, execution);
    return started && { ...started, crashes: 0 };
  },
});

/** What a store in the main thread does to everyone else: each write that waits for the disk stops the process. */
const waitsOnMainThread = (store: Store): Store => {
  const wait = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  return {
    ...store,
    acceptTurn: async (turn, startNow) => {
      wait();
      return store.acceptTurn(turn, startNow);
    },
    endTurn: async (fence, end) => {
      wait();
      return store.endTurn(fence, end);
    },
  };
};

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

/** What was revoked is known for as long as this process lives. */
const forgetsRevocations = (store: Store): Store => {
  const ended = new Map<string, number>();
  return {
    ...store,
    revokeCredential: async (id, now) => {
      const known = ended.has(id);
      ended.set(id, now);
      return !known;
    },
    credentials: async () => (await store.credentials()).map((one) => ({ ...one, revokedAt: one.revokedAt ?? ended.get(one.id) })),
  };
};

/** A list is right for as long as this process lives. */
const losesAllowlists = (store: Store): Store => {
  const told = new Map<string, readonly string[]>();
  return {
    ...store,
    changeWorkspace: async (id, { allowlist, ...change }) => {
      const changed = await store.changeWorkspace(id, change);
      if (!changed) return undefined;
      const { add = [], remove = [] } = allowlist ?? {};
      const list = [...new Set([...(told.get(id) ?? changed.allowlist), ...add])].filter((sender) => !remove.includes(sender));
      told.set(id, list);
      return { ...changed, allowlist: list };
    },
    workspaces: async () => (await store.workspaces()).map((workspace) => ({ ...workspace, allowlist: told.get(workspace.id) ?? workspace.allowlist })),
  };
};

/** What is on its way is written down when it has arrived. */
const marksAfterSending = (store: Store): Store => ({
  ...store,
  beginPart: async () => {},
  endPart: async (hold, part) => {
    await store.beginPart(hold, part);
    await store.endPart(hold, part);
  },
});

/** What becomes of a slot, written in a transaction of its own. */
const settleApart = async (store: Store, { duties, now }: NewTurn): Promise<void> => {
  const run = duties?.run;
  if (!run?.job) return;
  const { jobId, job: { revision, next }, scheduledFor, via, missed } = run;
  await store.settleSlot({ jobId, revision, next: next ?? undefined, now, missed, slot: { scheduledFor, state: 'ran', via, reason: undefined, error: undefined } });
};

/** What takes a process some time, for a kill to fall into. */
const WINDOW_MS = 400;

const slotApart = (store: Store, order: 'turn first' | 'slot first'): Store => ({
  ...store,
  acceptTurn: async (turn, startNow) => {
    if (!turn.duties?.run) return store.acceptTurn(turn, startNow);
    const accept = () => store.acceptTurn({ ...turn, duties: undefined }, startNow);
    if (order === 'slot first') {
      await settleApart(store, turn);
      await sleep(WINDOW_MS);
      return accept();
    }
    const accepted = await accept();
    await sleep(WINDOW_MS);
    await settleApart(store, turn);
    return accepted;
  },
});

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

const STORES: Partial<Record<Mutant, (store: Store) => Store>> = {
  'remembers-in-a-map': remembersInAMap,
  'forgets-sources': forgetsSources,
  'answers-before-commit': answersBeforeCommit,
  'step-after-tools': stepAfterTools,
  'forgets-crashes': forgetsCrashes,
  'waits-on-main-thread': waitsOnMainThread,
  'forgets-a-field': forgetsAField,
  'trips-over-names': tripsOverNames,
  'forgets-revocations': forgetsRevocations,
  'loses-allowlists': losesAllowlists,
  'audits-later': (store) => ({
    ...store,
    audit: async (entries, options) => {
      setTimeout(() => void store.audit(entries, options).catch(() => {}), 400);
    },
  }),
  'marks-after-sending': marksAfterSending,
  'always-sends-again': (store) => ({ ...store, recoverSends: (hold, _, now) => store.recoverSends(hold, 'at-least-once', now) }),
  'marked-is-sent': (store) => ({ ...store, recoverSends: (hold, _, now) => store.recoverSends(hold, 'at-most-once', now) }),
  'forgets-arrivals': (store) => ({ ...store, acceptTurn: (turn, startNow) => store.acceptTurn({ ...turn, once: undefined, arrival: undefined }, startNow), findAnswer: async () => undefined }),
  'slot-apart': (store) => slotApart(store, 'turn first'),
  'slot-before-turn': (store) => slotApart(store, 'slot first'),
  'never-moves-jobs': (store) => ({ ...store, moveCronJobs: async () => {} }),
  'forgets-slots': (store) => ({ ...store, acceptTurn: (turn, startNow) => store.acceptTurn({ ...turn, duties: undefined }, startNow) }),
  'tells-after-answer': tellsAfterAnswer,
  'delivers-from-memory': deliversFromMemory,
  'jumps-the-queue': (store) => ({
    ...store,
    claimDeliveries: (claim) => store.claimDeliveries({ ...claim, wanted: claim.wanted.map((one) => ({ ...one, order: 'none', limit: 10 })) }),
  }),
  'one-queue-for-all': oneQueueForAll,
  'drops-old-secrets': (store) => ({
    ...store,
    changeWebhook: (id, change) => store.changeWebhook(id, change.secrets ? { ...change, secrets: change.secrets.slice(0, 1) } : change),
  }),
  'never-gives-back': (store) => ({ ...store, suspendTurn: async () => {} }),
};
