/** A store and a queue that fail as theirs would on a bad day: before the write, or after it with only the answer lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '@openclaw/contract';
import type { TurnQueue } from '../../packages/gateway/src/engine/ports/queue.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';

export interface Faults {
  readonly random: () => number;
  readonly slowMs: number;
  /** Faults happen while this says so. */
  readonly on: () => boolean;
  /** Counts what was done, by name. */
  readonly happened: Map<string, number>;
}

const SHARE = { before: 0.05, after: 0.05, full: 0.01, slow: 0.1 } as const;
/** The ways out must stay open, or nothing could be stopped. */
const SPARED: ReadonlySet<string> = new Set(['close']);

export const faultyStore = (store: Store, faults: Faults): Store => faulty(store, faults);
export const faultyQueue = (queue: TurnQueue, faults: Faults): TurnQueue => faulty(queue, faults);

const faulty = <Port extends object>(port: Port, faults: Faults): Port =>
  new Proxy(port, {
    get: (target, name): unknown => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function' || typeof name !== 'string' || SPARED.has(name)) return method;
      return (...input: unknown[]) => withFaults(() => Reflect.apply(method, target, input), faults);
    },
  });

const withFaults = async (work: () => unknown, faults: Faults): Promise<unknown> => {
  if (!faults.on()) return work();
  const note = (what: string): void => void faults.happened.set(what, (faults.happened.get(what) ?? 0) + 1);
  const slow = faults.random() < SHARE.slow;
  const lot = faults.random();
  if (slow) {
    note('slow');
    await sleep(faults.slowMs);
  }
  if (lot < SHARE.before) {
    note('failed before');
    throw new GatewayError('store_unavailable', 'The store is away (before)');
  }
  if (lot < SHARE.before + SHARE.full) {
    note('full');
    throw new GatewayError('storage_full', 'The disk is full');
  }
  const output = await work();
  if (lot < SHARE.before + SHARE.full + SHARE.after) {
    note('failed after');
    throw new GatewayError('store_unavailable', 'The store is away (after)');
  }
  return output;
};

/** A store that answers as if it had written, and has not. */
export const forgetfulStore = (store: Store, random: () => number): Store => ({
  ...store,
  endTurn: async (fence, end) => {
    if (random() >= 0.2) await store.endTurn(fence, end);
  },
});
