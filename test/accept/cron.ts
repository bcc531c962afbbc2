import { setTimeout as sleep } from 'node:timers/promises';
import { gapsOf, makeJobs, quieten, tally } from '../support/cron-records.ts';
import { createStubbornClient } from '../support/fault-client.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';

interface Scale {
  readonly jobs: number;
  readonly seconds: number;
  readonly kills: number;
  /** Of the slots that no long stop fell upon; not where the machine may be busy with other tests. */
  readonly ranAtLeast: number;
  readonly mutant?: Mutant;
}

/** A gateway that is back within this time has missed nothing. */
const BACK_IN_MS = 4_000;

/** Jobs that are due each second, in a gateway that is killed again and again: each slot has one record, and nearly all of them ran. */
const killedWhileDue = async ({ jobs: count, seconds, kills, ranAtLeast, mutant }: Scale): Promise<Outcome> => {
  const random = seeded(20_260_201);
  await using model = await startModelServer({ script: () => ({ text: 'tock' }) });
  const folder = await makeStateDirectory(model.url);
  const args = mutant ? ['--mutant', mutant] : [];
  let gateway: GatewayProcess = await startProcess({ folder, args });
  const port = portOf(gateway);
  const client = createStubbornClient(() => gateway, 30_000);
  try {
    const jobs = await makeJobs(client, count);
    let away = 0;
    const life = (seconds * 1_000) / (kills + 1);
    for (let i = 0; i < kills; i++) {
      await sleep(life * (0.8 + 0.4 * random()));
      const killedAt = performance.now();
      await gateway.end('SIGKILL');
      gateway = await startProcess({ folder, port, args });
      const downMs = performance.now() - killedAt;
      if (downMs > BACK_IN_MS) away += Math.ceil(downMs / 1_000) + 1;
    }
    await sleep(life);
    const runs = await quieten(client, jobs);
    const { slots, ran, caughtUp, skipped, failed, why, problems } = await tally(client, jobs, runs);
    const own = new Problems();
    const gaps = jobs.map((job) => gapsOf(runs.filter(({ jobId }) => jobId === job)));
    own.expect(gaps.every((gap) => gap === 0), `${gaps.reduce((sum, gap) => sum + gap, 0)} slots have no record`);
    own.expect(ran >= ranAtLeast * (slots - away * count), `only ${ran} of ${slots} slots ran: ${why}`);
    own.expect(failed === 0, `${failed} runs failed`);
    own.expect(slots >= count * (seconds - 3), `only ${slots} slots came in ${seconds} s of ${count} jobs`);
    return { figures: `${count} jobs each second for ${seconds} s, ${kills} kills: ${slots} slots, ${ran} ran, ${caughtUp} caught up, ${skipped} skipped`, problems: [...problems, ...own.all] };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

export const cron: Scenario = {
  id: 'cron',
  title: 'T4 jobs under kill -9',
  quick: () => killedWhileDue({ jobs: 8, seconds: 8, kills: 2, ranAtLeast: 0 }),
  full: () => killedWhileDue({ jobs: 50, seconds: 120, kills: 10, ranAtLeast: 0.99 }),
  red: {
    'the record of a slot is written apart from its turn': () => killedWhileDue({ jobs: 8, seconds: 12, kills: 5, ranAtLeast: 0, mutant: 'slot-apart' }),
    'a slot is passed before its turn is there': () => killedWhileDue({ jobs: 8, seconds: 12, kills: 5, ranAtLeast: 0, mutant: 'slot-before-turn' }),
  },
};
