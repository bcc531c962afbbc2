import { expect, test } from 'vitest';
import { done, fresh, newSession, newTurn, NOW, step, usage, type Worker } from './turn-fixture.ts';

export const sessionTests = (worker: () => Worker): void => {
  test('a session is found by its id and by its key', async () => {
    const { store } = worker();
    const session = newSession('agent:main:notes', { label: 'Notes', userId: 'u1', kind: 'isolated', workspace: 'w2' });
    const made = await store.createSession(session);
    expect(made).toEqual({
      id: session.id, key: 'agent:main:notes', kind: 'isolated', label: 'Notes', agent: 'main', workspace: 'w2', userId: 'u1', channel: 'test',
      createdAt: new Date(NOW).toISOString(), lastActiveAt: new Date(NOW).toISOString(), messageCount: 0,
      usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUSD: 0 },
    });
    expect(await store.findSession({ id: made.id })).toEqual(made);
    expect(await store.findSession({ key: made.key })).toEqual(made);
    expect(await store.findSession({ id: 'sess_none' })).toBeUndefined();
    expect(await store.counts()).toEqual({ sessions: 1 });
  });

  test('a key that is taken gets an ending', async () => {
    const { store } = worker();
    const [one, two] = await Promise.all([store.createSession(newSession('agent:main:x')), store.createSession(newSession('agent:main:x'))]);
    expect(one.key).not.toBe(two.key);
    expect([one.key, two.key]).toContain('agent:main:x');
    expect((await store.listEvents(0, 10)).map(({ type }) => type)).toEqual(['session.started', 'session.started']);
  });

  test('a session that must be there is made once, whoever asks at the same time', async () => {
    const { store } = worker();
    const all = await Promise.all(Array.from({ length: 5 }, () => store.ensureSession(newSession('agent:main:main'))));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(await store.counts()).toEqual({ sessions: 1 });
  });

  test('sessions are listed newest activity first, filtered and paged', async () => {
    const { store } = worker();
    for (let i = 0; i < 5; i++) {
      await store.createSession(newSession(`agent:main:${i}`, { now: NOW + i, workspace: i % 2 ? 'odd' : 'even', kind: i === 4 ? 'isolated' : 'main' }));
    }
    const keys = async (over: object) => {
      const { sessions, total } = await store.listSessions({ kinds: undefined, workspaces: undefined, limit: 10, offset: 0, ...over });
      return [total, ...sessions.map(({ key }) => key.slice(-1))];
    };
    expect(await keys({})).toEqual([5, '4', '3', '2', '1', '0']);
    expect(await keys({ limit: 2, offset: 1 })).toEqual([5, '3', '2']);
    expect(await keys({ offset: 9 })).toEqual([5]);
    expect(await keys({ workspaces: ['odd'] })).toEqual([2, '3', '1']);
    expect(await keys({ workspaces: ['odd', 'even'], kinds: ['isolated'] })).toEqual([1, '4']);
    expect(await keys({ workspaces: [] })).toEqual([0]);
    expect(await keys({ kinds: [] })).toEqual([0]);
  });

  test('paging through sessions of one moment shows each once', async () => {
    const { store } = worker();
    for (let i = 0; i < 7; i++) await store.createSession(newSession(`agent:main:${i}`));
    const seen: string[] = [];
    for (let offset = 0; offset < 7; offset += 2) {
      seen.push(...(await store.listSessions({ kinds: undefined, workspaces: undefined, limit: 2, offset })).sessions.map(({ id }) => id));
    }
    expect(new Set(seen).size).toBe(7);
  });

  test('a deleted session is gone with its messages and turns', async () => {
    const { store } = worker();
    const { sessionId, turnId } = await worker().accept('agent:main:a');
    await worker().runOne();
    expect(await store.deleteSession(sessionId)).toBe(true);
    expect(await store.deleteSession(sessionId)).toBe(false);
    expect(await store.findSession({ id: sessionId })).toBeUndefined();
    expect(await store.findTurn(turnId)).toBeUndefined();
    expect(await store.history({ sessionId, includeTools: true, limit: 10, offset: 0 })).toEqual({ messages: [], total: 0 });
    expect((await store.listEvents(0, 10)).at(-1)).toMatchObject({ type: 'session.ended', data: { sessionId } });
  });

  test('history shows each message with the answer it got, whatever arrived meanwhile', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a', { text: 'one' });
    const started = await worker().begin();
    await worker().accept('agent:main:a', { text: 'two' });
    await store.recordStep(started.fence, step({ text: 'looking' }));
    await worker().accept('agent:main:a', { text: 'three' });
    await store.recordToolResult(started.fence, { callId: 'call_1', state: 'done', output: 'noon', now: NOW });
    await store.endTurn(started.fence, done(started, 'answer one'));
    await worker().runOne('answer two');
    const page = async (limit: number, offset: number, includeTools = false) => {
      const { messages, total } = await store.history({ sessionId, includeTools, limit, offset });
      return [total, ...messages.map(({ text, toolCall }) => toolCall?.output ?? text)];
    };
    const words = ['one', 'looking', 'answer one', 'two', 'answer two', 'three'];
    expect(await page(50, 0)).toEqual([6, ...words]);
    expect(await page(2, 0)).toEqual([6, 'answer two', 'three']);
    expect(await page(3, 2)).toEqual([6, 'looking', 'answer one', 'two']);
    expect(await page(50, 0, true)).toEqual([7, 'one', 'looking', 'noon', ...words.slice(2)]);
    expect((await store.findSession({ id: sessionId }))?.messageCount).toBe(6);
  });

  test('history tells what a call was and how it went; a step without words shows only its calls', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const { fence } = await worker().begin();
    await store.recordStep(fence, step());
    const shown = async (includeTools: boolean) => (await store.history({ sessionId, includeTools, limit: 9, offset: 0 })).messages;
    expect((await shown(true)).at(-1)?.toolCall).toEqual({ id: 'call_1', tool: 'time', input: { zone: 'UTC' }, state: 'started', output: null });
    await store.recordToolResult(fence, { callId: 'call_1', state: 'failed', output: 'no clock', now: NOW });
    expect((await shown(true)).at(-1)?.toolCall).toMatchObject({ state: 'failed', output: 'no clock' });
    expect((await shown(false)).map(({ role }) => role)).toEqual(['user']);
  });

  test('a transcript is the journal up to its turn, turn by turn', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a', { text: 'one' });
    const started = await worker().begin();
    const second = await worker().accept('agent:main:a', { text: 'two' });
    const opaque = { provider: 'test', data: { signature: 'x' } };
    await store.recordStep(started.fence, step({ opaque }));
    const seqOfSecond = (await store.findTurn(second.turnId))?.seq ?? 0;
    expect(await store.transcript(sessionId, started.turn.seq)).toMatchObject([
      { role: 'user', text: 'one' },
      { role: 'assistant', text: '', opaque, usage: usage(), toolCalls: [{ id: 'call_1', tool: 'time', input: { zone: 'UTC' } }] },
      { role: 'tool', callId: 'call_1', tool: 'time', effect: 'none', state: 'started', output: '' },
    ]);
    await store.endTurn(started.fence, done(started, 'answer one'));
    const whole = await store.transcript(sessionId, seqOfSecond);
    expect(whole.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
    expect(whole.at(-1)).toMatchObject({ text: 'two', turnId: second.turnId });
  });

  test('a summary stands for the turns it covers, and for no turn before it was made', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a', { text: 'one' });
    await worker().runOne('answer one');
    await worker().accept('agent:main:a', { text: 'two' });
    await worker().runOne('answer two');
    await worker().accept('agent:main:a', { text: 'three' });
    const third = await worker().begin();
    const covers = third.turn.seq - 1;
    await store.recordSummary(third.fence, { messageId: fresh('msg'), text: 'old summary', coversUpTo: 1, usage: undefined, now: NOW });
    await store.recordSummary(third.fence, { messageId: fresh('msg'), text: 'one and two', coversUpTo: covers, usage: usage({ costUSD: undefined }), now: NOW });
    const texts = async (upTo: number) => (await store.transcript(sessionId, upTo)).map((entry) => ('text' in entry ? entry.text : ''));
    expect(await texts(third.turn.seq)).toEqual(['one and two', 'three']);
    expect(await texts(1)).toEqual(['one', 'answer one']);
    expect((await store.findSession({ id: sessionId }))?.usage).toMatchObject({ inputTokens: 30, costUSD: null });
  });

  test('usage is summed; a sum with an unknown price is unknown', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a');
    const first = await worker().begin();
    await store.recordStep(first.fence, step());
    await store.endTurn(first.fence, done(first, 'x', { costUSD: 0.5 }));
    const total = async () => (await store.findSession({ id: sessionId }))?.usage;
    expect(await total()).toEqual({ inputTokens: 20, outputTokens: 10, cacheReadTokens: 4, cacheWriteTokens: 2, costUSD: 0.75 });
    await worker().accept('agent:main:a');
    const second = await worker().begin();
    await store.endTurn(second.fence, done(second, 'y', { costUSD: undefined }));
    expect(await total()).toMatchObject({ inputTokens: 30, costUSD: null });
  });

  test('the newest messages of several sessions are told oldest first, without tools', async () => {
    const { store } = worker();
    const a = await worker().accept('agent:main:a', { text: 'first' });
    const started = await worker().begin();
    await store.recordStep(started.fence, step({ text: 'looking' }));
    await store.recordToolResult(started.fence, { callId: 'call_1', state: 'done', output: 'noon', now: NOW });
    await store.endTurn(started.fence, done(started, 'it is noon'));
    const b = await worker().accept('agent:main:b', { text: 'other' });
    const lists = await store.lastMessages([a.sessionId, b.sessionId, 'sess_none'], 2);
    expect(lists.map((messages) => messages.map(({ text }) => text))).toEqual([['looking', 'it is noon'], ['other'], []]);
  });

  test('usage is summed from a moment on, of the workspaces asked for', async () => {
    const { store } = worker();
    const sum = async (at: number, workspaces?: readonly string[]) => store.usageSince(at, workspaces);
    expect(await sum(0)).toEqual({ modelCalls: 0, usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, costUSD: 0 } });
    await worker().accept('agent:main:a');
    await worker().runOne();
    const two = { modelCalls: 2, usage: { inputTokens: 20, outputTokens: 10, cacheReadTokens: 4, cacheWriteTokens: 2, costUSD: 0.5 } };
    await store.acceptTurn(newTurn(newSession('agent:main:w:b', { workspace: 'w' })));
    await worker().runOne();
    expect(await sum(NOW)).toEqual(two);
    expect(await sum(0, ['main', 'w'])).toEqual(two);
    expect((await sum(0, ['w'])).modelCalls).toBe(1);
    expect([(await sum(0, [])).modelCalls, (await sum(0, ['elsewhere'])).modelCalls, (await sum(NOW + 1)).modelCalls]).toEqual([0, 0, 0]);
    await worker().accept('agent:main:a');
    const started = await worker().begin();
    await store.endTurn(started.fence, done(started, 'x', { costUSD: undefined }));
    expect((await sum(0)).usage.costUSD).toBeNull();
  });
};
