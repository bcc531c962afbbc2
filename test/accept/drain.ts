import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStubbornClient } from '../support/fault-client.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { type Exit, type GatewayProcess, makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { crashesIn } from '../support/fault-state.ts';
import { readJournal } from '../support/fault-tools.ts';
import { newLoad, scriptOf, sendAll, verify } from '../support/fault-turns.ts';
import { startModelServer } from '../support/model-server.ts';

interface Scale {
  readonly cycles: number;
  readonly turnsEach: number;
  /** Of a model step. Above the grace of a stop, turns must be given back. */
  readonly stepMs: number;
  readonly mutant?: Mutant;
}

const STOPPED_WITHIN_MS = 10_000;

/** SIGTERM under load, again and again: each stop is orderly, and what was under way is finished by the next process. */
const drainLoop = async ({ cycles, turnsEach, stepMs, mutant }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const load = newLoad();
  await using model = await startModelServer({ script: scriptOf(load, { stepMs, random: seeded(7) }) });
  const folder = await makeStateDirectory(model.url);
  const journal = join(folder, 'journal.jsonl');
  writeFileSync(journal, '');
  const args = ['--journal', journal, ...(mutant ? ['--mutant', mutant] : [])];
  let gateway: GatewayProcess = await startProcess({ folder, args });
  const port = portOf(gateway);
  const client = createStubbornClient(() => gateway, mutant ? 20_000 : 60_000);
  const work = { sessions: 12, turnsEach };
  const stops: number[] = [];
  try {
    let over = false;
    const sending = sendAll(client, work, load).finally(() => (over = true));
    for (let cycle = 0; cycle < cycles && !over; cycle++) {
      await Promise.race([sleep(700), sending]);
      stops.push(await stopOnce(gateway, problems));
      gateway = await startProcess({ folder, port, args });
    }
    await sending;
    const verdict = await verify(client, work, load, readJournal(journal));
    const twice = await signalledTwice(gateway);
    problems.expect(twice.code === 0 || twice.signal === 'SIGTERM', `after a second SIGTERM it ended with ${twice.code ?? twice.signal}`);
    const crashes = crashesIn(folder);
    problems.expect(crashes === 0, `${crashes} turns were counted as crashed`);
    problems.expect(stops.length === cycles, `only ${stops.length} of ${cycles} stops came under load`);
    const figures = `${load.answered.length} turns, ${stops.length} stops, slowest ${Math.round(Math.max(...stops))} ms, ${verdict.lost} lost, ${verdict.doubled} doubled, ${crashes} counted as crashed`;
    return { figures, problems: [...problems.all, ...verdict.problems] };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const stopOnce = async (gateway: GatewayProcess, problems: Problems): Promise<number> => {
  const askedAt = performance.now();
  const exit = gateway.end('SIGTERM');
  await sleep(50);
  const ended = exit.then(() => 'ended' as const);
  const ready = await Promise.race([fetch(`${gateway.url}/readyz`).then(({ status }) => status, () => 'deaf' as const), ended]);
  // It says that it is not ready, to everyone who asks, for as long as it is there.
  problems.expect(ready === 503 || (await Promise.race([ended, sleep(20, 'alive')])) === 'ended', `/readyz answered ${ready} while stopping`);
  const { code, signal } = await exit;
  const ms = performance.now() - askedAt;
  problems.expect(code === 0, `SIGTERM ended it with ${code ?? signal}`);
  problems.expect(ms <= STOPPED_WITHIN_MS, `a stop took ${Math.round(ms)} ms`);
  return ms;
};

const signalledTwice = async (gateway: GatewayProcess): Promise<Exit> => {
  gateway.signal('SIGTERM');
  await sleep(5);
  return gateway.end('SIGTERM');
};

const QUICK: Scale = { cycles: 2, turnsEach: 3, stepMs: 300 };

export const drain: Scenario = {
  id: 'drain',
  title: 'D7 orderly stop',
  quick: () => drainLoop(QUICK),
  full: async () => {
    const short = await drainLoop({ cycles: 8, turnsEach: 12, stepMs: 500 });
    const long = await drainLoop({ cycles: 2, turnsEach: 1, stepMs: 9_000 });
    return { figures: `${short.figures}; with steps longer than the stop: ${long.figures}`, problems: [...short.problems, ...long.problems] };
  },
  red: { 'turns are not given back': () => drainLoop({ cycles: 1, turnsEach: 1, stepMs: 9_000, mutant: 'never-gives-back' }) },
};
