import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { sendMessage } from '@openclaw/contract';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { median, type Outcome, quantile, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';
import { compileShim, NO_SHIM } from '../support/power-cut.ts';

interface Scale {
  readonly rounds: number;
  readonly mostTimes: number;
  readonly mutant?: Mutant;
}

const DELAY_MS = 5;
const OTHERS = 32;
const WORDS = Array.from({ length: 200 }, (_, n) => `w${n} `);
/** Gaps below this are a scheduler's, whatever the disk does. */
const FLOOR_MS = 6;

/** A stream of words keeps its pace while 32 other turns wait for a disk that takes 5 ms more for each sync. */
const streamBesideCommits = async ({ rounds, mostTimes, mutant }: Scale): Promise<Outcome> => {
  const library = await compileShim();
  if (library === undefined) return { figures: '', problems: [], skipped: NO_SHIM };
  await using model = await startModelServer({
    script: ({ messages }) => (messages.at(-1)?.text === 'talk' ? { text: WORDS, chunkDelayMs: 5 } : { text: 'yes', delayMs: 150 }),
  });
  const folders = [await makeStateDirectory(model.url), await makeStateDirectory(model.url)] as const;
  const config = { args: mutant ? ['--mutant', mutant] : [] };
  await using fast = await startProcess({ folder: folders[0] });
  await using slow = await startProcess({ ...config, folder: folders[1], env: { LD_PRELOAD: library, OPENCLAW_FSYNC_DELAY_MS: String(DELAY_MS) } });
  try {
    const p99s = { fast: [] as number[], slow: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      p99s.fast.push(quantile(await gapsUnderLoad(fast, round), 0.99));
      p99s.slow.push(quantile(await gapsUnderLoad(slow, round), 0.99));
    }
    const [plain, delayed] = [Math.max(FLOOR_MS, median(p99s.fast)), median(p99s.slow)];
    const times = delayed / plain;
    return {
      figures: `p99 gap ${delayed.toFixed(1)} ms with ${DELAY_MS} ms a sync, ${plain.toFixed(1)} ms without: ${times.toFixed(2)} times (${rounds} rounds each)`,
      problems: times <= mostTimes ? [] : [`the p99 gap is ${times.toFixed(2)} times as long with a slow disk, ${mostTimes} allowed`],
    };
  } finally {
    await Promise.all([fast.end('SIGKILL'), slow.end('SIGKILL')]);
    await Promise.all(folders.map(removeFolder));
  }
};

const gapsUnderLoad = async (gateway: GatewayProcess, round: number): Promise<readonly number[]> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  let over = false;
  const other = async (n: number): Promise<void> => {
    for (let i = 0; !over && i < 1_000; i++) await client.call(sendMessage, { session: `other-${round}-${n}-${Math.floor(i / 20)}`, text: 'work' });
  };
  const others = Array.from({ length: OTHERS - 1 }, (_, n) => other(n));
  await sleep(100);
  const gaps: number[] = [];
  let last: number | undefined;
  for await (const event of client.stream(sendMessage, { session: `talk-${round}`, text: 'talk' })) {
    if (event.type !== 'text') continue;
    const now = performance.now();
    if (last !== undefined) gaps.push(now - last);
    last = now;
  }
  over = true;
  await Promise.all(others);
  return gaps;
};

export const slowDisk: Scenario = {
  id: 'slow-disk',
  title: 'T9 slow fsync',
  quick: () => streamBesideCommits({ rounds: 1, mostTimes: 3 }),
  full: () => streamBesideCommits({ rounds: 5, mostTimes: 2 }),
  red: { 'writes wait on the main thread': () => streamBesideCommits({ rounds: 3, mostTimes: 2, mutant: 'waits-on-main-thread' }) },
};
