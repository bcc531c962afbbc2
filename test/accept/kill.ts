import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { verifySqlite } from '../../packages/gateway/src/drivers/stores/sqlite/index.ts';
import { createStubbornClient } from '../support/fault-client.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { median, type Outcome, quantile, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { readJournal } from '../support/fault-tools.ts';
import { newLoad, scriptOf, sendAll, verify, verifyReplays, type Work } from '../support/fault-turns.ts';
import { startModelServer } from '../support/model-server.ts';

interface Scale extends Work {
  readonly stepMs: number;
  readonly fewestKills: number;
  /** Nineteen starts of twenty. */
  readonly readyWithinMs: number;
  readonly mutant?: Mutant;
}

const SEED = 20_260_101;
/** How long a process lives, give or take a fifth: longer than a turn takes, or turns would count as poisoned. */
const LIFE_MS = 2_000;
/** Few, so that there is work for as many kills as are wanted. */
const SLOTS = 6;
const MOST_KILLS = 150;

const killLoop = async (scale: Scale): Promise<Outcome> => {
  const random = seeded(SEED);
  const load = newLoad();
  await using model = await startModelServer({ script: scriptOf(load, { stepMs: scale.stepMs, random }) });
  const folder = await makeStateDirectory(model.url, { limits: { maxConcurrentTurns: SLOTS } });
  const journal = join(folder, 'journal.jsonl');
  writeFileSync(journal, '');
  const args = ['--journal', journal, ...(scale.mutant ? ['--mutant', scale.mutant] : [])];
  let gateway: GatewayProcess = await startProcess({ folder, args });
  const port = portOf(gateway);
  const client = createStubbornClient(() => gateway, scale.mutant ? 8_000 : 60_000);
  const starts: number[] = [gateway.readyMs];
  try {
    let over = false;
    const sending = sendAll(client, scale, load).finally(() => (over = true));
    let kills = 0;
    for (; kills < MOST_KILLS; kills++) {
      await Promise.race([sleep(LIFE_MS * (0.8 + 0.4 * random())), sending]);
      if (over) break;
      await gateway.end('SIGKILL');
      gateway = await startProcess({ folder, port, args });
      starts.push(gateway.readyMs);
    }
    await sending;
    const verdict = await verify(client, scale, load, readJournal(journal));
    const replays = verdict.problems.length === 0 ? await verifyReplays(client, load) : [];
    await gateway.end('SIGKILL');
    const integrity = verifySqlite(join(folder, 'openclaw.sqlite'));
    const slow = quantile(starts, 0.95);
    return {
      figures:
        `${load.answered.length} turns, ${kills} kills, ${verdict.lost} lost, ${verdict.doubled} doubled, ${verdict.interrupted} interrupted and told so, ` +
        `${client.retries} retries, ${model.requests.length} model calls, ready in ${Math.round(median(starts))} ms (p95 ${Math.round(slow)}), integrity ${integrity ?? 'ok'}`,
      problems: [
        ...verdict.problems,
        ...replays,
        ...(kills < scale.fewestKills ? [`only ${kills} kills, ${scale.fewestKills} wanted`] : []),
        ...(slow > scale.readyWithinMs ? [`starts took ${Math.round(slow)} ms (p95)`] : []),
        ...(integrity === undefined ? [] : [`integrity_check: ${integrity}`]),
      ],
    };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

/** Beside other tests, which take their part of the machine. */
const QUICK: Scale = { sessions: 8, turnsEach: 6, stepMs: 150, fewestKills: 2, readyWithinMs: 5_000 };
const FULL: Scale = { sessions: 50, turnsEach: 20, stepMs: 140, fewestKills: 40, readyWithinMs: 2_000 };
/** Every second or third kill meets a tool at work: a dozen of them leave little to chance. */
const RED: Scale = { sessions: 24, turnsEach: 16, stepMs: 120, fewestKills: 0, readyWithinMs: 5_000 };

export const kill: Scenario = {
  id: 'kill',
  title: 'T1 kill -9',
  quick: () => killLoop(QUICK),
  full: () => killLoop(FULL),
  red: {
    'a tool that may run once only runs again': () => killLoop({ ...RED, mutant: 'once-runs-again' }),
    'a message is acknowledged before its commit': () => killLoop({ ...RED, mutant: 'answers-before-commit' }),
    'a step is stored after its tools ran': () => killLoop({ ...RED, mutant: 'step-after-tools' }),
  },
};
