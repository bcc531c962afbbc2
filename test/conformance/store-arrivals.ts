import { expect, test } from 'vitest';
import type { Arrival } from '../../packages/gateway/src/engine/ports/arrival.ts';
import { type NewTurn, StaleFence } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { all, toAnn } from './send-fixture.ts';
import { done, NOW, step, type Worker } from './turn-fixture.ts';

const NAME = 'telegram';
const hour = 3_600_000;

export const arrivalTests = (worker: () => Worker): void => {
  const store = () => worker().store;
  const arrival = (messageId: string, over: Partial<Arrival> = {}): Arrival => ({ channel: NAME, conversation: 'c1', messageId, sender: 'telegram:42', ...over });
  const weigh = (one: Arrival, since = NOW - hour) => store().weighArrival({ ...one, since });

  test('a message that was let in is known, counts in its channel, and is not counted twice', async () => {
    const once = { scope: 'channel:telegram:messages.send', key: '1', hash: 'h', expiresAt: NOW + 1_000 };
    expect(await weigh(arrival('1'))).toEqual({ seen: false, letIn: 0, lastOfSender: undefined, refusedHere: 0 });
    for (let i = 0; i < 2; i++) await worker().accept('agent:main:a', { arrival: arrival('1'), once });
    expect(await weigh(arrival('1'))).toEqual({ seen: true, letIn: 1, lastOfSender: NOW, refusedHere: 0 });
    // The same number in another conversation, and in another account, is another message.
    expect(await weigh(arrival('1', { conversation: 'c2', sender: 'telegram:43' }))).toEqual({ seen: false, letIn: 1, lastOfSender: undefined, refusedHere: 0 });
    expect(await weigh(arrival('1', { channel: 'telegram/work' }))).toEqual({ seen: false, letIn: 0, lastOfSender: undefined, refusedHere: 0 });
    expect((await weigh(arrival('2'), NOW)).letIn).toBe(0);
  });

  test('a message that was refused is known too, with the reason, and counts for nothing', async () => {
    await store().refuseArrival(arrival('1'), 'stale', NOW);
    await store().refuseArrival(arrival('1'), 'not_allowed', NOW + 5);
    await store().refuseArrival(arrival('2'), 'not_allowed', NOW + 6);
    await store().refuseArrival(arrival('3', { sender: undefined }), 'not_allowed', NOW + 7);
    expect(await weigh(arrival('1'))).toEqual({ seen: true, letIn: 0, lastOfSender: undefined, refusedHere: 3 });
    expect(await store().refusals(NAME, NOW - 1)).toEqual([{ reason: 'not_allowed', count: 2, lastAt: NOW + 7 }, { reason: 'stale', count: 1, lastAt: NOW }]);
    expect(await store().refusals('slack', 0)).toEqual([]);
  });

  test('somebody unknown has one code at a time, few have one at once, and a code ends', async () => {
    const ask = (sender: string, code: string, now = NOW, channel = NAME) =>
      store().askToPair({ channel, sender, name: 'Ann', address: { channel, to: sender }, workspace: 'main', code, now, expiresAt: now + hour, most: 3 });
    expect(await ask('telegram:1', 'AAAA2222')).toEqual({ code: 'AAAA2222', isNew: true });
    expect(await ask('telegram:1', 'BBBB2222')).toEqual({ code: 'AAAA2222', isNew: false });
    await ask('telegram:2', 'CCCC2222');
    await ask('telegram:3', 'DDDD2222');
    expect(await ask('telegram:4', 'EEEE2222')).toBeUndefined();
    expect(await ask('slack:4', 'FFFF2222', NOW, 'slack')).toMatchObject({ isNew: true });
    expect((await store().listPairings(['main'], NOW)).map(({ code }) => code)).toEqual(['AAAA2222', 'CCCC2222', 'DDDD2222', 'FFFF2222']);
    expect(await store().listPairings(['other'], NOW)).toEqual([]);
    expect(await store().takePairing('AAAA2222', ['other'], NOW)).toBeUndefined();
    expect(await store().takePairing('AAAA2222', undefined, NOW)).toMatchObject({ sender: 'telegram:1', name: 'Ann', address: { to: 'telegram:1' }, workspace: 'main' });
    expect(await store().takePairing('AAAA2222', undefined, NOW)).toBeUndefined();
    expect(await store().takePairing('CCCC2222', undefined, NOW + hour)).toBeUndefined();
    expect(await ask('telegram:4', 'GGGG2222', NOW + hour)).toMatchObject({ isNew: true });
  });

  const joining = (text: string, over: Partial<NewTurn> = {}) => worker().accept('agent:main:a', { text, joins: true, duties: toAnn, ...over });

  test('a message joins one of its session that waits, and both are answered at once', async () => {
    const first = await joining('one');
    const once = { scope: 's', key: 'k', hash: 'h', expiresAt: NOW + 1_000 };
    const second = await joining('two', { once, arrival: arrival('2'), duties: { deliver: { channel: 'telegram', to: '42', thread: '7', inReplyTo: '1002' } } });
    expect(second).toMatchObject({ turnId: first.turnId, sessionId: first.sessionId });
    expect((await joining('two', { once })).turnId).toBe(first.turnId);
    const { messages } = await store().history({ sessionId: first.sessionId, includeTools: false, limit: 9, offset: 0 });
    expect(messages.map(({ text }) => text)).toEqual(['one\n\ntwo']);
    expect((await weigh(arrival('2'))).seen).toBe(true);
    expect((await store().listEvents(0, 9)).map(({ type }) => type)).toEqual(['session.started', 'message.received', 'message.received']);
    expect(await worker().runAll()).toEqual([first.turnId]);
    expect((await store().listSends(all)).sends.map(({ address }) => address.inReplyTo)).toEqual(['1002']);
  });

  test.each<[string, Partial<NewTurn>, Partial<NewTurn>]>([
    ['what came from outside', {}, { source: { name: 'a stranger' } }],
    ['what is answered elsewhere', {}, { duties: { deliver: { channel: 'telegram', to: '43' } } }],
    ['what somebody else asks', {}, { caller: { id: 'other', permissions: [], workspaces: ['*'] } }],
    ['what wants to stand alone', {}, { joins: false }],
  ])('a message joins nothing: %s', async (_, before, after) => {
    const first = await joining('one', before);
    expect((await joining('two', after)).turnId).not.toBe(first.turnId);
  });

  test('a message joins nothing that has begun', async () => {
    const first = await joining('one');
    const started = await worker().begin();
    const second = await joining('two');
    expect(second.turnId).not.toBe(first.turnId);
    await store().suspendTurn(started.fence);
    expect((await joining('three')).turnId).toBe(second.turnId);
    expect(await store().unfinishedTurns(first.sessionId)).toEqual([first.turnId, second.turnId]);
    await worker().runAll();
    expect(await store().unfinishedTurns(first.sessionId)).toEqual([]);
  });

  const steering = (text: string, over: Partial<NewTurn> = {}) => worker().accept('agent:main:a', { text, duties: { ...toAnn, steers: true }, ...over });

  test('what is said while a turn runs goes into it, behind what stands there', async () => {
    const first = await steering('one');
    const started = await worker().begin();
    expect(started.steered).toBe(true);
    await store().recordStep(started.fence, step());
    await store().recordToolResult(started.fence, { callId: 'call_1', state: 'done', output: 'noon', now: NOW });
    const [second, third] = [await steering('two'), await steering('three')];
    expect(await store().takeSteering(started.fence, NOW)).toEqual([second.turnId, third.turnId]);
    expect(await store().takeSteering(started.fence, NOW)).toEqual([]);
    expect((await store().transcript(first.sessionId, started.turn.seq)).map((row) => [row.turnId, row.role, 'text' in row ? row.text : row.output])).toEqual([
      [first.turnId, 'user', 'one'], [first.turnId, 'assistant', ''], [first.turnId, 'tool', 'noon'], [first.turnId, 'user', 'two'], [first.turnId, 'user', 'three'],
    ]);
    expect(await store().findTurn(second.turnId)).toMatchObject({ state: 'cancelled', error: { code: 'turn_cancelled', message: `It went into ${first.turnId}, which was running` } });
    expect(await store().unfinishedTurns(first.sessionId)).toEqual([first.turnId]);
    await store().endTurn(started.fence, done(started));
    expect(await worker().runAll()).toEqual([]);
    expect((await store().listSends(all)).sends.map(({ turnId }) => turnId)).toEqual([first.turnId]);
    expect((await store().listEvents(0, 20)).map(({ type }) => type)).toEqual(['session.started', 'message.received', 'message.received', 'message.received', 'message.sent']);
    expect(await store().findSession({ id: first.sessionId })).toMatchObject({ messageCount: 4 });
  });

  test.each<[string, Partial<NewTurn>]>([
    ['what does not steer', { duties: toAnn }],
    ['what came from outside', { source: { name: 'a stranger' } }],
    ['what is answered elsewhere', { duties: { deliver: { channel: 'telegram', to: '43' }, steers: true } }],
    ['what somebody else asks', { caller: { id: 'other', permissions: [], workspaces: ['*'] } }],
  ])('nothing goes into a running turn that is none of its own, nor what stands behind it: %s', async (_, other) => {
    await steering('one');
    const started = await worker().begin();
    const [second, third] = [await steering('two', other), await steering('three')];
    expect(await store().takeSteering(started.fence, NOW)).toEqual([]);
    await store().endTurn(started.fence, done(started));
    expect(await worker().runAll()).toEqual([second.turnId, third.turnId]);
  });

  test('what comes after the last step is a turn of its own', async () => {
    await steering('one');
    const started = await worker().begin();
    await store().endTurn(started.fence, done(started));
    const second = await steering('two');
    await expect(store().takeSteering(started.fence, NOW)).rejects.toBeInstanceOf(StaleFence);
    expect(await worker().runAll()).toEqual([second.turnId]);
  });
};
