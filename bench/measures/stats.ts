import { fillUsage } from '../kit/many-messages.ts';
import { startGateway, startModel } from '../kit/processes.ts';
import { median } from '../kit/load.ts';
import type { Row } from '../kit/rows.ts';

const DAYS = 365;
const GOAL_MS = 100;
const ROUNDS = 25;

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A year of a million messages of 50,000 users, in days that begin at 18:15 by the clock of the sums. */
export const stats = async (): Promise<readonly Row[]> => {
  await using model = await startModel();
  await using gateway = await startGateway({ modelUrl: model.url, prepare: (folder) => fillUsage(folder, { messages: 1_000_000, users: 50_000, workspaces: 10, days: DAYS }) });
  const year = `from=${dateOf(Date.now() - DAYS * 86_400_000)}&to=${dateOf(Date.now())}&timezone=Asia/Kathmandu`;
  const rows: Row[] = [];
  for (const [what, path] of [
    ['totals and days', `/api/v1/stats?${year}`], ['by workspace', `/api/v1/stats/workspaces?${year}`], ['by user', `/api/v1/stats/users?limit=20&${year}`], ['by model', `/api/v1/stats/models?${year}`],
  ] as const) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      const response = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${gateway.token}` } });
      const text = await response.text();
      if (response.status !== 200 || text.includes('"messages":0}')) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
      times.push(performance.now() - started);
    }
    const p50 = median(times);
    rows.push({ what: `statistics of 1,000,000 messages in a year, ${what}, p50`, ours: `${p50.toFixed(1)} ms`, floor: '-', ratio: '-', goal: `< ${GOAL_MS} ms`, met: p50 < GOAL_MS });
  }
  return rows;
};
