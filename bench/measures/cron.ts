import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../../packages/gateway/src/app/open-store.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';
import { median } from '../kit/load.ts';
import { type GatewayServer, startGateway, startModel } from '../kit/processes.ts';
import type { Row } from '../kit/rows.ts';

const JOBS = 10_000;
const GOAL_PERCENT = 1;
const ROUNDS = 5;
const ROUND_MS = 10_000;
/** After a start the times of all jobs are looked at once. */
const SETTLES_MS = 10_000;

/** Jobs for each minute of the days to come, in several zones. None is due while this is measured. */
const fillJobs = async (folder: string): Promise<void> => {
  const { store, queue, bus } = await openStore(undefined, join(folder, 'openclaw.sqlite'), silent);
  const now = Date.now();
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Hong_Kong'];
  const away = new Date(now + 180 * 86_400_000).getUTCMonth() + 1;
  for (let first = 0; first < JOBS; first += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => {
      const n = first + i;
      return store.addCronJob({
        id: `cron_bench${String(n).padStart(6, '0')}`, name: `job ${n}`, description: undefined, workspace: 'main', agent: 'main', enabled: true,
        schedule: { kind: 'cron', expr: `${n % 60} ${n % 24} * ${away} *`, tz: zones[n % zones.length] ?? 'UTC' }, payload: { kind: 'agentTurn', message: 'Look' }, target: 'isolated', wakeMode: 'now',
        delivery: { mode: 'none' }, deleteAfterRun: false, caller: { id: 'gateway-token', permissions: ['*'], workspaces: ['*'] }, createdAt: now, updatedAt: now, nextAt: now + 100 * 86_400_000,
      }, JOBS);
    }));
  }
  await store.close();
  await queue.close();
  await bus.close();
};

/** Processor time of all its threads, in seconds. */
const busySeconds = ({ pid }: GatewayServer): number => {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
  return threads.reduce((sum, nanoseconds) => sum + Number(nanoseconds.split(' ', 1)[0]) / 1e9, 0);
};

/** What ten thousand jobs cost while none of them is due, beside a gateway that has none. */
export const cron = async (): Promise<Row> => {
  await using model = await startModel();
  await using ours = await startGateway({ modelUrl: model.url, prepare: fillJobs });
  await using bare = await startGateway({ modelUrl: model.url, prepare: (folder) => writeFile(join(folder, 'none'), '') });
  await sleep(SETTLES_MS);
  const percents: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const [before, without, at] = [busySeconds(ours), busySeconds(bare), performance.now()];
    await sleep(ROUND_MS);
    const seconds = (performance.now() - at) / 1_000;
    percents.ours.push((100 * (busySeconds(ours) - before)) / seconds);
    percents.bare.push((100 * (busySeconds(bare) - without)) / seconds);
  }
  const [mine, floor] = [median(percents.ours), median(percents.bare)];
  return {
    what: `processor time of a gateway with ${JOBS} jobs, none of which is due, against one without`, ours: `${mine.toFixed(2)} %`, floor: `${floor.toFixed(2)} %`, ratio: `+${(mine - floor).toFixed(2)} %`,
    goal: `< +${GOAL_PERCENT} %`, met: mine - floor < GOAL_PERCENT,
  };
};
