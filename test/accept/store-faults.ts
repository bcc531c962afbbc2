import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { createStubbornClient } from '../support/fault-client.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { removeFolder } from '../support/fault-process.ts';
import { jobsIn, openTurnsIn } from '../support/fault-state.ts';
import { type Faults, faultyQueue, faultyStore, forgetfulStore } from '../support/fault-store.ts';
import { faultTools, readJournal } from '../support/fault-tools.ts';
import { newLoad, scriptOf, sendAll, verify } from '../support/fault-turns.ts';
import { startGateway } from '../support/gateway.ts';

interface Scale {
  readonly sessions: number;
  readonly turnsEach: number;
  readonly slowMs: number;
  readonly seed: number;
  readonly over?: (store: Store, random: () => number) => Store;
}

const SETTLED_WITHIN_MS = 10_000;

/** A store and a queue that fail one call in ten: clients that try again get every answer, and nothing is left lying once it is over. */
const badDays = async ({ slowMs, seed, over, ...work }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const load = newLoad();
  const random = seeded(seed);
  // A start without a store fails, and says so; whoever keeps the gateway running starts it again.
  let on = false;
  const faults: Faults = { random, slowMs, on: () => on, happened: new Map() };
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-fault-'));
  const journal = join(folder, 'journal.jsonl');
  writeFileSync(journal, '');
  try {
    await using gateway = await startGateway({
      folder,
      script: scriptOf(load, { stepMs: 10, random: seeded(seed + 1) }),
      tools: faultTools(journal),
      store: (store) => faultyStore(over ? over(store, random) : store, faults),
      queue: (queue) => faultyQueue(queue, faults),
    });
    on = true;
    const client = createStubbornClient(() => gateway, over ? 10_000 : 60_000);
    await sendAll(client, work, load);
    on = false;
    const settledMs = await settle(folder);
    problems.expect(settledMs <= SETTLED_WITHIN_MS, `${openTurnsIn(folder)} turns are not over and ${jobsIn(folder)} jobs are left ${SETTLED_WITHIN_MS} ms after the faults`);
    const verdict = await verify(client, work, load, readJournal(journal));
    problems.expect(verdict.interrupted === 0, `${verdict.interrupted} calls were interrupted, though nothing died`);
    const counted = [...faults.happened].map(([what, times]) => `${what} ${times}`).join(', ');
    const figures = `${load.answered.length} turns, ${verdict.lost} lost, ${verdict.doubled} doubled, ${verdict.interrupted} interrupted, ${client.retries} retries, faults: ${counted}; settled in ${Math.round(settledMs)} ms, seed ${seed}`;
    return { figures, problems: [...problems.all, ...verdict.problems] };
  } finally {
    await removeFolder(folder);
  }
};

/** How long until nothing is under way; a little more than is allowed where it never comes to that. */
const settle = async (folder: string): Promise<number> => {
  const startedAt = performance.now();
  for (;;) {
    const ms = performance.now() - startedAt;
    if (ms > SETTLED_WITHIN_MS || (openTurnsIn(folder) === 0 && jobsIn(folder) === 0)) return ms;
    await sleep(100);
  }
};

export const storeFaults: Scenario = {
  id: 'store-faults',
  title: 'T3 store faults',
  quick: () => badDays({ sessions: 20, turnsEach: 4, slowMs: 20, seed: 11 }),
  full: async () => {
    const runs: Outcome[] = [];
    for (const seed of [101, 102, 103]) runs.push(await badDays({ sessions: 40, turnsEach: 10, slowMs: 200, seed }));
    return { figures: runs.map(({ figures }) => figures).join(' | '), problems: runs.flatMap(({ problems }) => problems) };
  },
  red: { 'an end of a turn is now and then forgotten': () => badDays({ sessions: 10, turnsEach: 4, slowMs: 20, seed: 12, over: forgetfulStore }) },
};
