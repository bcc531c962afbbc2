import { connect } from '@openclaw/client';
import { createCredential, deleteSession, getStats, modelStats, sendMessage, userStats, workspaceStats } from '@openclaw/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, like } from '../printed/ask.ts';
import { printedJson, printedRequests } from '../printed/printed.ts';
import { verifies } from '../requirements/verifies.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';

let model: ModelServer;
let gateway: TestGateway;
beforeAll(async () => {
  model = await startModelServer({
    script: ({ messages }) => (messages.at(-1)?.text === 'fail' ? { status: 400, message: 'no' } : { text: 'ok', usage: { inputTokens: 100, outputTokens: 10 } }),
  });
  const models = { providers: { test: { api: 'openai', baseUrl: model.url } }, prices: { 'test/model': { input: 1_000, output: 10_000 } } };
  gateway = await startGateway({ config: { models, agents: { defaults: { timezone: 'Asia/Kathmandu' } } } });
  for (const [workspace, userId, text] of [['team', 'ann'], ['team', 'ann'], ['team', 'bob'], ['lab', 'ann'], ['main', undefined], ['main', undefined, 'fail']] as const) {
    await gateway.client.call(sendMessage, { text: text ?? 'Hi', workspace, userId }).catch(() => {});
  }
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await model.close();
});

const today = (timeZone: string): string => new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(Date.now());
const get = async (path: string, token = gateway.token) => {
  const response = await fetch(`${gateway.url}/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }; // every answer is an object
};
const keyFor = async (workspaces: string[], permissions: ('stats:read' | 'messages:read')[] = ['stats:read']): Promise<string> =>
  (await gateway.client.call(createCredential, { kind: 'api-key', name: `stats ${workspaces.join(' ')} ${permissions.join(' ')}`, workspaces, permissions })).secret;

/** 100 read at a tenth of a cent, 10 written at a cent. */
const COST = 0.2;

verifies('s2.stats', async () => {
  const [overall, ranged] = printedRequests('s2-stats.http');
  const { status, json } = await ask(gateway, overall ?? { method: '', path: '', body: undefined });
  expect(status).toBe(200);
  const example = printedJson('s2-stats-reply.jsonc');
  expect(json).toEqual(like(example));
  const { totals, byDay } = example as { totals: Record<string, unknown>; byDay: Record<string, unknown>[] }; // as printed
  expect(json['totals']).toEqual(like(totals));
  expect((json['byDay'] as unknown[]).at(-1)).toEqual(like(byDay[0] ?? {})); // a list, as `like` has seen
  // The month so far, in days of the agent.
  const now = today('Asia/Kathmandu');
  expect(json).toMatchObject({
    period: { from: `${now.slice(0, 8)}01`, to: now, timezone: 'Asia/Kathmandu' },
    totals: { messages: 6, replies: 5, modelCalls: 5, tokensIn: 500, tokensOut: 50, uniqueUsers: 2, unpricedMessages: 0, costUSD: 5 * COST },
  });
  expect(json['byDay']).toHaveLength(Number(now.slice(8)));
  expect((json['byDay'] as unknown[]).at(-1)).toMatchObject({ date: now, messages: 6, tokensOut: 50 });
  expect(await ask(gateway, ranged ?? { method: '', path: '', body: undefined })).toMatchObject({
    status: 200, json: { period: { from: '2026-04-01', to: '2026-04-30' }, totals: { messages: 0, costUSD: 0, avgLatencyMs: null }, byDay: expect.objectContaining({ length: 30 }) },
  });
});

verifies('s2.stats-workspaces', async () => {
  const { status, json } = await ask(gateway, printedRequests('s2-stats.http')[2] ?? { method: '', path: '', body: undefined });
  expect(status).toBe(200);
  expect(json).toMatchObject({ workspaces: [{ workspace: 'team', messages: 3, tokensOut: 30 }, { workspace: 'main', messages: 2, replies: 1 }, { workspace: 'lab', messages: 1, costUSD: COST }], total: 3, limit: 50, offset: 0 });
});

verifies('s2.stats-users', async () => {
  const { status, json } = await ask(gateway, printedRequests('s2-stats.http')[3] ?? { method: '', path: '', body: undefined });
  expect(status).toBe(200);
  expect(json).toMatchObject({ users: [{ userId: 'ann', messages: 2, tokensIn: 200 }, { userId: 'bob', messages: 1 }], total: 2, limit: 20 });
  expect((await gateway.client.call(userStats, {})).users).toMatchObject([{ userId: 'ann', messages: 3 }, { userId: 'bob', messages: 1 }]);
});

test('by model, what has an answer is counted', async () => {
  expect(await get('/stats/models?limit=5')).toMatchObject({ status: 200, body: { models: [{ model: 'test/model', replies: 5, modelCalls: 5, costUSD: 5 * COST }], total: 1 } });
  expect((await gateway.client.call(modelStats, { workspace: 'lab' })).models).toMatchObject([{ replies: 1 }]);
});

verifies('s2.stats-permission', async () => {
  const [reads, others] = [await keyFor(['*']), await keyFor(['*'], ['messages:read'])];
  for (const path of ['/stats', '/stats/workspaces', '/stats/users', '/stats/models']) {
    expect((await get(path, reads)).status, path).toBe(200);
    expect((await get(path, others)).status, path).toBe(403);
  }
  expect((await get('/sessions', reads)).status).toBe(403);
});

test('a key sees what was written in its workspaces, and nothing else', async () => {
  const bound = connect({ baseUrl: gateway.url, token: await keyFor(['lab', 'main']) });
  expect((await bound.call(getStats, {})).totals).toMatchObject({ messages: 3, uniqueUsers: 1, tokensOut: 20 });
  expect((await bound.call(workspaceStats, {})).workspaces.map(({ workspace }) => workspace)).toEqual(['main', 'lab']);
  expect((await bound.call(userStats, {})).users).toMatchObject([{ userId: 'ann', messages: 1 }]);
  expect((await bound.call(modelStats, {})).models).toMatchObject([{ replies: 2 }]);
  for (const operation of [getStats, workspaceStats, userStats, modelStats]) await expect(bound.call(operation, { workspace: 'team' })).rejects.toMatchObject({ code: 'forbidden' });
});

test('a range that cannot be is refused with the name of its field', async () => {
  const paths = ['from=yesterday', 'from=2026-02-30', 'to=2026-13-01', 'from=2026-4-1', 'from=2026-04-02&to=2026-04-01', 'from=2000-01-01', 'from=9999-12-31', 'timezone=Mars/Olympus', 'timezone=', 'from=2026-01-01&from=2026-01-02', 'workspace=NO%20SUCH'];
  const fields = ['from', 'from', 'to', 'from', 'from', 'from', 'from', 'timezone', 'timezone', 'from', 'workspace'];
  for (const [i, query] of paths.entries()) {
    for (const path of ['/stats', '/stats/users']) {
      const { status, body } = await get(`${path}?${query}`);
      expect([status, body], query).toMatchObject([400, { error: { code: 'invalid_request', message: expect.stringContaining(`${fields[i]}: `) } }]);
    }
  }
  for (const query of ['limit=0', 'limit=201', 'offset=-1', 'limit=x']) expect((await get(`/stats/users?${query}`)).status, query).toBe(400);
  expect((await get('/stats?from=2024-01-01&to=2024-12-31')).status).toBe(200);
  expect(await get('/stats?to=2025-02-14')).toMatchObject({ status: 200, body: { period: { from: '2025-02-01', to: '2025-02-14' } } });
});

test('another time zone has other days', async () => {
  for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    const day = today(zone);
    expect(await get(`/stats?timezone=${zone}&from=${day}&to=${day}`)).toMatchObject({ status: 200, body: { period: { timezone: zone }, byDay: [{ date: day }] } });
  }
  const days = await Promise.all(['Pacific/Kiritimati', 'Pacific/Pago_Pago'].map((timezone) => gateway.client.call(getStats, { timezone, from: today('Pacific/Pago_Pago'), to: today('Pacific/Kiritimati') })));
  // A day or more lies between them; what was written a moment ago stands in the last day of the one and in the first of the other.
  expect(days[0]?.byDay.at(-1)?.messages).toBe(days[1]?.byDay[0]?.messages);
});

test('what was deleted was written nevertheless', async () => {
  const reply = await gateway.client.call(sendMessage, { text: 'Hi', workspace: 'gone', userId: 'cleo' });
  await gateway.client.call(deleteSession, { session: reply.sessionId });
  expect(await get('/stats?workspace=gone')).toMatchObject({ body: { totals: { messages: 1, replies: 1, tokensIn: 100, uniqueUsers: 1 } } });
  expect(await get('/status')).toMatchObject({ status: 200 });
  expect((await (await gateway.request('/api/native/usage.today', { json: {} })).json()) as unknown).toMatchObject({ usage: { inputTokens: 600 } });
});
