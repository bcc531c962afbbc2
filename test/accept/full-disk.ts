import { execFile, spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connect } from '@openclaw/client';
import { GatewayError, getTurn, sendMessage, sessionHistory } from '@openclaw/contract';
import { verifySqlite } from '../../packages/gateway/src/drivers/stores/sqlite/index.ts';
import type { Mutant } from '../support/fault-mutants/index.ts';
import { type Outcome, Problems, type Scenario } from '../support/fault-outcome.ts';
import { type GatewayProcess, makeStateDirectory, startProcess } from '../support/fault-process.ts';
import { startModelServer } from '../support/model-server.ts';

const run = promisify(execFile);
const FILLER_MB = 6;
const TEXT = 'A line that fills the disk. '.repeat(700);
const SENDERS = 8;
const NORMAL_WITHIN_MS = 5_000;
/** Of one sender: far more than the disk holds. */
const MOST_SENDS = 400;

interface Scale {
  readonly megabytes: number;
  /** How long senders wait for each reply; 0 hands in ahead, so that a backlog is there when the disk is full. */
  readonly waitSeconds: number;
  /** Somebody else takes what is left all at once, after so many turns: the write-ahead log is long by then. */
  readonly takenAfter?: number;
  readonly mutant?: Mutant;
}

/** A small disk of memory. Needs root. */
const mountSmallDisk = async (megabytes: number): Promise<{ readonly folder: string; unmount(): Promise<void> } | undefined> => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'openclaw-small-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
  // Also where the run is broken off.
  const unmountNow = (): void => void spawnSync('umount', ['-l', folder]);
  process.once('exit', unmountNow);
  return {
    folder,
    unmount: async () => {
      process.off('exit', unmountNow);
      unmountNow();
      await rm(folder, { recursive: true });
    },
  };
};

/** Sends until the disk is full, sees that nothing accepted is lost, makes room, and sends again. */
const fillDisk = async ({ megabytes, waitSeconds, takenAfter, mutant }: Scale): Promise<Outcome> => {
  const disk = await mountSmallDisk(megabytes);
  if (disk === undefined) return { figures: '', problems: [], skipped: 'no small disk can be mounted here (needs root)' };
  const problems = new Problems();
  let gateway: GatewayProcess | undefined;
  await using model = await startModelServer({ script: () => ({ text: 'noted', delayMs: 100 }) });
  try {
    const folder = await makeStateDirectory(model.url, { logging: { level: 'info', maxFileMB: 0.05, maxFiles: 3 } }, join(disk.folder, 'state'));
    const filler = join(disk.folder, 'filler');
    await writeFile(filler, Buffer.alloc(FILLER_MB * 2 ** 20, 1));
    gateway = await startProcess({ folder, args: mutant ? ['--mutant', mutant] : [] });
    let taken: Promise<void> | undefined;
    const accepted = await sendUntilFull(gateway, waitSeconds, (count) => {
      if (count === takenAfter) taken = takeAllRoom(filler);
    });
    await taken;
    for (const refusal of accepted.refusals) problems.expect(refusal === 'storage_full', `the disk being full was told as ${refusal}`);
    problems.expect(accepted.refusals.length > 0, 'nobody was told that the disk is full');
    await checkStillServing(gateway, problems);
    const unfinished = await countUnfinished(gateway, accepted.turns);
    problems.expect(unfinished === 0, `${unfinished} of ${accepted.turns.length} accepted turns were not finished`);
    await rm(filler);
    const normalMs = await untilNormal(gateway);
    problems.expect(normalMs <= NORMAL_WITHIN_MS, `sends worked again after ${Math.round(normalMs)} ms`);
    await gateway.end('SIGKILL');
    const integrity = verifySqlite(join(folder, 'openclaw.sqlite'));
    problems.expect(integrity === undefined, `integrity_check: ${integrity}`);
    const figures = `${megabytes} MB: ${accepted.turns.length} accepted before 507, ${unfinished} lost, normal ${Math.round(normalMs)} ms after space was freed`;
    return { figures, problems: problems.all };
  } finally {
    await gateway?.end('SIGKILL');
    await disk.unmount();
  }
};

/** Grows the file until there is no room for another byte. */
const takeAllRoom = async (filler: string): Promise<void> => {
  for (const step of [2 ** 20, 2 ** 12]) {
    const block = Buffer.alloc(step, 1);
    for (let room = true; room; ) room = await appendFile(filler, block).then(() => true, () => false);
  }
};

const sendUntilFull = async (gateway: GatewayProcess, timeoutSeconds: number, accepted: (count: number) => void): Promise<{ readonly turns: readonly string[]; readonly refusals: readonly string[] }> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const turns: string[] = [];
  const refusals: string[] = [];
  const sender = async (n: number): Promise<void> => {
    for (let i = 0; refusals.length === 0 && i < MOST_SENDS; i++) {
      try {
        const { turnId } = await client.call(sendMessage, { session: `full-${n}-${Math.floor(i / 5)}`, text: TEXT, timeoutSeconds });
        accepted(turns.push(turnId));
      } catch (thrown) {
        refusals.push(thrown instanceof GatewayError ? thrown.code : String(thrown));
        // Who was told of a turn that goes on was told that it is accepted.
        if (thrown instanceof GatewayError && typeof thrown.details['turnId'] === 'string') turns.push(thrown.details['turnId']);
      }
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, n) => sender(n)));
  return { turns, refusals };
};

const checkStillServing = async (gateway: GatewayProcess, problems: Problems): Promise<void> => {
  const status = await fetch(`${gateway.url}/healthz`).then((response) => response.status, String);
  problems.expect(status === 200, `/healthz answered ${status} while the disk was full`);
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const { total } = await client.call(sessionHistory, { session: 'full-0-0' }).catch(() => ({ total: 0 }));
  problems.expect(total > 0, 'a history could not be read while the disk was full');
  const again = await client.call(sendMessage, { text: 'one more', timeoutSeconds: 0 }).catch((thrown: unknown) => thrown);
  problems.expect(again instanceof GatewayError && again.code === 'storage_full', `a send while the disk was full gave ${String(again)}`);
};

const countUnfinished = async (gateway: GatewayProcess, turns: readonly string[]): Promise<number> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  let unfinished = turns;
  for (let tries = 0; tries < 60 && unfinished.length > 0; tries++) {
    const states = await Promise.all(unfinished.map(async (turn) => (await client.call(getTurn, { turn }).catch(() => undefined))?.state));
    unfinished = unfinished.filter((_, n) => states[n] !== 'done');
    if (unfinished.length > 0) await sleep(200);
  }
  return unfinished.length;
};

const untilNormal = async (gateway: GatewayProcess): Promise<number> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const startedAt = performance.now();
  for (let tries = 0; tries < 100; tries++) {
    const output = await client.call(sendMessage, { session: 'after', text: 'is there room again?' }).catch(() => undefined);
    if (output) break;
    await sleep(100);
  }
  return performance.now() - startedAt;
};

const SMALL: Scale = { megabytes: 16, waitSeconds: 0 };
const LARGER: Scale = { megabytes: 64, waitSeconds: 60 };
const TAKEN: Scale = { megabytes: 64, waitSeconds: 20, takenAfter: 600 };

export const fullDisk: Scenario = {
  id: 'full-disk',
  title: 'D3 full disk',
  quick: () => fillDisk(SMALL),
  full: async () => {
    const runs: Outcome[] = [];
    for (const scale of [SMALL, LARGER, TAKEN]) runs.push(await fillDisk(scale));
    return { figures: runs.map(({ figures }) => figures).join('; '), problems: runs.flatMap(({ problems }) => problems), ...(runs[0]?.skipped && { skipped: runs[0].skipped }) };
  },
  red: { 'a message is acknowledged before its commit': () => fillDisk({ ...SMALL, mutant: 'answers-before-commit' }) },
};
