import { setImmediate } from 'node:timers/promises';
import type { DurableEvent } from '@openclaw/contract';
import { expect, test } from 'vitest';
import type { Once } from '../../packages/gateway/src/engine/ports/once.ts';
import { done, fresh, newSession, newTurn, NOW, step, type Worker } from './turn-fixture.ts';

const once = (over: Partial<Once> = {}): Once => ({ scope: 'tester messages.send', key: 'key-1', hash: 'hash-1', expiresAt: NOW + 86_400_000, ...over });
const DAY = 86_400_000;

export const idempotencyTests = (worker: () => Worker): void => {
  test('the same key with the same request is the same turn', async () => {
    const { store, queue } = worker();
    const first = await worker().accept('agent:main:a', { once: once() });
    const again = await worker().accept('agent:main:a', { once: once() });
    expect(again).toEqual({ ...first, replayed: true });
    expect(await queue.depth()).toEqual({ queued: 1, running: 0 });
    expect((await store.history({ sessionId: first.sessionId, includeTools: false, limit: 9, offset: 0 })).total).toBe(1);
  });

  test('the same key with another request is refused, and nothing is stored', async () => {
    await worker().accept('agent:main:a', { once: once() });
    await expect(worker().accept('agent:main:b', { once: once({ hash: 'hash-2' }) })).rejects.toMatchObject({ code: 'idempotency_conflict' });
    expect(await worker().store.findSession({ key: 'agent:main:b' })).toBeUndefined();
    await worker().accept('agent:main:b', { once: once({ hash: 'hash-2', scope: 'other messages.send' }) });
  });

  test('the same request twice at once makes one turn', async () => {
    const accepted = await Promise.all(Array.from({ length: 5 }, () => worker().accept('agent:main:a', { once: once() })));
    expect(new Set(accepted.map(({ turnId }) => turnId)).size).toBe(1);
    expect(accepted.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await worker().queue.depth()).toEqual({ queued: 1, running: 0 });
  });

  test('an answer is kept with its key until that expires', async () => {
    const { store } = worker();
    const { turnId } = await worker().accept('agent:main:a', { once: once() });
    const find = (now: number) => store.findAnswer(once().scope, 'key-1', now);
    expect(await find(NOW)).toEqual({ hash: 'hash-1', ref: turnId, answer: undefined });
    await store.recordAnswer(once({ hash: 'hash-2' }), '{"not":"mine"}');
    expect((await find(NOW))?.answer).toBeUndefined();
    await store.recordAnswer(once(), '{"ok":true}');
    expect((await find(NOW + DAY - 1))?.answer).toBe('{"ok":true}');
    expect(await find(NOW + DAY)).toBeUndefined();
  });

  test('an expired key is as good as new, swept or not', async () => {
    const { store } = worker();
    const first = await worker().accept('agent:main:a', { once: once() });
    await store.recordAnswer(once(), '{"old":true}');
    const later = { now: NOW + DAY, once: once({ hash: 'hash-2', expiresAt: NOW + 2 * DAY }) };
    const second = await worker().accept('agent:main:a', later);
    expect(second.turnId).not.toBe(first.turnId);
    expect(await store.findAnswer(once().scope, 'key-1', NOW + DAY)).toEqual({ hash: 'hash-2', ref: second.turnId, answer: undefined });
    await store.sweep(NOW + 3 * DAY);
    const third = await worker().accept('agent:main:a', { now: NOW + 3 * DAY, once: once({ hash: 'hash-3', expiresAt: NOW + 4 * DAY }) });
    expect(third.replayed).toBe(false);
  });

  test('sweeping keeps what has not expired', async () => {
    const { store } = worker();
    const { turnId } = await worker().accept('agent:main:a', { once: once() });
    await store.sweep(NOW + 1);
    expect(await worker().accept('agent:main:a', { once: once() })).toMatchObject({ turnId, replayed: true });
  });

  test('making a session honours a key too', async () => {
    const { store } = worker();
    const made = await store.createSession(newSession('agent:main:x'), once());
    expect(await store.createSession(newSession('agent:main:y'), once())).toEqual(made);
    await expect(store.createSession(newSession('agent:main:y'), once({ hash: 'other' }))).rejects.toMatchObject({ code: 'idempotency_conflict' });
    expect(await store.counts()).toEqual({ sessions: 1 });
  });

  test('a request whose turn was deleted since is not run again', async () => {
    const { store, queue } = worker();
    const { sessionId } = await worker().accept('agent:main:a', { once: once() });
    await worker().runOne();
    await store.deleteSession(sessionId);
    await expect(worker().accept('agent:main:a', { once: once() })).rejects.toMatchObject({ code: 'session_not_found' });
    expect(await queue.depth()).toEqual({ queued: 0, running: 0 });
  });
};

export const logTests = (worker: () => Worker): void => {
  test('events come in order, after a number, up to a limit', async () => {
    const { store } = worker();
    await worker().accept('agent:main:a');
    await worker().runOne();
    const all = await store.listEvents(0, 10);
    expect(all.map(({ type }) => type)).toEqual(['session.started', 'message.received', 'message.sent']);
    expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).toSorted((a, b) => a - b));
    expect(await store.listEvents(all[0]?.seq ?? 0, 1)).toEqual([all[1]]);
    expect(await store.listEvents(all[2]?.seq ?? 0, 10)).toEqual([]);
    expect(all[1]).toMatchObject({ sessionKey: 'agent:main:a', at: new Date(NOW).toISOString() });
  });

  test('what happens outside any session is an event like the others, and with one key it is one', async () => {
    const { store } = worker();
    const event = (id: string) => ({ id, type: 'skill.installed' as const, at: NOW, data: { name: 'x', integrity: null } });
    await store.appendEvents([event('evt_1'), event('evt_2')]);
    await store.appendEvents([event('evt_3')], once());
    await store.appendEvents([event('evt_4')], once());
    await store.appendEvents([]);
    await expect(store.appendEvents([event('evt_5')], once({ hash: 'other' }))).rejects.toMatchObject({ code: 'idempotency_conflict' });
    const listed = await store.listEvents(0, 10);
    expect(listed.map(({ id }) => id)).toEqual(['evt_1', 'evt_2', 'evt_3']);
    expect(listed[0]).toMatchObject({ type: 'skill.installed', at: new Date(NOW).toISOString(), sessionKey: null, data: { name: 'x', integrity: null } });
    expect(await store.findAnswer(once().scope, once().key, NOW)).toMatchObject({ ref: 'evt_3' });
  });

  test('a reader that follows the events while many are written misses none', async () => {
    const { store } = worker();
    const seen: DurableEvent[] = [];
    const follow = async () => {
      for (;;) {
        const page = await store.listEvents(seen.at(-1)?.seq ?? 0, 7);
        if (page.length === 0) return;
        seen.push(...page);
      }
    };
    const writing = Promise.all(Array.from({ length: 60 }, (_, i) => worker().accept(`agent:main:${i}`)));
    let over = false;
    void writing.finally(() => (over = true));
    while (!over) {
      await follow();
      // A read of the embedded store never leaves the event loop's turn, and the writers need theirs.
      await setImmediate();
    }
    await writing;
    await follow();
    expect(seen).toHaveLength(120);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(120);
  });

  test('events are swept after seven days, and numbers go on', async () => {
    const { store } = worker();
    await worker().accept('agent:main:a');
    const before = (await store.listEvents(0, 10)).at(-1)?.seq ?? 0;
    await store.sweep(NOW + 7 * DAY);
    expect(await store.listEvents(0, 10)).toHaveLength(2);
    await store.sweep(NOW + 7 * DAY + 1);
    expect(await store.listEvents(0, 10)).toEqual([]);
    await worker().accept('agent:main:a');
    expect((await store.listEvents(0, 10))[0]?.seq).toBeGreaterThan(before);
  });

  test('text of every script comes back as it went in', async () => {
    const { store } = worker();
    const text = 'naïve 日本語 עברית العربية 🦞👩‍👩‍👧 \u0001\u007f\u2028 \\u0000 \'"`?$1%';
    const { sessionId } = await worker().accept('agent:main:a', { text });
    const started = await worker().begin();
    const input = { text, nul: '\0', half: '\ud800', keys: { 'ключ?': [1.5, null, true] } };
    await store.recordStep(started.fence, step({ toolCalls: [{ id: 'call_1', tool: 'time', input, effect: 'none' }] }));
    await store.recordToolResult(started.fence, { callId: 'call_1', state: 'done', output: text, now: NOW });
    await store.endTurn(started.fence, done(started, text));
    const { messages } = await store.history({ sessionId, includeTools: true, limit: 9, offset: 0 });
    const [asked, , called, answered] = messages;
    expect([asked?.text, called?.toolCall?.output, answered?.text]).toEqual([text, text, text]);
    expect(called?.toolCall?.input).toEqual(input);
    expect((await store.findTurn(started.turn.id))?.reply?.text).toBe(text);
  });

  test('what no engine can keep becomes a replacement character, and costs no turn its life', async () => {
    const { store } = worker();
    const { sessionId } = await worker().accept('agent:main:a', { text: 'a\0b \ud800 c' });
    const started = await worker().begin();
    await store.recordStep(started.fence, step({ text: 'z\0' }));
    const result = { callId: 'call_1', state: 'done', output: 'bin\0ary \udc00', now: NOW } as const;
    await store.recordToolResult(started.fence, result);
    await store.recordToolResult(started.fence, result);
    await store.endTurn(started.fence, done(started, 'x\0y'));
    const texts = (await store.history({ sessionId, includeTools: true, limit: 9, offset: 0 })).messages.map((m) => m.toolCall?.output ?? m.text);
    expect(texts).toEqual(['a\ufffdb \ufffd c', 'z\ufffd', 'bin\ufffdary \ufffd', 'x\ufffdy']);
  });

  test('a message as long as the door lets in', async () => {
    const text = 'ü'.repeat(1_000_000);
    const { sessionId } = await worker().accept('agent:main:a', { text });
    expect((await worker().store.transcript(sessionId, 9))[0]).toMatchObject({ text });
  });

  test('it says that it takes writes, and after it is closed that it does not', async () => {
    const { store } = worker();
    await Promise.all([store.ping(), store.ping(), store.ping()]);
    expect(await store.findAnswer('ping', 'ping', NOW)).toBeUndefined();
    await worker().queue.close();
    await store.close();
    await expect(store.acceptTurn(newTurn(newSession(fresh('key'))))).rejects.toMatchObject({ code: 'store_unavailable' });
  });
};
