import fc from 'fast-check';
import type { Mutant } from '../support/fault-mutants/index.ts';
import type { Outcome, Scenario } from '../support/fault-outcome.ts';
import { makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { cleanUp, type House, houseCommands } from '../support/house-commands.ts';
import { HouseModel } from '../support/house-model.ts';
import { type ModelScript, startModelServer } from '../support/model-server.ts';

interface Scale {
  readonly series: number;
  readonly steps: number;
  readonly kills: boolean;
  readonly seed?: number;
  readonly mutant?: Mutant;
}

const script: ModelScript = ({ messages }) => {
  const text = messages.at(-1)?.text ?? '';
  if (text.startsWith('hang')) return { breaks: 'hang' };
  return text.startsWith('fail') ? { status: 400, message: 'refused' } : { text: `Heard: ${text}` };
};

/** Sessions, tasks, workspaces and keys, asked for in any order, with restarts in between: each answer is what a few maps would say. */
const compareWithModel = async ({ series, steps, kills, seed = Math.floor(Math.random() * 2 ** 31), mutant }: Scale): Promise<Outcome> => {
  await using model = await startModelServer({ script });
  const folder = await makeStateDirectory(model.url, { limits: { maxConcurrentTurns: 100 } });
  const args = mutant ? ['--mutant', mutant] : [];
  let gateway = await startProcess({ folder, args });
  const port = portOf(gateway);
  let restarts = 0;
  let asked = 0;
  let begun = 0;
  const house: House = {
    get url() {
      return gateway.url;
    },
    token: gateway.token,
    restart: async (signal) => {
      restarts++;
      await gateway.end(signal);
      gateway = await startProcess({ folder, port, args });
    },
  };
  try {
    const property = fc.asyncProperty(fc.commands(houseCommands({ kills }), { maxCommands: steps, size: 'max' }), async (commands) => {
      const known = new HouseModel(`s${++begun}`);
      await fc.asyncModelRun(() => ({ model: known, real: house }), commands).finally(() => (asked += known.steps));
      await cleanUp(known, house);
    });
    const details = await fc.check(property, { numRuns: series, seed, ...(mutant && { endOnFailure: true }), interruptAfterTimeLimit: 540_000 });
    const { failed, errorInstance: error, counterexample, counterexamplePath: path } = details;
    const problems = failed ? [`${error instanceof Error ? error.message : String(error)} after ${fc.stringify(counterexample)} (seed ${seed}, path ${path})`] : [];
    return { figures: `${details.numRuns} series, ${asked} steps, ${restarts} restarts, seed ${seed}, ${problems.length} divergences`, problems };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

export const stateful: Scenario = {
  id: 'stateful',
  title: 'F2 what is kept is what was asked for, over restarts',
  quick: () => compareWithModel({ series: 6, steps: 40, kills: false }),
  full: () => compareWithModel({ series: 150, steps: 50, kills: true }),
  red: {
    'a revocation is forgotten': () => compareWithModel({ series: 30, steps: 40, kills: false, seed: 1, mutant: 'forgets-revocations' }),
    'a change of an allowlist is lost over a restart': () => compareWithModel({ series: 30, steps: 40, kills: false, seed: 1, mutant: 'loses-allowlists' }),
  },
};
