import { getStats, sendMessage, userStats } from '@openclaw/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { type Home, MAIN, makeHome, run } from './program.ts';
import { onTerminal } from './terminal.ts';

let model: ModelServer;
let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
beforeAll(async () => {
  model = await startModelServer({ script: () => ({ text: 'ok', usage: { inputTokens: 1_200, outputTokens: 30 } }) });
  gateway = await startGateway({
    config: { models: { providers: { test: { api: 'openai', baseUrl: model.url } }, prices: { 'test/model': { input: 100, output: 1_000 } } }, agents: { defaults: { timezone: 'UTC' } } },
  });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
  for (const [workspace, userId] of [['main', undefined], ['team', 'ann'], ['team', 'ann'], ['team', 'bob\u001b[31m']] as const) await gateway.client.call(sendMessage, { text: 'Hi', workspace, userId });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await model.close();
  await home[Symbol.asyncDispose]();
});

const stats = (...args: readonly string[]) => run(['stats', ...args], env);

test('the month so far, with a line a day', async () => {
  const { code, out } = await stats();
  expect(code).toBe(0);
  const today = new Date().toISOString().slice(0, 10);
  expect(out).toMatch(new RegExp(`^${today.slice(0, 8)}01 to ${today} \\(UTC\\)\n\nMessages +4, 4 answered\nUsers +2\nTokens +4,800 in, 120 out\nCost +\\$0\\.60\nLatency +\\d`));
  const lines = out.trimEnd().split('\n');
  expect(lines.find((line) => line.startsWith('DAY'))).toMatch(/^DAY +MESSAGES +TOKENS IN +TOKENS OUT +COST +LATENCY$/);
  expect(lines.at(-1)).toMatch(new RegExp(`^${today} +4 +4,800 +120 +\\$0\\.60 +\\d`));
});

test('by workspace, user and model, and how many more there are', async () => {
  expect((await stats('--by', 'workspace')).out).toMatch(/^WORKSPACE .*\nteam +3 .*\nmain +1 /);
  expect((await stats('--by', 'user', '--workspace', 'team', '--limit', '1')).out).toMatch(/^USER .*\nann +2 .*\n1 more: --limit\n$/);
  expect((await stats('--by', 'model')).out).toMatch(/^MODEL +REPLIES .*\ntest\/model +4 /);
  // What a name holds does not reach the terminal.
  expect((await stats('--by', 'user')).out).not.toContain('\u001b');
  expect((await stats('--from', '2025-01-01', '--to', '2025-01-31', '--by', 'user')).out).toBe('Nothing was written in these days.\n');
});

test('as JSON it is what the gateway answers', async () => {
  const told = getStats.output.parse(JSON.parse((await stats('--json')).out));
  expect(told.totals).toMatchObject({ messages: 4, uniqueUsers: 2 });
  expect(userStats.output.parse(JSON.parse((await stats('--by', 'user', '--json')).out)).total).toBe(2);
});

test('on a terminal bars show where the most is', async () => {
  await using shown = onTerminal([process.execPath, MAIN, 'stats', '--by', 'workspace'], env, 120);
  expect(await shown.ended).toBe(0);
  const bars = shown.screen().trimEnd().split('\n').slice(1).map((line) => [...line].filter((one) => one === '▇').length);
  expect(bars).toEqual([24, 8]);
});

test('what cannot be asked is refused in words', async () => {
  const { code, err } = await stats('--from', 'yesterday');
  expect([code, err]).toEqual([expect.any(Number), expect.stringContaining('from: a date such as 2026-04-01')]);
  expect(code).not.toBe(0);
  expect((await stats('--by', 'moon')).err).toContain('day, workspace, user, model');
});
