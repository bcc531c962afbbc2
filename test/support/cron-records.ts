/** What became of the slots of jobs, as a user reads it, held against the slots there must have been. */
import { addCronJob, type CronRun, listCronRuns, listTasks, updateCronJob } from '@openclaw/contract';
import type { StubbornClient } from './fault-client.ts';
import { Problems } from './fault-outcome.ts';

const PAGE = 200;
const SECOND = 1_000;

export const makeJobs = async (client: StubbornClient, count: number): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const job = { name: `job ${i}`, schedule: { kind: 'cron', expr: '* * * * * *', tz: 'UTC' }, payload: { kind: 'agentTurn', message: 'tick' } } as const;
    ids.push((await client.call(addCronJob, job, `job-${i}`)).id);
  }
  return ids;
};

/** Nothing more begins; resolves when nothing runs any more. */
export const quieten = async (client: StubbornClient, jobs: readonly string[]): Promise<readonly CronRun[]> => {
  for (const job of jobs) await client.call(updateCronJob, { job, enabled: false });
  for (;;) {
    const runs = await allRuns(client);
    if (runs.every(({ state }) => state !== 'running')) return runs;
  }
};

const allRuns = async (client: StubbornClient): Promise<readonly CronRun[]> => {
  const found: CronRun[] = [];
  for (;;) {
    const { runs, total } = await client.call(listCronRuns, { limit: PAGE, offset: found.length });
    found.push(...runs);
    if (runs.length === 0 || found.length >= total) return found;
  }
};

export interface Tally {
  readonly slots: number;
  readonly ran: number;
  readonly caughtUp: number;
  readonly skipped: number;
  readonly failed: number;
  readonly problems: readonly string[];
}

/** Every second from a job's first record to its last has exactly one record, and every run exactly one task. */
export const tally = async (client: StubbornClient, jobs: readonly string[], runs: readonly CronRun[]): Promise<Tally> => {
  const problems = new Problems();
  let slots = 0;
  for (const job of jobs) slots += checkJob(job, runs.filter(({ jobId }) => jobId === job), problems);
  const began = runs.filter(({ state }) => state !== 'skipped');
  const turns = runs.flatMap(({ turnId }) => turnId ?? []);
  const { total } = await client.call(listTasks, { limit: 1 });
  problems.expect(new Set(turns).size === turns.length, 'two records share a turn');
  problems.expect(total === began.length, `${total} tasks were made for ${began.length} runs`);
  const unexplained = runs.filter(({ state, reason }) => (state === 'skipped' || state === 'caught_up') && !reason);
  problems.expect(unexplained.length === 0, `${unexplained.length} slots were skipped or caught up, and nothing says why`);
  const count = (state: CronRun['state']): number => runs.filter((run) => run.state === state).reduce((sum, { missed }) => sum + (missed?.count ?? 1), 0);
  return { slots, ran: count('ran'), caughtUp: count('caught_up'), skipped: count('skipped'), failed: count('failed'), problems: problems.all };
};

/** Where the clock jumps there are gaps that nobody can fill: only what is between two neighbours is asked for. */
const checkJob = (job: string, runs: readonly CronRun[], problems: Problems): number => {
  const covered = new Map<number, number>();
  for (const { scheduledFor, missed } of runs) {
    const from = Date.parse(scheduledFor);
    const to = missed && !missed.more ? Date.parse(missed.to) : from;
    for (let slot = from; slot <= to; slot += SECOND) covered.set(slot, (covered.get(slot) ?? 0) + 1);
  }
  const twice = [...covered].filter(([, times]) => times > 1);
  problems.expect(twice.length === 0, `${job} has ${twice.length} slots with more than one record`);
  return covered.size;
};

/** Slots between the first and the last that have no record. */
export const gapsOf = (runs: readonly CronRun[]): number => {
  const slots = new Set<number>();
  for (const { scheduledFor, missed } of runs) {
    const to = missed ? Date.parse(missed.to) : Date.parse(scheduledFor);
    for (let slot = Date.parse(scheduledFor); slot <= to; slot += SECOND) slots.add(slot);
  }
  const all = [...slots].toSorted((a, b) => a - b);
  return all.length === 0 ? 0 : ((all.at(-1) ?? 0) - (all[0] ?? 0)) / SECOND + 1 - all.length;
};
