import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { silent } from '../../kernel/log.ts';
import type { DeliveryTry } from '../ports/webhook-store.ts';
import { Outcomes } from './outcomes.ts';

const outcome = (seq: number): DeliveryTry => ({ seq, claim: 1, webhookId: 'wh_1', outcome: 'delivered' });

/** Outcomes over a store that takes its time. */
const gathering = (writeMs: number) => {
  const batches: number[][] = [];
  const outcomes = new Outcomes({
    store: {
      recordTries: async (tries) => {
        await sleep(writeMs);
        batches.push(tries.map(({ seq }) => seq));
        return [];
      },
    },
    log: silent,
    now: Date.now,
    recorded: () => {},
  });
  return { outcomes, batches, written: () => batches.flat().toSorted((a, b) => a - b) };
};

test.each([0, 1, 4, 6, 20])('each is written, whenever it comes, where a write takes %i ms', async (writeMs) => {
  const { outcomes, written } = gathering(writeMs);
  let seq = 0;
  for (const pause of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 25]) {
    outcomes.add(outcome(seq++), false);
    if (pause % 3 === 0) for (let n = 0; n < 260; n++) outcomes.add(outcome(seq++), false);
    await sleep(pause);
  }
  await expect.poll(written).toEqual(Array.from({ length: seq }, (_, n) => n));
  // What comes after a while of quiet, too.
  await sleep(30);
  outcomes.add(outcome(seq), false);
  await expect.poll(() => written().at(-1)).toBe(seq);
});

test('many are few writes; an urgent one does not wait', async () => {
  const { outcomes, batches } = gathering(5);
  for (let n = 0; n < 50; n++) outcomes.add(outcome(n), false);
  await expect.poll(() => batches.length).toBe(1);
  outcomes.add(outcome(50), true);
  await sleep(0);
  await outcomes.flush();
  expect(batches).toHaveLength(2);
});

test('a flush writes what waits, and does not wait for ever where nothing can be written', async () => {
  const { outcomes, written } = gathering(1);
  outcomes.add(outcome(1), false);
  await outcomes.flush();
  expect(written()).toEqual([1]);
  const broken = new Outcomes({ store: { recordTries: () => Promise.reject(new Error('full')) }, log: silent, now: Date.now, recorded: () => {} });
  broken.add(outcome(1), false);
  await broken.flush();
});
