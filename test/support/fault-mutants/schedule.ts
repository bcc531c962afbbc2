import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../packages/gateway/src/engine/ports/store.ts';
import type { NewTurn } from '../../../packages/gateway/src/engine/ports/turn-records.ts';
import type { Mutation } from './mutation.ts';

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

/** Of jobs and their slots. */
export const SCHEDULE = {
  'slot-apart': { store: (store) => slotApart(store, 'turn first') },
  'slot-before-turn': { store: (store) => slotApart(store, 'slot first') },
  'never-moves-jobs': { store: (store) => ({ ...store, moveCronJobs: async () => {} }) },
  'forgets-slots': { store: (store) => ({ ...store, acceptTurn: (turn, startNow) => store.acceptTurn({ ...turn, duties: undefined }, startNow) }) },
} as const satisfies Readonly<Record<string, Mutation>>;
