import { setTimeout as sleep } from 'node:timers/promises';
import { getTurn, sendMessage } from '@openclaw/contract';
import { createStubbornClient } from '../support/fault-client.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, portOf, type ProcessOptions, removeFolder, StartFailed, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';

const CRASHES_ALLOWED = 3;
const SERVED_WITHIN_MS = 5_000;

/** A turn that takes its process down each time it runs must not keep the others from being served. */
const poisonedTurn = async (mutant?: Mutant): Promise<Outcome> => {
  const problems = new Problems();
  await using model = await startModelServer({
    script: ({ messages }) => (messages.at(-1)?.text === 'swallow this' ? { toolCalls: [{ tool: 'poison' }] } : { text: 'well' }),
  });
  const folder = await makeStateDirectory(model.url);
  const args = mutant ? ['--mutant', mutant] : [];
  let gateway: GatewayProcess = await startProcess({ folder, args });
  const port = portOf(gateway);
  const client = createStubbornClient(() => gateway, 10_000);
  try {
    const { turnId } = await client.call(sendMessage, { session: 'poisoned', text: 'swallow this', timeoutSeconds: 0 }, 'poison');
    let crashes = 0;
    while (crashes < CRASHES_ALLOWED + 2 && (await died(gateway))) {
      crashes++;
      const again = await startAgain({ folder, port, args });
      crashes += again.failed;
      gateway = again.gateway;
    }
    problems.expect(crashes === CRASHES_ALLOWED, `the process went down ${crashes} times`);
    const startedAt = performance.now();
    if (crashes <= CRASHES_ALLOWED) await client.call(sendMessage, { session: 'healthy', text: 'how are you?' }, 'healthy');
    const servedMs = performance.now() - startedAt + gateway.readyMs;
    problems.expect(servedMs <= SERVED_WITHIN_MS, `another session was served ${Math.round(servedMs)} ms after the start`);
    const turn = await client.call(getTurn, { turn: turnId }).catch(() => undefined);
    problems.expect(turn?.state === 'failed' && turn.error?.code === 'turn_quarantined', `the turn is ${turn?.state} (${turn?.error?.code})`);
    const again = await client.call(sendMessage, { session: 'poisoned', text: 'and now?' }, 'after').catch(() => undefined);
    problems.expect(again !== undefined && 'text' in again, 'the session of the poisoned turn takes no more messages');
    return { figures: `${crashes} crashes, then ${turn?.error?.code ?? turn?.state}; others served ${Math.round(servedMs)} ms after the start`, problems: problems.all };
  } catch (thrown) {
    if (!(thrown instanceof NeverStarts)) throw thrown;
    return { figures: thrown.message, problems: [thrown.message] };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

/** A poison may act before its process says that it is ready. */
const startAgain = async (options: ProcessOptions): Promise<{ readonly gateway: GatewayProcess; readonly failed: number }> => {
  for (let failed = 0; ; failed++) {
    try {
      return { gateway: await startProcess(options), failed };
    } catch (thrown) {
      if (!(thrown instanceof StartFailed) || thrown.code !== null) throw thrown;
      if (failed > CRASHES_ALLOWED) throw new NeverStarts('the gateway goes down at each start', { cause: thrown });
    }
  }
};

class NeverStarts extends Error {}

/** Whether the process ends by itself within the time a turn takes to reach its tool. */
const died = (gateway: GatewayProcess): Promise<boolean> => Promise.race([gateway.exited.then(() => true), sleep(2_500, false)]);

export const poison: Scenario = {
  id: 'poison',
  title: 'T7 poisoned turn',
  quick: () => poisonedTurn(),
  full: () => poisonedTurn(),
  red: { 'crashes are not counted': () => poisonedTurn('forgets-crashes') },
};
