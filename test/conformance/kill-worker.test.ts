import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { Lease } from '../../packages/gateway/src/engine/ports/queue.ts';
import { type Fence, StaleFence } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { startPostgres } from '../support/postgres.ts';
import { openPostgresPair, openSqlitePair } from '../support/store-pairs.ts';
import { done, failed, NOW, type OpenPair, run, Worker } from './turn-fixture.ts';

const SESSIONS = ['agent:main:a', 'agent:main:b', 'agent:main:c'];
const SCRIPT = fileURLToPath(new URL('../support/worker-process.ts', import.meta.url));

/** Three turns in each session, in order; resolves to the ids by session. */
const fill = async (pair: OpenPair): Promise<string[][]> => {
  const ids: string[][] = [];
  for (const key of SESSIONS) {
    const mine: string[] = [];
    for (let i = 0; i < 3; i++) mine.push((await new Worker(pair).accept(key)).turnId);
    ids.push(mine);
  }
  return ids;
};

interface Killed {
  readonly child: ChildProcess;
  /** The turns it was in the middle of, with the fences it had. */
  readonly fences: readonly Fence[];
}

/** Starts a worker, and resolves when it has ended one turn and is in the middle of one of each session. */
const startWorker = async (kind: 'sqlite' | 'postgres', place: string): Promise<Killed> => {
  const child = spawn(process.execPath, [SCRIPT, kind, place, SESSIONS[0] ?? ''], { stdio: ['ignore', 'pipe', 'inherit'] });
  const fences: Fence[] = [];
  // Written by `tell` in the script.
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as { ended?: string; fence?: Fence };
    if (told.fence) fences.push(told.fence);
    if (fences.length === SESSIONS.length) return { child, fences };
  }
  throw new Error('the worker ended by itself');
};

const kill = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

/** Each turn the dead worker was in comes out once, runs on under a higher fence, and the session's order holds. */
const expectHandedOver = async (pair: OpenPair, ids: string[][], { fences }: Killed, first: readonly Lease[]): Promise<void> => {
  expect(first.map(({ turnId }) => turnId).toSorted()).toEqual(fences.map(({ turnId }) => turnId).toSorted());
  const worker = new Worker(pair);
  const began: string[] = [];
  const end = async (lease: Lease): Promise<void> => {
    const started = await worker.start(lease, run('heir'));
    const old = fences.find(({ turnId }) => turnId === lease.turnId);
    expect(started.fence.number).toBe(old ? 2 : 1);
    expect(started.crashes).toBe(old ? 1 : 0);
    if (old) await expect(pair.store.endTurn(old, failed)).rejects.toBeInstanceOf(StaleFence);
    await pair.store.endTurn(started.fence, done(started));
    began.push(lease.turnId);
  };
  for (let leases = first; leases.length > 0; leases = await pair.queue.take(10)) for (const lease of leases) await end(lease);
  for (const [i, mine] of ids.entries()) expect(began.filter((id) => mine.includes(id))).toEqual(i === 0 ? mine.slice(1) : mine);
  for (const id of ids.flat()) expect((await pair.store.findTurn(id))?.state).toBe('done');
  expect(await pair.queue.depth()).toEqual({ queued: 0, running: 0 });
  // Whatever was cut off: each message and each answer is counted once.
  const midnight = NOW - (NOW % 86_400_000);
  const turns = ids.flat().length;
  expect((await pair.store.usageByDay([midnight, midnight + 86_400_000], undefined)).days).toMatchObject([{ messages: turns, replies: turns }]);
};

/** Takes until there is one turn of each session. */
const takeWithin = async (pair: OpenPair, milliseconds: number): Promise<readonly Lease[]> => {
  const from = performance.now();
  const leases: Lease[] = [];
  for (;;) {
    leases.push(...(await pair.queue.take(10)));
    const took = performance.now() - from;
    if (leases.length === SESSIONS.length) {
      console.log(`the dead node's turns moved after ${(took / 1000).toFixed(1)} s`);
      return leases;
    }
    expect(took).toBeLessThan(milliseconds);
    await sleep(250);
  }
};

describe('a worker is killed in the middle of its turns', () => {
  test('sqlite: the next process has them at once', { timeout: 30_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-kill-'));
    try {
      const before = await openSqlitePair(folder);
      const ids = await fill(before);
      await before.close();
      const killed = await startWorker('sqlite', folder);
      await kill(killed.child);
      const pair = await openSqlitePair(folder);
      await expectHandedOver(pair, ids, killed, await pair.queue.take(10));
      await pair.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

describe.skipIf(!server)(`a node is killed in the middle of its turns${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const withWorker = async (heir: (url: string) => Promise<OpenPair>, within: number): Promise<void> => {
    const url = (await server?.createDatabase()) ?? '';
    const other = await openPostgresPair(url);
    const ids = await fill(other);
    const killed = await startWorker('postgres', url);
    expect(await other.queue.take(10)).toEqual([]);
    await kill(killed.child);
    const pair = await heir(url);
    await expectHandedOver(pair, ids, killed, await takeWithin(pair, within));
    await pair.close();
    await other.close();
  };

  test('postgres: another node has them within 15 s', { timeout: 40_000 }, async () => {
    await withWorker((url) => openPostgresPair(url, 'node-other'), 15_000);
  });

  test('postgres: the same node, started again, has them sooner', { timeout: 40_000 }, async () => {
    await withWorker((url) => openPostgresPair(url, 'node-killed'), 5_000);
  });
});
