import { listCronJobs } from '@openclaw/contract';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeJobs, quieten, tally } from '../support/cron-records.ts';
import { openFakeClock } from '../support/fake-clock.ts';
import { createStubbornClient } from '../support/fault-client.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';

interface Scale {
  readonly jobs: number;
  readonly secondsEach: number;
  /** Longer where the machine may be busy with other tests. */
  readonly resumesWithinMs: number;
  readonly mutant?: Mutant;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** What the clock on the wall is set to, one after the other, besides what it really is. */
const SETTINGS = [
  { name: '+1 h', seconds: HOUR },
  { name: '-24 h', seconds: HOUR - DAY },
  { name: '+1 y', seconds: 365 * DAY },
] as const;
const GIVEN_UP_MS = 15_000;
/** Asking takes a moment, too. */
const ASKED_EVERY_MS = 50;

/** The clock is put an hour ahead, a day back and a year ahead while jobs are due each second. */
const jumps = async ({ jobs: count, secondsEach, resumesWithinMs, mutant }: Scale): Promise<Outcome> => {
  await using model = await startModelServer({ script: () => ({ text: 'tock' }) });
  const folder = await makeStateDirectory(model.url);
  const clock = await openFakeClock(folder);
  if (typeof clock === 'string') return { figures: '', problems: [], skipped: clock };
  await using gateway = await startProcess({ folder, env: clock.env, args: mutant ? ['--mutant', mutant] : [] });
  const client = createStubbornClient(() => gateway);
  const problems = new Problems();
  const resumed: string[] = [];
  try {
    const jobs = await makeJobs(client, count);
    await sleep(secondsEach * 1_000);
    for (const { name, seconds } of SETTINGS) {
      const jumpedAt = performance.now();
      await clock.set(seconds);
      const isNow = (iso: string | null): boolean => iso !== null && Math.abs(Date.parse(iso) - (Date.now() + seconds * 1_000)) < 60_000;
      for (;;) {
        // By their last runs: in the list of records those before a jump back come first.
        const last = (await client.call(listCronJobs, { limit: 200 })).jobs.map(({ lastRun }) => lastRun?.startedAt ?? null);
        if (last.some(isNow) || performance.now() - jumpedAt > GIVEN_UP_MS) break;
        await sleep(ASKED_EVERY_MS);
      }
      const took = performance.now() - jumpedAt;
      resumed.push(`${name} ${Math.round(took)} ms`);
      problems.expect(took <= resumesWithinMs, `after ${name} it took ${Math.round(took)} ms until something ran`);
      await sleep(secondsEach * 1_000);
    }
    const runs = await quieten(client, jobs);
    const verdict = await tally(client, jobs, runs);
    for (const job of jobs) {
      const caught = runs.filter(({ jobId, via }) => jobId === job && via === 'catch_up');
      problems.expect(caught.length <= SETTINGS.length, `${job} was caught up ${caught.length} times`);
      const most = (SETTINGS.length + 1) * (secondsEach + 4) + 6;
      const began = runs.filter(({ jobId, turnId }) => jobId === job && turnId !== null).length;
      problems.expect(began <= most, `${job} ran ${began} times in ${most} s`);
    }
    return {
      figures: `${count} jobs each second; it goes on after ${resumed.join(', ')}; ${verdict.ran} ran, ${verdict.caughtUp} caught up, ${verdict.skipped} skipped, 0 twice`,
      problems: [...verdict.problems, ...problems.all],
    };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

export const clock: Scenario = {
  id: 'clock',
  title: 'T4 jobs while the clock jumps',
  quick: () => jumps({ jobs: 3, secondsEach: 2, resumesWithinMs: 8_000 }),
  full: () => jumps({ jobs: 50, secondsEach: 8, resumesWithinMs: 2_000 }),
  red: {
    'after a jump back nothing is looked at again': () => jumps({ jobs: 3, secondsEach: 2, resumesWithinMs: 8_000, mutant: 'never-moves-jobs' }),
    'the record of a slot is written apart from its turn': () => jumps({ jobs: 3, secondsEach: 2, resumesWithinMs: 8_000, mutant: 'forgets-slots' }),
  },
};
