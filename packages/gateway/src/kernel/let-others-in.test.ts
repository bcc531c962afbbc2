import { expect, test } from 'vitest';
import { letOthersIn } from './let-others-in.ts';

const PATIENCE_MS = 2_000;

/** Works without ever waiting for anything, until others came in twice or the time is up; resolves to how often they did. */
const work = async (breathe: () => Promise<void> | undefined, mostMs = PATIENCE_MS): Promise<number> => {
  let times = 0;
  const others = setInterval(() => times++, 1);
  const until = performance.now() + mostMs;
  while (times < 2 && performance.now() < until) await breathe();
  clearInterval(others);
  return times;
};

test('work that never waits keeps everybody else out, unless it lets them in', async () => {
  expect(await work(() => undefined, 60)).toBe(0);
  expect(await work(letOthersIn)).toBeGreaterThanOrEqual(2);
});

test('several that work at once let others in like one', async () => {
  expect(Math.min(...(await Promise.all([work(letOthersIn), work(letOthersIn)])))).toBeGreaterThanOrEqual(2);
});

test('a little work is not made to wait', async () => {
  await new Promise((resolve) => setImmediate(resolve));
  expect(letOthersIn()).toBeUndefined();
});
