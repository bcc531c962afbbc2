import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
const fillDisk = async ({ megabytes, waitSeconds, mutant }: Scale): Promise<Outcome> => {
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
    const accepted = await sendUntilFull(gateway, waitSeconds);
    problems.expect(accepted.refusal === 'storage_full', `the disk being full was told as ${accepted.refusal}`);
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

const sendUntilFull = async (gateway: GatewayProcess, timeoutSeconds: number): Promise<{ readonly turns: readonly string[]; readonly refusal: string | undefined }> => {
  const client = connect({ baseUrl: gateway.url, token: gateway.token });
  const turns: string[] = [];
  let refusal: string | undefined;
  const sender = async (n: number): Promise<void> => {
    for (let i = 0; refusal === undefined && i < MOST_SENDS; i++) {
      try {
        const { turnId } = await client.call(sendMessage, { session: `full-${n}-${Math.floor(i / 5)}`, text: TEXT, timeoutSeconds });
        turns.push(turnId);
      } catch (thrown) {
        refusal = thrown instanceof GatewayError ? thrown.code : String(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, n) => sender(n)));
  return { turns, refusal };
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

export const fullDisk: Scenario = {
  id: 'full-disk',
  title: 'D3 full disk',
  quick: () => fillDisk(SMALL),
  full: async () => {
    const runs: Outcome[] = [];
    for (const scale of [SMALL, LARGER]) runs.push(await fillDisk(scale));
    return { figures: runs.map(({ figures }) => figures).join('; '), problems: runs.flatMap(({ problems }) => problems), ...(runs[0]?.skipped && { skipped: runs[0].skipped }) };
  },
  red: { 'a message is acknowledged before its commit': () => fillDisk({ ...SMALL, mutant: 'answers-before-commit' }) },
};
