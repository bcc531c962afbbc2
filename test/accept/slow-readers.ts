import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@openclaw/client';
import { getTurn, listSessions, sessionHistory } from '@openclaw/contract';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, quantile, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { FIGURES_MISSING, gauge, memoryMB } from '../support/process-figures.ts';
import { startModelServer } from '../support/model-server.ts';
import { openSocket } from '../support/socket-client.ts';

interface Scale {
  readonly turns: number;
  readonly readersEach: number;
  readonly megabytes: number;
  readonly mutant?: Mutant;
}

/** How long those who read may take, on a machine that is busy with other things. */
const READ_WITHIN_MS = 30_000;
const GONE_WITHIN_MS = 25_000;
const MOST_GROWTH_MB = 200;
const OTHERS_WITHIN_MS = 200;

/** Clients that stop reading in the middle of a long answer: they are left, nobody else notices, and the answer is whole. */
const stopReading = async ({ turns, readersEach, megabytes, mutant }: Scale): Promise<Outcome> => {
  if (FIGURES_MISSING) return { figures: '', problems: [], skipped: FIGURES_MISSING };
  const problems = new Problems();
  // Larger than any model's, and small enough that nothing but their number is unusual.
  const chunk = 'x'.repeat(10_000);
  await using model = await startModelServer({
    script: ({ messages }) => (messages.at(-1)?.text === 'long' ? { text: Array.from({ length: megabytes * 100 }, () => chunk), chunkDelayMs: 2 } : { text: 'short' }),
  });
  const folder = await makeStateDirectory(model.url);
  const gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
  try {
    const client = connect({ baseUrl: gateway.url, token: gateway.token });
    // What such answers take of themselves, with readers who read, is no matter of those who do not.
    await Promise.all(Array.from({ length: turns }, (_, i) => readWell(gateway, `read-${i}`)));
    const before = await memoryMB(gateway.pid);
    const slow = await Promise.all(Array.from({ length: turns * readersEach }, () => openSocket(gateway.url, { token: gateway.token })));
    const from = performance.now();
    for (const [i, reader] of slow.entries()) {
      const session = `slow-${i % turns}`;
      // The same key makes it the same turn.
      reader.send({ type: 'message', session, idempotencyKey: session, content: 'long', stream: true });
      // From now on not a byte is read.
      setTimeout(() => reader.socket.pause(), 20);
    }
    let most = 0;
    const latencies: number[] = [];
    const gone = new Set<number>();
    while (performance.now() - from < GONE_WITHIN_MS) {
      const asked = performance.now();
      await client.call(listSessions, { limit: 1 });
      latencies.push(performance.now() - asked);
      most = Math.max(most, await memoryMB(gateway.pid));
      const left = await gauge(gateway, 'openclaw_sockets');
      if (left === 0) gone.add(Math.round(performance.now() - from));
      if (left === 0) break;
      await sleep(50);
    }
    problems.expect(gone.size > 0, `clients that read nothing were still connected after ${GONE_WITHIN_MS / 1000} s`);
    for (const reader of slow) reader.socket.terminate();
    const { sessions } = await client.call(listSessions, { limit: 200 });
    const talked = sessions.filter(({ key }) => key.includes('slow-'));
    let whole = 0;
    for (const { id } of talked) {
      for (let tries = 0; tries < 200; tries++) {
        const { messages } = await client.call(sessionHistory, { session: id });
        const turn = messages[0]?.turnId ?? '';
        const { state, reply } = await client.call(getTurn, { turn });
        if (state === 'queued' || state === 'running') await sleep(50);
        else {
          if (reply?.text.length === megabytes * 1_000_000) whole++;
          break;
        }
      }
    }
    problems.expect(whole === turns, `${whole} of ${turns} answers were whole`);
    problems.expect(most - before <= MOST_GROWTH_MB, `it grew by ${Math.round(most - before)} MB`);
    const p99 = quantile(latencies, 0.99);
    problems.expect(p99 <= OTHERS_WITHIN_MS, `others waited ${Math.round(p99)} ms (p99)`);
    return {
      figures: `${turns * readersEach} clients that read nothing of ${megabytes} MB were gone after ${[...gone].join('')} ms; +${Math.round(most - before)} MB, others' p99 ${p99.toFixed(0)} ms, ${whole} answers whole`,
      problems: problems.all,
    };
  } finally {
    await gateway.end('SIGKILL');
    await removeFolder(folder);
  }
};

const readWell = async ({ url, token }: GatewayProcess, session: string): Promise<void> => {
  const clients = await Promise.all(Array.from({ length: 3 }, () => openSocket(url, { token })));
  await Promise.all(clients.map((client) => client.ask({ type: 'message', id: session, session, idempotencyKey: session, content: 'long', stream: true }, READ_WITHIN_MS)));
  for (const client of clients) client.socket.close();
  await Promise.all(clients.map(({ closed }) => closed));
};

export const slowReaders: Scenario = {
  id: 'slow-readers',
  title: 'S3 clients that stop reading',
  quick: () => stopReading({ turns: 1, readersEach: 8, megabytes: 6 }),
  full: () => stopReading({ turns: 4, readersEach: 25, megabytes: 10 }),
  red: { 'nobody is left behind': () => stopReading({ turns: 1, readersEach: 8, megabytes: 6, mutant: 'waits-for-slow-readers' }) },
};
