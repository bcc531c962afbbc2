import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStubbornClient } from '../support/fault-client.ts';
import { type Outcome, Problems, type Scenario, seeded } from '../support/fault-outcome.ts';
import { makeStateDirectory, removeFolder, StartFailed, startProcess } from '../support/fault-process.ts';
import { readJournal } from '../support/fault-tools.ts';
import { newLoad, scriptOf, sendAll, verify } from '../support/fault-turns.ts';
import { startModelServer } from '../support/model-server.ts';

interface Scale {
  readonly frozenMs: number;
  readonly turnsEach: number;
  readonly refusedWithinMs: number;
  /** Gives the second process a directory of its own: what a gateway without a lock would look like. */
  readonly apart?: boolean;
}

/** A second gateway on one state directory is turned away, also while the first is frozen; the first notices nothing. */
const twoProcesses = async ({ frozenMs, turnsEach, refusedWithinMs, apart }: Scale): Promise<Outcome> => {
  const problems = new Problems();
  const load = newLoad();
  await using model = await startModelServer({ script: scriptOf(load, { stepMs: 150, random: seeded(5) }) });
  const folder = await makeStateDirectory(model.url);
  const other = apart ? await makeStateDirectory(model.url) : folder;
  const journal = join(folder, 'journal.jsonl');
  writeFileSync(journal, '');
  await using gateway = await startProcess({ folder, args: ['--journal', journal] });
  const client = createStubbornClient(() => gateway);
  const work = { sessions: 8, turnsEach };
  try {
    const sending = sendAll(client, work, load);
    await sleep(400);
    const refusedMs = [await turnedAway(other, refusedWithinMs, problems)];
    gateway.signal('SIGSTOP');
    const thawAt = performance.now() + frozenMs;
    refusedMs.push(await turnedAway(other, refusedWithinMs, problems));
    await sleep(Math.max(0, thawAt - performance.now()));
    gateway.signal('SIGCONT');
    await sending;
    const verdict = await verify(client, work, load, readJournal(journal));
    problems.expect(verdict.interrupted === 0, `${verdict.interrupted} calls were interrupted, though nothing died`);
    const figures = `second refused in ${refusedMs.map((ms) => Math.round(ms)).join(' and ')} ms, first frozen for ${frozenMs} ms, ${load.answered.length} turns, ${verdict.lost} lost, ${verdict.doubled} doubled`;
    return { figures, problems: [...problems.all, ...verdict.problems] };
  } finally {
    gateway.signal('SIGCONT');
    await gateway.end('SIGKILL');
    await removeFolder(folder);
    await removeFolder(other);
  }
};

const turnedAway = async (folder: string, withinMs: number, problems: Problems): Promise<number> => {
  try {
    await using second = await startProcess({ folder, entry: 'cli' });
    problems.add(`a second gateway runs on ${second.url}`);
    return Number.NaN;
  } catch (thrown) {
    if (!(thrown instanceof StartFailed)) throw thrown;
    problems.expect(thrown.code !== 0 && thrown.code !== null, `the second ended with ${thrown.code}`);
    problems.expect(/another gateway is running/.test(thrown.output), `the second said "${thrown.output.slice(0, 200)}"`);
    problems.expect(thrown.ms <= withinMs, `the second took ${Math.round(thrown.ms)} ms to leave`);
    return thrown.ms;
  }
};

export const twoGateways: Scenario = {
  id: 'two-gateways',
  title: 'T5 two gateways, one directory',
  // Beside other tests, which take their part of the machine.
  quick: () => twoProcesses({ frozenMs: 2_000, turnsEach: 4, refusedWithinMs: 5_000 }),
  full: () => twoProcesses({ frozenMs: 20_000, turnsEach: 10, refusedWithinMs: 2_000 }),
  red: { 'nothing keeps the second out': () => twoProcesses({ frozenMs: 500, turnsEach: 1, refusedWithinMs: 5_000, apart: true }) },
};
