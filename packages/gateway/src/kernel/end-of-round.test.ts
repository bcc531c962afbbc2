import { expect, test } from 'vitest';
import { endOfRound } from './end-of-round.ts';

test('those who wait in the same round go on one right after the other, when all that had come in is taken up', async () => {
  const order: string[] = [];
  const one = async (name: string): Promise<void> => {
    order.push(`${name} came`);
    await endOfRound();
    order.push(`${name} went`);
  };
  await Promise.all([one('first'), Promise.resolve().then(() => one('second')), new Promise(process.nextTick).then(() => one('third'))]);
  expect(order).toEqual(['first came', 'second came', 'third came', 'first went', 'second went', 'third went']);
});

test('whoever comes later waits for a round of their own', async () => {
  const first = endOfRound();
  await first;
  expect(endOfRound()).not.toBe(first);
});
