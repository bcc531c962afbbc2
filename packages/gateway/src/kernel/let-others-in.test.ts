import { expect, test } from 'vitest';
import { letOthersIn } from './let-others-in.ts';

/** Works for a while without ever waiting for anything; resolves to how often others came in. */
const workFor = async (ms: number, breathe: () => Promise<void> | undefined): Promise<number> => {
  let times = 0;
  const others = setInterval(() => times++, 1);
  const until = performance.now() + ms;
  while (performance.now() < until) await breathe();
  clearInterval(others);
  return times;
};

test('work that never waits keeps everybody else out, unless it lets them in', async () => {
  expect(await workFor(60, () => undefined)).toBe(0);
  expect(await workFor(60, letOthersIn)).toBeGreaterThanOrEqual(2);
});

test('several that work at once hold the event loop no longer than one', async () => {
  const [first, second] = await Promise.all([workFor(60, letOthersIn), workFor(60, letOthersIn)]);
  expect(Math.min(first, second)).toBeGreaterThanOrEqual(2);
});

test('a little work is not made to wait', async () => {
  await new Promise((resolve) => setImmediate(resolve));
  expect(letOthersIn()).toBeUndefined();
});
