import { afterAll, expect, test } from 'vitest';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { olderPostgres, olderSqlite } from '../support/older-store.ts';
import { startPostgres } from '../support/postgres.ts';

const DAY = 86_400_000;
const MONDAY = Date.UTC(2026, 8, 14);

/** A database as the version before left it: two turns that are over, one that failed, and one that runs. */
const ROWS = [
  `INSERT INTO sessions (id, key, kind, agent, workspace, user_id, channel, created_at, last_active_at, last_seq) VALUES
    ('sess_1', 'agent:main:w:a', 'main', 'main', 'w', 'ann', 'api', ${MONDAY}, ${MONDAY}, 20), ('sess_2', 'agent:main:main', 'main', 'main', 'main', NULL, 'api', ${MONDAY}, ${MONDAY}, 20)`,
  ...[
    ['turn_1', 'sess_1', 1, 'done', MONDAY + 1_000, MONDAY + 4_000], ['turn_2', 'sess_1', 5, 'done', MONDAY + DAY, MONDAY + DAY + 500],
    ['turn_3', 'sess_2', 1, 'failed', MONDAY + DAY, MONDAY + DAY + 1], ['turn_4', 'sess_2', 3, 'running', MONDAY + DAY, 'NULL'],
  ].map(([id, session, seq, state, created, ended]) => `INSERT INTO turns (id, session_id, session_key, seq, state, context, options, caller, created_at, started_at, ended_at, attempts)
    VALUES ('${id}', '${session}', 'key', ${seq}, '${state}', '{}', '{}', '{"id":"key_1","permissions":[],"workspaces":["*"]}', ${created}, ${created}, ${ended}, 1)`),
  ...[
    ['sess_1', 1, 1, 'turn_1', 'user', 'NULL', 'NULL', 'NULL', MONDAY + 1_000], ['sess_1', 1, 2, 'turn_1', 'assistant', `'a/one'`, 10, 'NULL', MONDAY + 2_000],
    ['sess_1', 1, 3, 'turn_1', 'assistant', `'b/two'`, 10, 'NULL', MONDAY + 4_000], ['sess_1', 5, 5, 'turn_2', 'user', 'NULL', 'NULL', 'NULL', MONDAY + DAY],
    ['sess_1', 5, 6, 'turn_2', 'assistant', `'a/one'`, 10, 0.1, MONDAY + DAY + 500], ['sess_2', 1, 1, 'turn_3', 'user', 'NULL', 'NULL', 'NULL', MONDAY + DAY],
    ['sess_2', 3, 3, 'turn_4', 'user', 'NULL', 'NULL', 'NULL', MONDAY + DAY], ['sess_2', 3, 4, 'turn_4', 'assistant', `'a/one'`, 10, 'NULL', MONDAY + DAY],
  ].map(([session, turn, seq, id, role, model, tokens, cost, at]) => `INSERT INTO messages (session_id, turn_seq, seq, id, turn_id, role, text, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd, created_at)
    VALUES ('${session}', ${turn}, ${seq}, 'msg_${session}_${seq}', '${id}', '${role}', 'x', ${model}, ${tokens}, ${tokens}, ${tokens}, ${tokens}, ${cost}, ${at})`),
];

const check = async (store: Store): Promise<void> => {
  const bounds = [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY];
  expect(await store.usageByDay(bounds, undefined)).toMatchObject({
    days: [
      { messages: 1, replies: 1, latencyMs: 3_000, modelCalls: 2, tokensIn: 20, costUSD: 0, unpricedMessages: 1 },
      { messages: 3, replies: 1, latencyMs: 500, modelCalls: 2, tokensOut: 20, costUSD: 0.1, unpricedMessages: 1 },
    ],
    uniqueUsers: 1,
  });
  const query = { from: MONDAY, to: MONDAY + 2 * DAY, workspaces: undefined, limit: 9, offset: 0 };
  expect((await store.usageByWorkspace(query)).rows).toMatchObject([{ name: 'main', messages: 2, replies: 0 }, { name: 'w', messages: 2, replies: 2 }]);
  expect((await store.usageByModel(query)).rows).toMatchObject([{ name: 'a/one', modelCalls: 3, replies: 1 }, { name: 'b/two', modelCalls: 1, replies: 1 }]);
  // What ran goes on to be counted where it belongs, its message not once more.
  const fence = { turnId: 'turn_4', number: 1, jobId: 'none' };
  const usage = { model: 'a/one', inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUSD: undefined, latencyMs: 1 };
  await store.recordStep(fence, { messageId: 'msg_later', text: 'x', toolCalls: [], opaque: undefined, usage, now: MONDAY + DAY });
  expect(await store.usageByDay(bounds, ['main'])).toMatchObject({ days: [{ messages: 0 }, { messages: 2, modelCalls: 2, tokensIn: 11, unpricedMessages: 1 }] });
  expect(await store.spent([{ of: 'key', name: 'key_1', since: MONDAY }])).toMatchObject([{ tokens: 2 }]);
};

const LEFT = { before: '0006-usage', rows: ROWS };

test('an embedded database of the version before is counted', async () => {
  await using older = await olderSqlite(LEFT);
  await check((await older.open()).store);
});

const { server, reason } = await startPostgres();
afterAll(async () => server?.[Symbol.asyncDispose]());

test.skipIf(!server)(`a Postgres database of the version before is counted${reason === undefined ? '' : ` (skipped: ${reason})`}`, async () => {
  await using older = await olderPostgres(server, LEFT);
  await check((await older.open()).store);
});
