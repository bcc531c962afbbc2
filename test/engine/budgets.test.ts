import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@openclaw/client';
import { createCredential, createWorkspace, type GatewayError, getTurn, listEvents, sendMessage, sessionHistory, updateWorkspace } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BudgetKeeper } from '../../packages/gateway/src/engine/budgets/index.ts';
import { defineTool } from '../../packages/gateway/src/engine/ports/tool.ts';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { newSession, newTurn, done, Worker } from '../conformance/turn-fixture.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { openSqlitePair } from '../support/store-pairs.ts';

/** 100 tokens and 0.11 USD a step. */
const hundred: ModelScript = () => ({ text: 'ok', usage: { inputTokens: 90, outputTokens: 10 } });
const look = defineTool({ name: 'look', description: 'Looks.', effect: 'none', input: z.object({ at: z.string() }), run: async ({ at }) => `saw ${at}` });

const withPrices = (model: ModelServer) => ({
  models: { providers: { test: { api: 'openai', baseUrl: model.url, models: [{ id: 'model', contextTokens: 32_000 }] } }, prices: { 'test/model': { input: 1_000, output: 2_000 } } },
});

const refusal = (promise: Promise<unknown>): Promise<GatewayError> => promise.then(() => Promise.reject(new Error('it was not refused')), (thrown: GatewayError) => thrown);
const warnings = async (gateway: TestGateway) => (await gateway.client.call(listEvents, {})).events.filter(({ type }) => type === 'budget.warning');

describe('a budget', () => {
  test('of a key ends what that key may do today, with a code, until when, and what was spent', async () => {
    await using gateway = await startGateway({ script: hundred });
    const { secret, id } = await gateway.client.call(createCredential, { kind: 'api-key', name: 'spender', budget: { tokensPerDay: 250 } });
    const spender = connect({ baseUrl: gateway.url, token: secret });
    for (let n = 0; n < 3; n++) await spender.call(sendMessage, { text: 'Hi' });
    for (const stream of [false, true]) {
      const response = await fetch(`${gateway.url}/api/v1/messages${stream ? '/stream' : ''}`, {
        method: 'POST', headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }, body: JSON.stringify({ message: 'Hi' }),
      });
      expect(response.status).toBe(429);
      const wait = Number(response.headers.get('retry-after'));
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(25 * 3600);
      const { error } = (await response.json()) as { error: Record<string, unknown> }; // the one form of a refusal
      expect(error).toMatchObject({ code: 'budget_exceeded', details: { budget: 'key', name: id, spent: { tokens: 300, usd: 0 }, limit: { tokensPerDay: 250 }, resetsAt: expect.stringMatching(/^\d{4}-.*Z$/) } });
    }
    // Nothing of it was stored, and others go on.
    expect((await gateway.client.call(sessionHistory, { session: 'main' })).total).toBe(6);
    await gateway.client.call(sendMessage, { text: 'Hi' });
  });

  test('of a workspace, an agent and the gateway: the one that is spent is named, on sessions by id too', async () => {
    const model = await startModelServer({ script: hundred });
    const config = {
      ...withPrices(model),
      agents: { entries: { frugal: { budget: { usdPerDay: 0.2 } } } },
      limits: { budget: { tokensPerDay: 650 } },
    };
    await using gateway = await startGateway({ config });
    const say = (workspace: string) => gateway.client.call(sendMessage, { text: 'Hi', workspace });
    await gateway.client.call(createWorkspace, { id: 'small', budget: { tokensPerDay: 100 } });
    await gateway.client.call(createWorkspace, { id: 'cheap', agent: 'frugal' });
    const first = await say('small');
    expect((await refusal(say('small'))).details).toMatchObject({ budget: 'workspace', name: 'small' });
    expect((await refusal(gateway.client.call(sendMessage, { text: 'Hi', session: first.sessionId }))).details).toMatchObject({ budget: 'workspace' });
    await say('cheap');
    await say('cheap');
    const { details } = await refusal(say('cheap'));
    expect(details).toMatchObject({ budget: 'agent', name: 'frugal', spent: { tokens: 200 }, limit: { usdPerDay: 0.2 } });
    // The same agent elsewhere has spent it as well; the main one has not.
    await gateway.client.call(updateWorkspace, { id: 'small', agent: 'frugal', budget: null });
    expect((await refusal(say('small'))).details).toMatchObject({ budget: 'agent' });
    for (let n = 0; n < 4; n++) await say('main');
    expect((await refusal(say('main'))).details).toMatchObject({ budget: 'gateway', spent: { tokens: 700 } });
    await model.close();
  });

  test('holds after a restart, and what was accepted before under a key of idempotency is told again', async () => {
    const config = { limits: { budget: { tokensPerDay: 100 } } };
    const key = { idempotencyKey: 'the-same' };
    await using first = await startGateway({ script: hundred, config });
    const reply = await first.client.call(sendMessage, { text: 'Hi' }, key);
    await first.stop();
    await using second = await startGateway({ folder: first.folder, script: hundred, config });
    expect((await refusal(second.client.call(sendMessage, { text: 'Hi' }))).code).toBe('budget_exceeded');
    expect(await second.client.call(sendMessage, { text: 'Hi' }, key)).toEqual(reply);
    expect(second.model.requests).toEqual([]);
  });

  test('ends a running turn before its next step, and the transcript stays whole', async () => {
    await using gateway = await startGateway({
      tools: [look],
      config: { limits: { budget: { tokensPerDay: 150 } } },
      script: ({ messages }) => ({
        toolCalls: [{ tool: 'look', input: { at: `${messages.length}` } }], usage: { inputTokens: 90, outputTokens: 10 },
      }),
    });
    const { code, details } = await refusal(gateway.client.call(sendMessage, { text: 'look around' }));
    expect(code).toBe('budget_exceeded');
    expect(gateway.model.requests).toHaveLength(2);
    expect(await gateway.client.call(getTurn, { turn: String(details['turnId']) })).toMatchObject({ state: 'failed', error: { code: 'budget_exceeded' } });
    const { messages } = await gateway.client.call(sessionHistory, { session: 'main', includeTools: true });
    expect(messages.map(({ role, toolCall }) => toolCall?.state ?? role)).toEqual(['user', 'assistant', 'done', 'assistant', 'done']);
  });

  test('warns once at 80 %, in the log and in an event, and not again after a restart', async () => {
    const config = { limits: { budget: { tokensPerDay: 500 } } };
    await using first = await startGateway({ script: hundred, config });
    for (let n = 0; n < 3; n++) await first.client.call(sendMessage, { text: 'Hi' });
    expect(await warnings(first)).toEqual([]);
    await first.client.call(sendMessage, { text: 'Hi' });
    // Without a further message: the end of the turn is enough.
    await expect.poll(() => warnings(first)).toMatchObject([{ sessionKey: null, data: { budget: 'gateway', spent: { tokens: 400 }, limit: { tokensPerDay: 500 }, resetsAt: expect.any(String) } }]);
    expect(first.logged.filter(({ message }) => message.includes('of its budget'))).toMatchObject([{ level: 'warn', message: 'the gateway has used 80 % of its budget for today' }]);
    await first.stop();
    await using second = await startGateway({ folder: first.folder, script: hundred, config });
    await second.client.call(sendMessage, { text: 'Hi' });
    await refusal(second.client.call(sendMessage, { text: 'Hi' }));
    expect(await warnings(second)).toHaveLength(1);
    expect(second.logged.filter(({ message }) => message.includes('of its budget'))).toEqual([]);
  });

  test('asks the store for nothing where none is set', async () => {
    let asked = 0;
    const counting = (store: Store): Store => ({ ...store, spent: (budgets) => (asked++, store.spent(budgets)) });
    await using gateway = await startGateway({ script: hundred, store: counting });
    await gateway.client.call(sendMessage, { text: 'Hi' });
    expect(asked).toBe(0);
    await gateway.client.call(createWorkspace, { id: 'small', budget: { tokensPerDay: 1_000 } });
    await gateway.client.call(sendMessage, { text: 'Hi' });
    expect(asked).toBe(0);
    await gateway.client.call(sendMessage, { text: 'Hi', workspace: 'small' });
    expect(asked).toBeGreaterThan(0);
  });
});

describe('a day', () => {
  let folder: string;
  let pair: Awaited<ReturnType<typeof openSqlitePair>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openclaw-budgets-'));
    pair = await openSqlitePair(folder);
  });
  afterAll(async () => {
    await pair.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('begins and ends in the time zone of the agent, and a model without a price is told of once', async () => {
    const logged: string[] = [];
    // The day on which Berlin's clocks go back: from 22:00 to 23:00 of the next day, in UTC.
    let now = Date.parse('2026-10-24T21:50:00Z');
    const worker = new Worker(pair);
    const use = async (): Promise<void> => {
      await pair.store.acceptTurn(newTurn(newSession('agent:main:main', { now }), { now, caller: { id: 'key_a', permissions: [], workspaces: ['*'] } }));
      const started = await worker.begin();
      await pair.store.endTurn(started.fence, { ...done(started, 'x', { costUSD: 1 }), now });
    };
    const keeper = new BudgetKeeper({
      store: pair.store, gateway: () => undefined, workspace: () => undefined, isSomewhere: () => false, now: () => now,
      agent: () => ({ id: 'main', budget: { usdPerDay: 1 }, timezone: 'Europe/Berlin' }), timezone: () => 'UTC', log: (_, message) => void logged.push(message),
    });
    const key = { id: 'key_a', budget: { usdPerDay: 2 } };
    const place = { agent: 'main', workspace: 'main' };
    const check = () => keeper.check({ caller: key, place });
    await check();
    await use();
    await expect(check()).rejects.toMatchObject({ details: { budget: 'agent', resetsAt: '2026-10-24T22:00:00.000Z', retryAfterSeconds: 600 } });
    now = Date.parse('2026-10-24T22:00:00Z');
    await check();
    await use();
    // In UTC, where the key's day is counted, both were today.
    await expect(check()).rejects.toMatchObject({ details: { budget: 'key', spent: { usd: 2 }, resetsAt: '2026-10-25T00:00:00.000Z' } });
    now = Date.parse('2026-10-25T22:59:00Z');
    await expect(check()).rejects.toMatchObject({ details: { budget: 'agent', resetsAt: '2026-10-25T23:00:00.000Z', retryAfterSeconds: 60 } });
    now = Date.parse('2026-10-25T23:00:00Z');
    await check();

    logged.length = 0;
    keeper.sawUnpriced({ caller: key, place }, 'x/free');
    keeper.sawUnpriced({ caller: key, place }, 'x/free');
    expect(logged).toEqual([expect.stringContaining('no price is known for x/free')]);
  });
});
