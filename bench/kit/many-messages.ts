import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openStore } from '../../packages/gateway/src/app/open-store.ts';
import { MEASURES } from '../../packages/gateway/src/drivers/stores/kit/usage-sums.ts';
import { silent } from '../../packages/gateway/src/kernel/log.ts';

export interface Traffic {
  readonly messages: number;
  readonly users: number;
  readonly workspaces: number;
  /** Over this many days up to now. */
  readonly days: number;
}

/** When the row begins that an entry is counted in. */
const START = {
  quarter: 'at - at % 900000',
  month: `CAST(strftime('%s', at / 1000, 'unixepoch', 'start of month') AS INTEGER) * 1000`,
  year: `CAST(strftime('%s', at / 1000, 'unixepoch', 'start of year') AS INTEGER) * 1000`,
} as const;

const measures = MEASURES.join(', ');
const sums = MEASURES.map((measure) => `SUM(${measure})`).join(', ');

/** Counts messages as if they had come in and been answered: the sums that the store would have made, of all workspaces, made at one stroke. */
export const fillUsage = async (folder: string, { messages, users, workspaces, days }: Traffic): Promise<void> => {
  const file = join(folder, 'openclaw.sqlite');
  const { store, queue, bus } = await openStore(undefined, file, silent);
  await store.close();
  await queue.close();
  await bus.close();
  const connection = new DatabaseSync(file);
  const span = days * 86_400_000;
  connection.exec('PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; BEGIN');
  connection.exec(`CREATE TEMP TABLE entries (at BIGINT, workspace TEXT, user_id TEXT, model TEXT, ${MEASURES.map((measure) => `${measure} BIGINT DEFAULT 0`).join(', ')})`);
  connection.prepare(
    `WITH RECURSIVE n (i, user) AS (SELECT 0, 0 UNION ALL SELECT i + 1, (user * 1103515245 + 12345) % 2147483648 FROM n WHERE i + 1 < CAST(?1 AS INTEGER))
     INSERT INTO entries (at, workspace, user_id, model, messages, replies, latency_ms, calls, input_tokens, output_tokens, cost_nanousd)
     SELECT CAST(?2 + i * (?3 / ?1) AS INTEGER), 'team-' || (user / 8 % CAST(?4 AS INTEGER)), 'telegram:' || (100000000 + user / 8 % CAST(?5 AS INTEGER)),
       'bench/model-' || (i % 3), 1, 1, 1800 + i % 900, 1, 590 + i % 50, 1850, 5140000 FROM n`,
  ).run(messages, Date.now() - span, span, workspaces, users);
  const add = (what: 'total' | 'workspace' | 'model', length: 'quarter' | 'month', name: string): void =>
    connection.exec(`INSERT INTO usage_sums (what, place, span, start, name, ${measures}) SELECT '${what}', '*', '${length}', ${START[length]}, ${name}, ${sums} FROM entries GROUP BY 4, 5`);
  add('total', 'quarter', `''`);
  for (const length of ['quarter', 'month'] as const) {
    add('workspace', length, 'workspace');
    add('model', length, 'model');
  }
  for (const length of ['quarter', 'month', 'year'] as const) {
    connection.exec(`INSERT INTO usage_users (span, start, workspace, name, ${measures}) SELECT '${length}', ${START[length]}, workspace, user_id, ${sums} FROM entries GROUP BY 2, 3, 4`);
  }
  connection.exec('COMMIT');
  connection.close();
};
