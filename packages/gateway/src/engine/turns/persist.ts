import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '@openclaw/contract';
import type { Log } from '../../kernel/log.ts';
import type { AgentDeps } from '../agent/index.ts';
import type { Store } from '../ports/store.ts';

const LONGEST_PAUSE_MS = 1_000;

/** Tries a write until it holds: a store that is away or full for a while must not cost a turn its work. Ends early with the signal's reason. */
export const persistently = async <Value>(write: () => Promise<Value>, log: Log, signal?: AbortSignal): Promise<Value> => {
  for (let pause = 20; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await write();
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      log('warn', 'the store did not take a write; trying again', { pauseMs: pause, reason: String(thrown) });
      await sleep(pause, undefined, signal ? { signal } : {});
    }
  }
};

const isPassing = (thrown: unknown): boolean =>
  thrown instanceof GatewayError && (thrown.code === 'store_unavailable' || thrown.code === 'storage_full');

/** The store as the agent's loop sees it: writes that hold, or the end of the turn. */
export const persistentStore = (
  store: Store,
  log: Log,
  signal: AbortSignal,
): Pick<Store, 'transcript' | 'recordStep' | 'recordToolResult' | 'takeSteering' | 'recordSummary'> => ({
  transcript: (sessionId, upToTurn, options) => persistently(() => store.transcript(sessionId, upToTurn, options), log, signal),
  recordStep: (fence, step) => persistently(() => store.recordStep(fence, step), log, signal),
  recordToolResult: (fence, result) => persistently(() => store.recordToolResult(fence, result), log, signal),
  takeSteering: (fence, now) => persistently(() => store.takeSteering(fence, now), log, signal),
  recordSummary: (fence, summary) => persistently(() => store.recordSummary(fence, summary), log, signal),
});

/** A store that is away for a while is no reason to end a turn over its budget. */
export const persistentBudgets = (budgets: AgentDeps['budgets'], log: Log, signal: AbortSignal): AgentDeps['budgets'] => ({
  check: (spender) => persistently(() => budgets.check(spender), log, signal),
  sawUnpriced: (spender, model) => budgets.sawUnpriced(spender, model),
});
