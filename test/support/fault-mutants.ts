/** Ways to be wrong, for the red proofs: each breaks one promise that a scenario checks. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StartOptions } from '../../packages/gateway/src/app/start-options.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import type { Fence, StepRecord } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import type { Tool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { TOOL_OF } from './fault-tools.ts';

const MUTANTS = [
  'once-runs-again', 'answers-before-commit', 'step-after-tools', 'forgets-crashes', 'waits-on-main-thread', 'never-gives-back',
  'waits-for-slow-readers', 'patient-with-strangers', 'any-page', 'keeps-the-revoked', 'forgets-a-field', 'trips-over-names', 'ignores-versions', 'audits-later',
  'forgets-revocations', 'loses-allowlists', 'tells-after-answer', 'delivers-from-memory', 'jumps-the-queue', 'one-queue-for-all', 'drops-old-secrets',
] as const;
type Wire = Pick<NonNullable<StartOptions['extras']>, 'authenticator' | 'doorkeeper' | 'socketLimits' | 'configFile'>;
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
  'keeps-the-revoked': { authenticator: (authenticator) => ({ ...authenticator, refresh: () => {} }) },
};

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
