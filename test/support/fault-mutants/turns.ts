import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { Fence, StepRecord } from '../../../packages/gateway/src/engine/ports/turn-records.ts';
import { TOOL_OF } from '../fault-tools.ts';
import type { Mutation } from './mutation.ts';

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

/** Of turns, and of what they journal. */
export const TURNS = {
  /** A tool that may run once only, declared as one that may run again. */
  'once-runs-again': { tools: (tools) => tools.map((tool) => (tool.name === TOOL_OF.once ? { ...tool, effect: 'idempotent' } : tool)) },
  'answers-before-commit': { store: answersBeforeCommit },
  'step-after-tools': { store: stepAfterTools },
  'forgets-crashes': { store: forgetsCrashes },
  'waits-on-main-thread': { store: waitsOnMainThread },
  'never-gives-back': { store: (store) => ({ ...store, suspendTurn: async () => {} }) },
} as const satisfies Readonly<Record<string, Mutation>>;
