import { afterAll, expect, test } from 'vitest';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { olderPostgres, olderSqlite } from '../support/older-store.ts';
import { startPostgres } from '../support/postgres.ts';

const AT = Date.UTC(2026, 10, 1);

/** As the version before left it: a run that was a task, and one of the main session. */
const ROWS = [
  ...[['sess_t', 'agent:main:task-1', 'isolated'], ['sess_m', 'agent:main:main', 'main']].map(
    ([id, key, kind]) => `INSERT INTO sessions (id, key, kind, agent, workspace, channel, created_at, last_active_at, last_seq) VALUES ('${id}', '${key}', '${kind}', 'main', 'main', 'cron', ${AT}, ${AT}, 1)`,
  ),
  ...[['turn_t', 'sess_t', 'agent:main:task-1', `'task_1'`], ['turn_m', 'sess_m', 'agent:main:main', 'NULL']].map(
    ([id, session, key, task]) => `INSERT INTO turns (id, session_id, session_key, seq, state, context, options, caller, created_at, started_at, ended_at, attempts, task_id)
      VALUES ('${id}', '${session}', '${key}', 1, 'done', '{}', '{}', '{"id":"a","permissions":[],"workspaces":["*"]}', ${AT}, ${AT}, ${AT}, 1, ${task})`,
  ),
  ...[['turn_t', 'agent:main:task-1', 1], ['turn_m', 'agent:main:main', 2]].map(
    ([turn, key, slot]) => `INSERT INTO cron_runs (job_id, scheduled_for, job_name, workspace, state, via, turn_id, session_key, started_at, ended_at) VALUES ('cron_1', ${slot}, 'x', 'main', 'ran', 'schedule', '${turn}', '${key}', ${AT}, ${AT})`,
  ),
];

const check = async (store: Store): Promise<void> => {
  expect(await store.clearCronSessions({ before: AT + 1, most: 9, now: AT + 2 })).toBe(1);
  expect([await store.findSession({ id: 'sess_t' }), (await store.findSession({ id: 'sess_m' }))?.key]).toEqual([undefined, 'agent:main:main']);
  expect((await store.listCronRuns({ job: 'cron_1', workspaces: undefined, states: undefined, limit: 9, offset: 0 })).total).toBe(2);
};

const LEFT = { before: '0015-cron-sessions', rows: ROWS };

test('sessions of runs that an embedded database of the version before holds are known', async () => {
  await using older = await olderSqlite(LEFT);
  await check((await older.open()).store);
});

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

test.skipIf(!server)(`those of a Postgres database are${reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => {
  await using older = await olderPostgres(server, LEFT);
  await check((await older.open()).store);
});
