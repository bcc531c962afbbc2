import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Makes much and forgets most of it, as a gateway does under load; resolves to how far the young generation of that process grew, in megabytes. */
const grownTo = async (bound: string): Promise<number> => {
  const program = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { setImmediate as next } from 'node:timers/promises';
    import { boundYoungGeneration } from ${JSON.stringify(new URL('young-generation.ts', import.meta.url).href)};
    ${bound}
    let kept = [];
    for (let round = 0; round < 150; round++) {
      for (let n = 0; n < 20_000; n++) kept.push({ n, list: [n], text: 'x' + n });
      if (kept.length > 30_000) kept = kept.slice(-15_000);
      await next();
    }
    console.log(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size / 1024 / 1024);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env: { PATH: process.env['PATH'] } });
  return Number(stdout);
};

test('the young generation grows to about what it is given, and no further', async () => {
  expect(await grownTo('')).toBeGreaterThan(60);
  const bounded = await grownTo('boundYoungGeneration(8 * 1024 * 1024);');
  expect(bounded).toBeGreaterThanOrEqual(4);
  expect(bounded).toBeLessThanOrEqual(32);
});
