import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { UsageSums } from '../../packages/gateway/src/engine/ports/usage-store.ts';
import { boundsOfDays, dateAfter } from '../../packages/gateway/src/kernel/days.ts';
import { done, failed, fresh, newSession, newTurn, NOW, step, usage, type Worker } from './turn-fixture.ts';

const QUARTER = 900_000;
const DAY = 86_400_000;
const ALL = { from: NOW - DAY - (NOW % QUARTER), to: NOW + DAY - (NOW % QUARTER), workspaces: undefined, limit: 50, offset: 0 };
const today = [ALL.from, ALL.to];

const write = async (worker: Worker, { key = 'agent:main:a', workspace = 'main', userId, as = 'tester' }: { key?: string; workspace?: string; userId?: string; as?: string } = {}) => {
  await worker.store.acceptTurn(newTurn(newSession(key, { workspace, userId }), { caller: { id: as, permissions: [], workspaces: ['*'] } }));
  return worker.begin();
};

export const usageTests = (worker: () => Worker): void => {
  test('a day tells what came in, what was answered and what it took', async () => {
    const { store } = worker();
    const started = await write(worker());
    expect((await store.usageByDay(today, undefined)).days).toMatchObject([{ messages: 1, replies: 0, modelCalls: 0, tokensOut: 0 }]);
    await store.recordStep(started.fence, step());
    await store.recordToolResult(started.fence, { callId: 'call_1', state: 'done', output: 'noon', now: NOW });
    await store.recordSummary(started.fence, { messageId: fresh('sum'), text: 'all of it', coversUpTo: 0, usage: usage({ costUSD: 0.1 }), now: NOW });
    await store.endTurn(started.fence, done(started, 'it is noon', { costUSD: 0.2, latencyMs: 700 }));
    expect(await store.usageByDay(today, undefined)).toEqual({
      days: [{ messages: 1, replies: 1, latencyMs: 700, modelCalls: 3, tokensIn: 30, tokensOut: 15, cacheReadTokens: 6, cacheWriteTokens: 3, costUSD: 0.55, unpricedMessages: 0 }],
      uniqueUsers: 0,
    });
    expect((await store.usageByDay([NOW - 2 * DAY, NOW - DAY].map((at) => at - (at % QUARTER)), undefined)).days).toMatchObject([{ messages: 0 }]);
  });

  test('what was recorded twice is counted once', async () => {
    const { store } = worker();
    const started = await write(worker());
    const once = step();
    await store.recordStep(started.fence, once);
    await store.recordStep(started.fence, once);
    await store.endTurn(started.fence, failed);
    await expect(store.endTurn(started.fence, done(started))).rejects.toThrow();
    expect((await store.usageByDay(today, undefined)).days).toMatchObject([{ messages: 1, replies: 0, modelCalls: 1, tokensIn: 10 }]);
  });

  test('what was used stays when its session goes, before and after the turn is over', async () => {
    const { store } = worker();
    const first = await write(worker(), { userId: 'ann' });
    await store.endTurn(first.fence, done(first));
    await store.deleteSession(first.session.id);
    const second = await write(worker(), { key: 'agent:main:w:b', workspace: 'w', userId: 'bob' });
    await store.deleteSession(second.session.id);
    await store.endTurn(second.fence, done(second));
    expect(await store.usageByDay(today, undefined)).toMatchObject({ days: [{ messages: 2, replies: 2, modelCalls: 2, costUSD: 0.5 }], uniqueUsers: 2 });
    expect(await store.usageByDay(today, ['w'])).toMatchObject({ days: [{ messages: 1, replies: 1 }], uniqueUsers: 1 });
    expect(await store.usageByUser({ ...ALL, workspaces: ['w'] })).toMatchObject({ total: 1, rows: [{ name: 'bob', messages: 1, tokensOut: 5 }] });
  });

  test('a message whose answer took calls without a price is counted once as such', async () => {
    const { store } = worker();
    const started = await write(worker());
    await store.recordStep(started.fence, step({ usage: usage({ costUSD: undefined }) }));
    await store.endTurn(started.fence, done(started, 'x', { costUSD: undefined }));
    const other = await write(worker());
    await store.endTurn(other.fence, done(other, 'y', { costUSD: 0.25 }));
    expect((await store.usageByDay(today, undefined)).days).toMatchObject([{ messages: 2, unpricedMessages: 1, costUSD: 0.25 }]);
    expect((await store.usageSince(ALL.from, undefined)).usage.costUSD).toBeNull();
  });

  test('lists go by what there is most of, page by page, within the workspaces asked for', async () => {
    const { store } = worker();
    for (const [userId, workspace, count] of [['ann', 'main', 3], ['bob', 'main', 1], ['ann', 'w', 2], ['cleo', 'w', 4]] as const) {
      for (let n = 0; n < count; n++) {
        const started = await write(worker(), { key: `agent:main:${workspace}:${userId}`, workspace, userId });
        await store.endTurn(started.fence, done(started, 'x', { model: userId === 'ann' ? 'a/one' : 'b/two' }));
      }
    }
    const started = await write(worker(), { key: 'agent:main:nobody' });
    await store.endTurn(started.fence, done(started, 'x', { model: 'b/two' }));
    const named = ({ rows, total }: Awaited<ReturnType<typeof store.usageByUser>>, count: 'messages' | 'modelCalls') => [total, ...rows.map((row) => `${row.name} ${row[count]}`)];
    expect(named(await store.usageByUser(ALL), 'messages')).toEqual([3, 'ann 5', 'cleo 4', 'bob 1']);
    expect(named(await store.usageByUser({ ...ALL, limit: 1, offset: 1 }), 'messages')).toEqual([3, 'cleo 4']);
    expect(named(await store.usageByUser({ ...ALL, offset: 9 }), 'messages')).toEqual([3]);
    expect(named(await store.usageByUser({ ...ALL, workspaces: ['w'] }), 'messages')).toEqual([2, 'cleo 4', 'ann 2']);
    expect(named(await store.usageByUser({ ...ALL, workspaces: [] }), 'messages')).toEqual([0]);
    expect(named(await store.usageByWorkspace(ALL), 'messages')).toEqual([2, 'w 6', 'main 5']);
    expect(named(await store.usageByWorkspace({ ...ALL, workspaces: ['main', 'x'] }), 'messages')).toEqual([1, 'main 5']);
    expect(named(await store.usageByModel(ALL), 'modelCalls')).toEqual([2, 'b/two 6', 'a/one 5']);
    expect(named(await store.usageByModel({ ...ALL, workspaces: ['main'] }), 'modelCalls')).toEqual([2, 'a/one 3', 'b/two 2']);
  });

  test('who writes counts for who the message says, where it says so', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:room');
    await worker().runOne();
    await store.acceptTurn(newTurn({ id: sessionId }, { userId: 'dora' }));
    await worker().runOne();
    expect(await store.usageByUser(ALL)).toMatchObject({ total: 1, rows: [{ name: 'dora', messages: 1, replies: 1 }] });
  });

  test('what a key, a workspace, an agent and all have spent since a moment', async () => {
    const { store } = worker();
    const first = await write(worker(), { as: 'key_a' });
    await store.endTurn(first.fence, done(first, 'x', { costUSD: 0.5 }));
    const second = await write(worker(), { as: 'key_b', key: 'agent:main:w:b', workspace: 'w' });
    const ending = done(second, 'x', { costUSD: 1 });
    await store.endTurn(second.fence, { ...ending, message: ending.message && { ...ending.message, usage: usage({ agent: 'research', costUSD: 1 }) } });
    const since = NOW - (NOW % QUARTER);
    const of = (kind: 'key' | 'workspace' | 'agent', name: string) => ({ of: kind, name, since });
    expect(await store.spent([of('key', 'key_a'), of('key', 'key_b'), of('workspace', 'w'), of('agent', 'research'), of('agent', 'main'), { of: 'gateway', since }, { of: 'gateway', since: since + QUARTER }])).toEqual(
      [0.5, 1, 1, 1, 0.5, 1.5, 0].map((costUSD) => ({ costUSD, tokens: costUSD === 0 ? 0 : costUSD === 1.5 ? 36 : 18 })),
    );
  });

  test('a budget warns once for a day, however often and at once it is asked to', async () => {
    const { store } = worker();
    const warn = (id: string) => store.warnOfBudget({ id, at: NOW, data: { budget: 'gateway' } });
    const told = await Promise.all([warn('budget_a'), warn('budget_a'), warn('budget_b')]);
    expect(told.filter(Boolean)).toHaveLength(2);
    expect(await warn('budget_a')).toBe(false);
    const events = (await store.listEvents(0, 100)).filter(({ type }) => type === 'budget.warning');
    expect(new Set(events.map(({ id }) => id))).toEqual(new Set(['evt_budget_a', 'evt_budget_b']));
    expect(events).toMatchObject([0, 1].map(() => ({ sessionKey: null, data: { budget: 'gateway' } })));
  });

  test('many at once are all counted, while others read', async () => {
    const { store } = worker();
    const readers = Array.from({ length: 5 }, () => store.usageByDay(today, undefined));
    await Promise.all(Array.from({ length: 40 }, (_, i) => worker().accept(`agent:main:s${i % 8}`)));
    await Promise.all(readers);
    expect((await store.usageByDay(today, undefined)).days).toMatchObject([{ messages: 40 }]);
  });
};

interface Made {
  readonly minutes: number;
  readonly place: 0 | 1;
  readonly user: string | undefined;
  readonly model: string;
  readonly steps: readonly (number | undefined)[];
  readonly took: number;
  readonly answered: boolean;
  readonly forgotten: boolean;
}

const cost = fc.option(fc.integer({ min: 0, max: 9_000 }).map((cents) => cents / 10_000), { nil: undefined });
const made: fc.Arbitrary<Made> = fc.record({
  minutes: fc.oneof(fc.integer({ min: 0, max: 70 * 24 * 60 }), fc.integer({ min: 27 * 24 * 60, max: 30 * 24 * 60 })),
  place: fc.constantFrom(0 as const, 1 as const),
  user: fc.constantFrom('ann', 'bob', undefined),
  model: fc.constantFrom('a/one', 'b/two'),
  steps: fc.array(cost, { maxLength: 2 }),
  took: fc.integer({ min: 0, max: 200_000 }),
  answered: fc.boolean(),
  forgotten: fc.boolean(),
});

/** What one moment of a turn adds: the slow way to know, from a list of all that happened. */
interface Happened extends Partial<UsageSums> {
  readonly at: number;
  readonly workspace: string;
  readonly user: string | undefined;
  readonly model?: string;
}

const BEGIN = Date.UTC(2026, 1, 27);
const asked = fc.record({
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York', 'Pacific/Chatham'),
  first: fc.integer({ min: -3, max: 60 }),
  days: fc.integer({ min: 1, max: 75 }),
  places: fc.constantFrom([0, 1] as const, [1] as const),
});

const MEASURES = ['messages', 'replies', 'latencyMs', 'modelCalls', 'tokensIn', 'tokensOut', 'cacheReadTokens', 'cacheWriteTokens', 'costUSD', 'unpricedMessages'] as const satisfies readonly (keyof UsageSums)[];

const total = (all: readonly Happened[]): Record<string, number> =>
  // In billionths, as money is kept.
  Object.fromEntries(MEASURES.map((measure) => [measure, Math.round(all.reduce((sum, one) => sum + (one[measure] ?? 0), 0) * 1e9) / 1e9]));

const grouped = (all: readonly Happened[], by: (one: Happened) => string | undefined): Map<string, Record<string, number>> => {
  const groups = new Map<string, Happened[]>();
  for (const one of all) {
    const name = by(one);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return new Map([...groups].map(([name, ones]) => [name, total(ones)]));
};

export const usageProperties = (worker: () => Worker, runs: number): void => {
  test('whatever was written when, by whom and where, in days of any time zone: the sums are those of a slow count', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(made, { minLength: 1, maxLength: 6 }), fc.array(asked, { minLength: 1, maxLength: 4 }), async (turns, questions) => {
        const { store } = worker();
        const round = fresh('w').replaceAll('_', '-');
        const places = [`${round}-0`, `${round}-1`] as const;
        const happened: Happened[] = [];
        for (const turn of turns) happened.push(...(await happen(worker(), turn, { round, workspace: places[turn.place] })));
        for (const { zone, first, days, places: chosen } of questions) {
          const workspaces: readonly string[] = chosen.map((place) => places[place]);
          const from = dateAfter('2026-02-27', first);
          const bounds = boundsOfDays(from, days, zone);
          const [begin = 0] = bounds;
          const end = bounds.at(-1) ?? 0;
          const inside = happened.filter(({ at, workspace }) => at >= begin && at < end && workspaces.includes(workspace));
          const date = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
          const told = await store.usageByDay(bounds, workspaces);
          const byDate = grouped(inside, ({ at }) => date.format(at));
          expect(told.days).toEqual(Array.from({ length: days }, (_, day) => byDate.get(dateAfter(from, day)) ?? total([])));
          const users = grouped(inside, ({ user }) => user);
          expect(told.uniqueUsers).toBe([...users.values()].filter(({ messages = 0 }) => messages > 0).length);
          const query = { from: begin, to: end, workspaces, limit: 50, offset: 0 };
          const lists = [
            [await store.usageByUser(query), users],
            [await store.usageByWorkspace(query), grouped(inside, ({ workspace }) => workspace)],
            [await store.usageByModel(query), grouped(inside, ({ model }) => model)],
          ] as const;
          for (const [{ rows, total: count }, expected] of lists) {
            expect(Object.fromEntries(rows.map(({ name, ...sums }) => [name, sums]))).toEqual(Object.fromEntries(expected));
            expect(count).toBe(expected.size);
          }
        }
      }),
      { numRuns: runs },
    );
  });
};

/** Writes a turn into the store; resolves to what it adds. */
const happen = async (worker: Worker, turn: Made, { round, workspace }: { round: string; workspace: string }): Promise<readonly Happened[]> => {
  const { store } = worker;
  const at = BEGIN + turn.minutes * 60_000;
  const by = { workspace, user: turn.user };
  const happened: Happened[] = [{ ...by, at, messages: 1 }];
  const key = `agent:main:${workspace}:${fresh(round)}`;
  await store.acceptTurn(newTurn(newSession(key, { workspace, userId: turn.user, now: at }), { now: at }));
  const started = await worker.begin();
  let unpriced = false;
  const used = (costUSD: number | undefined) => {
    const first = costUSD === undefined && !unpriced;
    unpriced ||= first;
    return { model: turn.model, modelCalls: 1, tokensIn: 10, tokensOut: 5, cacheReadTokens: 2, cacheWriteTokens: 1, costUSD: costUSD ?? 0, unpricedMessages: first ? 1 : 0 };
  };
  for (const [i, costUSD] of turn.steps.entries()) {
    const now = at + Math.round((turn.took * (i + 1)) / 3);
    await store.recordStep(started.fence, step({ usage: usage({ costUSD, model: turn.model }), toolCalls: [], text: 'so far', now }));
    happened.push({ ...by, at: now, ...used(costUSD) });
  }
  const now = at + turn.took;
  if (turn.forgotten) await store.deleteSession(started.session.id);
  if (turn.answered) {
    await store.endTurn(started.fence, { ...done(started, 'x', { model: turn.model, costUSD: 0.5, latencyMs: turn.took }), now });
    happened.push({ ...by, at: now, ...used(0.5), replies: 1, latencyMs: turn.took });
  } else {
    await store.endTurn(started.fence, { ...failed, now });
  }
  return happened;
};
