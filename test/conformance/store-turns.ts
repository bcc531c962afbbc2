import { expect, test } from 'vitest';
import type { Store } from '../../packages/gateway/src/engine/ports/store.ts';
import { type Fence, StaleFence } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { done, failed, fresh, newSession, newTurn, NOW, run, step, usage, type Worker } from './turn-fixture.ts';

/** All that can be seen of a session: what a refused write must leave as it was. */
const lookAt = async (store: Store, sessionId: string) => ({
  session: await store.findSession({ id: sessionId }),
  transcript: await store.transcript(sessionId, 1_000_000),
  history: await store.history({ sessionId, includeTools: true, limit: 100, offset: 0 }),
  events: await store.listEvents(0, 200),
});

const writesOf = (store: Store, fence: Fence): readonly (() => Promise<unknown>)[] => [
  () => store.recordStep(fence, step()),
  () => store.recordToolResult(fence, { callId: 'call_1', state: 'done', output: 'late', now: NOW }),
  () => store.takeSteering(fence, NOW),
  () => store.recordSummary(fence, { messageId: fresh('msg'), text: 'late', coversUpTo: 1, usage: usage(), now: NOW }),
  () => store.endTurn(fence, failed),
  () => store.suspendTurn(fence),
];

const expectDead = async (store: Store, fence: Fence, sessionId: string): Promise<void> => {
  const before = await lookAt(store, sessionId);
  for (const write of writesOf(store, fence)) await expect(write()).rejects.toBeInstanceOf(StaleFence);
  expect(await lookAt(store, sessionId)).toEqual(before);
};

export const turnTests = (worker: () => Worker): void => {
  test('accepting stores the message, the turn, its job and the events', async () => {
    const { store, queue } = worker();
    const accepted = await worker().accept('agent:main:a', { text: 'first', context: { timezone: 'Asia/Hong_Kong' }, options: { maxTokens: 7 } });
    expect(accepted).toMatchObject({ sessionKey: 'agent:main:a', replayed: false });
    expect(await store.findTurn(accepted.turnId)).toMatchObject({
      state: 'queued', attempts: 0, seq: 1, sessionId: accepted.sessionId, createdAt: NOW, startedAt: undefined, cancelRequested: false,
      context: { timezone: 'Asia/Hong_Kong' }, options: { maxTokens: 7 }, caller: { id: 'tester', workspaces: ['*'] },
    });
    expect((await store.history({ sessionId: accepted.sessionId, includeTools: false, limit: 10, offset: 0 })).messages).toMatchObject([
      { role: 'user', text: 'first', turnId: accepted.turnId },
    ]);
    expect(await queue.depth()).toEqual({ queued: 1, running: 0 });
    expect((await store.listEvents(0, 10)).map(({ type }) => type)).toEqual(['session.started', 'message.received']);
  });

  test('a message keeps where it came from', async () => {
    const source = { name: 'Webhook alert', parts: [[0, 5]] as const };
    const { sessionId } = await worker().accept('agent:main:a', { text: 'first', source });
    await worker().accept('agent:main:a', { text: 'second' });
    const [first, second] = await worker().store.transcript(sessionId, 1_000_000);
    expect(first).toMatchObject({ role: 'user', source });
    expect(second).not.toHaveProperty('source');
  });

  test('a message keeps where its pictures lie, and one that joins it brings its own', async () => {
    const duties = { deliver: { channel: 'telegram', to: '42' } };
    const image = (name: string) => ({ path: `attachments/2026-11/${name}.png`, mediaType: 'image/png', bytes: 5, digest: name });
    const { sessionId } = await worker().accept('agent:main:a', { text: 'first', images: [image('a')], duties });
    await worker().accept('agent:main:a', { text: 'second', images: [image('b')], joins: true, duties });
    await worker().accept('agent:main:a', { text: 'third', joins: true, duties });
    await worker().accept('agent:main:a', { text: 'fourth', images: [] });
    const [first, second] = await worker().store.transcript(sessionId, 1_000_000);
    expect(first).toMatchObject({ role: 'user', text: 'first\n\nsecond\n\nthird', images: [image('a'), image('b')] });
    expect(second).not.toHaveProperty('images');
  });

  test('a turn that cannot be stored leaves nothing behind', async () => {
    const { store, queue } = worker();
    const first = await worker().accept('agent:main:a');
    const once = { scope: 's', key: 'k', hash: 'h', expiresAt: NOW + 1000 };
    await expect(store.acceptTurn(newTurn(newSession('agent:main:b'), { id: first.turnId, once }))).rejects.toThrow();
    expect(await store.findSession({ key: 'agent:main:b' })).toBeUndefined();
    expect(await store.findAnswer('s', 'k', NOW)).toBeUndefined();
    expect(await queue.depth()).toEqual({ queued: 1, running: 0 });
    expect(await store.listEvents(0, 10)).toHaveLength(2);
  });

  test('accepting into a session that is not there is refused', async () => {
    await expect(worker().store.acceptTurn(newTurn({ id: 'sess_none' }))).rejects.toMatchObject({ code: 'session_not_found' });
    expect(await worker().queue.depth()).toEqual({ queued: 0, running: 0 });
  });

  test('two that make one session at once share it', async () => {
    const [one, two] = await Promise.all([worker().accept('agent:main:a'), worker().accept('agent:main:a')]);
    expect(one.sessionId).toBe(two.sessionId);
    expect(await worker().store.counts()).toEqual({ sessions: 1 });
  });

  test('turns of one session come out one at a time, in their order', async () => {
    const { queue, store } = worker();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await worker().accept('agent:main:a')).turnId);
    for (const id of ids) {
      const [lease, ...others] = await queue.take(10);
      expect(lease?.turnId).toBe(id);
      expect(others).toEqual([]);
      expect(await queue.take(10)).toEqual([]);
      if (!lease) continue;
      const started = await worker().start(lease);
      expect(await queue.take(10)).toEqual([]);
      await store.endTurn(started.fence, done(started));
    }
    expect(await queue.take(10)).toEqual([]);
  });

  test('turns that are accepted at once run in the order in which the session shows them', async () => {
    const sessions = ['agent:main:a', 'agent:main:b'];
    await Promise.all(sessions.map((key) => worker().accept(key)));
    await Promise.all(Array.from({ length: 40 }, (_, i) => worker().accept(sessions[i % 2] ?? '')));
    const ran = await worker().runAll();
    expect(ran).toHaveLength(42);
    for (const key of sessions) {
      const session = await worker().store.findSession({ key });
      const { messages } = await worker().store.history({ sessionId: session?.id ?? '', includeTools: false, limit: 200, offset: 0 });
      const shown = messages.filter(({ role }) => role === 'user').map(({ turnId }) => turnId);
      expect(ran.filter((id) => shown.includes(id))).toEqual(shown);
    }
  });

  test('sessions run beside each other, up to the limit asked for', async () => {
    const { queue } = worker();
    for (const key of ['a', 'b', 'c', 'd', 'a']) await worker().accept(`agent:main:${key}`);
    expect(await queue.take(0)).toEqual([]);
    const some = await queue.take(3);
    const rest = await queue.take(10);
    expect(some).toHaveLength(3);
    expect(rest).toHaveLength(1);
    expect(new Set([...some, ...rest].map(({ turnId }) => turnId)).size).toBe(4);
    expect(await queue.depth()).toEqual({ queued: 1, running: 4 });
  });

  test('turns of agents that are left out stay where they are, in their order, and hold up nobody else’s', async () => {
    const { queue, store } = worker();
    const accept = (agent: string, name: string) => store.acceptTurn(newTurn(newSession(`agent:${agent}:${name}`, { agent })));
    const [first, second] = [await accept('slow', 'a'), await accept('slow', 'b')];
    const quick = await accept('main', 'a');
    await accept('other', 'a');
    expect((await queue.take(1, ['slow'])).map(({ turnId, agent }) => [turnId, agent])).toEqual([[quick.turnId, 'main']]);
    expect((await queue.take(9, ['slow', 'other', 'nobody'])).length).toBe(0);
    expect((await queue.take(9, ['slow'])).map(({ agent }) => agent)).toEqual(['other']);
    expect(await queue.depth()).toEqual({ queued: 2, running: 2 });
    expect((await queue.take(1)).map(({ turnId, agent }) => [turnId, agent])).toEqual([[first.turnId, 'slow']]);
    expect((await queue.take(9, [])).map(({ turnId }) => turnId)).toEqual([second.turnId]);
  });

  test('no turn is handed out twice', async () => {
    for (let i = 0; i < 12; i++) await worker().accept(`agent:main:${i}`);
    const taken = (await Promise.all(Array.from({ length: 6 }, () => worker().queue.take(3)))).flat();
    expect(new Set(taken.map(({ turnId }) => turnId)).size).toBe(taken.length);
    const all = [...taken, ...(await worker().queue.take(12))];
    expect(all).toHaveLength(12);
    await worker().queue.renew(all);
    expect(await worker().queue.take(12)).toEqual([]);
  });

  test('starting begins the turn', async () => {
    const accepted = await worker().accept('agent:main:a');
    const started = await worker().begin();
    expect(started).toMatchObject({
      fence: { turnId: accepted.turnId, number: 1 }, crashes: 0,
      turn: { id: accepted.turnId, state: 'running', attempts: 1 }, session: { id: accepted.sessionId },
    });
    expect((await worker().store.findTurn(accepted.turnId))?.state).toBe('running');
  });

  test('asked twice with one execution, a turn begins once', async () => {
    await worker().accept('agent:main:a');
    const lease = await worker().take();
    const first = await worker().start(lease, 'node_1/run_1');
    const again = await worker().start(lease, 'node_1/run_1');
    expect(again).toEqual(first);
    await worker().store.endTurn(again.fence, done(again));
  });

  test('after a takeover the old fence is dead and writes nothing', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const old = await worker().begin();
    await store.recordStep(old.fence, step());
    const taken = await worker().start(worker().lease(old), run('node_2'));
    expect(taken).toMatchObject({ fence: { number: 2 }, crashes: 1, turn: { startedAt: old.turn.startedAt } });
    await expectDead(store, old.fence, sessionId);
    await store.recordToolResult(taken.fence, { callId: 'call_1', state: 'done', output: 'noon', now: NOW });
    await store.endTurn(taken.fence, done(taken));
  });

  test('only an execution that another owner left unfinished counts as a crash', async () => {
    await worker().accept('agent:main:a');
    const lease = await worker().take();
    const crashes = [];
    for (const owner of ['node_1', 'node_1', 'node_2', 'node_2', 'node_3']) crashes.push((await worker().start(lease, run(owner))).crashes);
    expect(crashes).toEqual([0, 0, 1, 1, 2]);
    await worker().store.suspendTurn((await worker().start(lease, run('node_3'))).fence);
    expect((await worker().start(await worker().take(), run('node_4'))).crashes).toBe(2);
  });

  test('a turn whose session is free begins as it is accepted, where the queue can hand it over', async () => {
    const { store, queue } = worker();
    const accept = (key: string) => store.acceptTurn(newTurn(newSession(key)), queue.owner === undefined ? undefined : { owner: queue.owner, execution: run(queue.owner) });
    const first = await accept('agent:main:a');
    const second = await accept('agent:main:a');
    expect(second.started).toBeUndefined();
    expect((await store.findTurn(second.turnId))?.state).toBe('queued');
    const started = first.started ?? (await worker().begin());
    expect(started).toMatchObject({ fence: { turnId: first.turnId, number: 1 }, crashes: 0, turn: { state: 'running' } });
    expect(await queue.take(5)).toEqual([]);
    await store.endTurn(started.fence, done(started));
    expect(await worker().runAll()).toEqual([second.turnId]);
  });

  test('what is held without its holder knowing goes back', async () => {
    const { queue } = worker();
    const { turnId } = await worker().accept('agent:main:a');
    const other = await worker().accept('agent:main:b');
    await queue.take(2);
    await queue.reclaim([other.turnId]);
    expect((await queue.take(5)).map((lease) => lease.turnId)).toEqual([turnId]);
    await queue.reclaim([]);
    expect(await queue.take(5)).toHaveLength(2);
  });

  test('a caller cannot write into a session of a workspace that is not theirs', async () => {
    const { store, queue } = worker();
    await store.createSession(newSession('agent:main:a', { workspace: 'secret' }));
    const caller = { id: 'other', permissions: [], workspaces: ['main'] };
    await expect(worker().accept('agent:main:a', { caller })).rejects.toMatchObject({ code: 'session_not_found' });
    expect(await queue.depth()).toEqual({ queued: 0, running: 0 });
  });

  test('a turn given back comes out again first, without counting as a crash, and the old fence is dead', async () => {
    const { store, queue } = worker();
    const { turnId, sessionId } = await worker().accept('agent:main:a');
    await worker().accept('agent:main:a');
    const first = await worker().begin();
    await store.suspendTurn(first.fence);
    expect((await store.findTurn(turnId))?.state).toBe('queued');
    expect(await queue.depth()).toEqual({ queued: 2, running: 0 });
    await expectDead(store, first.fence, sessionId);
    const again = await worker().begin();
    expect(again).toMatchObject({ turn: { id: turnId }, crashes: 0, fence: { number: 2 } });
    await expectDead(store, first.fence, sessionId);
    await store.endTurn(again.fence, done(again));
  });

  test('a turn given back many times still comes out', async () => {
    const { turnId } = await worker().accept('agent:main:a');
    for (let i = 0; i < 8; i++) await worker().store.suspendTurn((await worker().begin()).fence);
    expect(await worker().runAll()).toEqual([turnId]);
  });

  test('the end is stored with the last message, the usage and the event, and frees the session', async () => {
    const { store, queue } = worker();
    const { turnId, sessionId } = await worker().accept('agent:main:a');
    const next = await worker().accept('agent:main:a');
    const started = await worker().begin();
    const ending = done(started, 'the answer');
    await store.endTurn(started.fence, ending);
    const ended = await store.findTurn(turnId);
    expect(ended).toMatchObject({ state: 'done', reply: ending.reply, error: undefined, endedAt: NOW });
    // Who asks later is told the same as who waited, to the letter.
    expect(JSON.stringify(ended?.reply)).toBe(JSON.stringify(ending.reply));
    expect((await store.findSession({ id: sessionId }))?.usage).toEqual({
      inputTokens: 10, outputTokens: 5, cacheReadTokens: 2, cacheWriteTokens: 1, costUSD: 0.25,
    });
    const sent = (await store.listEvents(0, 10)).find(({ type }) => type === 'message.sent');
    expect(sent?.data).toMatchObject({ turnId, sessionId, response: 'the answer' });
    expect(await queue.depth()).toEqual({ queued: 1, running: 0 });
    expect((await worker().take()).turnId).toBe(next.turnId);
  });

  test('a turn ends once', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const started = await worker().begin();
    await store.endTurn(started.fence, done(started));
    await expectDead(store, started.fence, sessionId);
    expect(await store.startTurn(worker().lease(started), run())).toBeUndefined();
  });

  test('a failed turn keeps its error and its event', async () => {
    const { store } = worker();
    const { turnId } = await worker().accept('agent:main:a');
    await store.endTurn((await worker().begin()).fence, { ...failed, retryAt: NOW + 30_000 });
    expect(await store.findTurn(turnId)).toMatchObject({ state: 'failed', reply: undefined, error: failed.error, retryAt: NOW + 30_000 });
    expect((await store.listEvents(0, 10)).at(-1)).toMatchObject({ type: 'turn.failed', data: { turnId, error: failed.error } });
  });

  test('calls that are open when a turn ends become interrupted', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const started = await worker().begin();
    await store.recordStep(started.fence, step());
    await store.endTurn(started.fence, failed);
    expect((await store.transcript(sessionId, 9)).at(-1)).toMatchObject({ role: 'tool', callId: 'call_1', state: 'interrupted' });
  });

  test('a step, a result and a summary recorded twice are recorded once', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const { fence } = await worker().begin();
    const asked = step();
    const result = { callId: 'call_1', state: 'done', output: 'noon', now: NOW } as const;
    const summary = { messageId: fresh('msg'), text: 'so far', coversUpTo: 0, usage: usage(), now: NOW };
    for (let i = 0; i < 2; i++) {
      await store.recordStep(fence, asked);
      await store.recordToolResult(fence, result);
      await store.recordSummary(fence, summary);
    }
    expect((await store.transcript(sessionId, 9)).map(({ role }) => role)).toEqual(['summary', 'user', 'assistant', 'tool']);
    expect((await store.findSession({ id: sessionId }))?.usage.inputTokens).toBe(20);
  });

  test('a second, different result of a call is refused, and so is one of a call nobody made', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const { fence } = await worker().begin();
    await store.recordStep(fence, step());
    await store.recordToolResult(fence, { callId: 'call_1', state: 'done', output: 'noon', now: NOW });
    for (const callId of ['call_1', 'call_none']) {
      await expect(store.recordToolResult(fence, { callId, state: 'failed', output: 'other', now: NOW })).rejects.toBeInstanceOf(StaleFence);
    }
    expect((await store.transcript(sessionId, 9)).at(-1)).toMatchObject({ state: 'done', output: 'noon' });
  });

  test('a queued turn that is cancelled is over at once', async () => {
    const { store, queue } = worker();
    const turns = [];
    for (let i = 0; i < 3; i++) turns.push(await worker().accept('agent:main:a'));
    const [first, second, third] = turns.map(({ turnId }) => turnId);
    expect(await store.requestCancel(second ?? '', NOW)).toBe('cancelled');
    expect(await store.findTurn(second ?? '')).toMatchObject({ state: 'cancelled', error: { code: 'turn_cancelled' } });
    expect((await store.listEvents(0, 20)).at(-1)).toMatchObject({ type: 'turn.cancelled', data: { turnId: second } });
    expect(await queue.depth()).toEqual({ queued: 2, running: 0 });
    expect(await store.requestCancel(second ?? '', NOW)).toBe('over');
    expect(await worker().runAll()).toEqual([first, third]);
  });

  test('a running turn that is cancelled hears of it; its fence still ends it', async () => {
    const { store } = worker();
    const { turnId } = await worker().accept('agent:main:a');
    const started = await worker().begin();
    expect(await store.requestCancel(turnId, NOW)).toBe('running');
    expect(await store.findTurn(turnId)).toMatchObject({ state: 'running', cancelRequested: true });
    await store.endTurn(started.fence, { ...failed, state: 'cancelled', error: { code: 'turn_cancelled', message: 'Cancelled' } });
    expect(await store.requestCancel(turnId, NOW)).toBe('over');
    expect(await store.requestCancel('turn_none', NOW)).toBe('unknown');
    expect((await store.listEvents(0, 20)).at(-1)?.type).toBe('turn.cancelled');
  });

  test('a turn that is cancelled after it was taken never starts, and frees its session', async () => {
    const { store } = worker();
    const { turnId } = await worker().accept('agent:main:a');
    const next = await worker().accept('agent:main:a');
    const lease = await worker().take();
    expect(await store.requestCancel(turnId, NOW)).toBe('cancelled');
    expect(await store.startTurn(lease, run())).toBeUndefined();
    expect(await worker().runAll()).toEqual([next.turnId]);
  });

  test('starting and cancelling at once: one of them wins', async () => {
    const { store } = worker();
    for (let i = 0; i < 10; i++) {
      const { turnId } = await worker().accept('agent:main:a');
      const lease = await worker().take();
      const [started, outcome] = await Promise.all([store.startTurn(lease, run()), store.requestCancel(turnId, NOW)]);
      expect(outcome).toBe(started ? 'running' : 'cancelled');
      if (started) await store.endTurn(started.fence, done(started));
    }
    expect(await worker().queue.depth()).toEqual({ queued: 0, running: 0 });
  });

  test('deleting a session with turns in it: what waits never starts, what runs ends, nothing stays in the queue', async () => {
    const { store, queue } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const started = await worker().begin();
    await store.endTurn(started.fence, done(started));
    await worker().accept('agent:main:a');
    const waiting = await worker().accept('agent:main:a');
    const running = await worker().begin();
    expect(await store.deleteSession(sessionId)).toBe(true);
    await expect(store.recordStep(running.fence, step())).rejects.toMatchObject({ code: 'session_not_found' });
    await store.endTurn(running.fence, done(running));
    expect(await store.startTurn(await worker().take(), run())).toBeUndefined();
    expect(await store.findTurn(waiting.turnId)).toMatchObject({ state: 'cancelled' });
    expect(await queue.depth()).toEqual({ queued: 0, running: 0 });
    expect(await store.transcript(sessionId, 99)).toEqual([]);
    const again = await worker().accept('agent:main:a');
    expect(again.sessionId).not.toBe(sessionId);
    expect(await worker().runAll()).toEqual([again.turnId]);
  });
};
