import { expect, test } from 'vitest';
import { wake } from './schedule-fixture.ts';
import { NOW, type Worker } from './turn-fixture.ts';

export const wakeTests = (worker: () => Worker): void => {
  const waiting = async (workspace = 'main', agent = 'main', most = 100) => (await worker().store.pendingWakes({ workspace, agent }, most)).map(({ text }) => text);

  test('texts wait for the next heartbeat of their agent in order, each once', async () => {
    const { store } = worker();
    expect(await store.addWake(wake('one'))).toBe('queued');
    expect(await store.addWake(wake('two'))).toBe('queued');
    expect(await store.addWake(wake('one'))).toBe('coalesced');
    expect(await store.addWake(wake('one', { agent: 'ops' }))).toBe('queued');
    expect(await store.addWake(wake('one', { workspace: 'team' }))).toBe('queued');
    expect([await waiting(), await waiting('main', 'ops'), await waiting('team'), await waiting('other')]).toEqual([['one', 'two'], ['one'], ['one'], []]);
    expect(await waiting('main', 'main', 1)).toEqual(['one']);
  });

  test('the same words from outside are another text, and keep where they came from', async () => {
    const { store } = worker();
    await store.addWake(wake('one'));
    expect(await store.addWake(wake('one', { source: { name: 'hook wake', parts: [[0, 3]] } }))).toBe('queued');
    expect((await store.pendingWakes({ workspace: 'main', agent: 'main' }, 10)).map(({ source }) => source)).toEqual([undefined, { name: 'hook wake', parts: [[0, 3]] }]);
  });

  test('the same request with one key keeps one text', async () => {
    const { store } = worker();
    const once = { scope: 'tester agent.wake', key: 'k', hash: 'h', expiresAt: NOW + 1_000 };
    expect(await store.addWake(wake('one'), once)).toBe('queued');
    expect(await store.addWake(wake('one'), once)).toBe('queued');
    await expect(store.addWake(wake('two'), { ...once, hash: 'other' })).rejects.toMatchObject({ code: 'idempotency_conflict' });
    expect(await waiting()).toEqual(['one']);
  });

  test('no more wait than somebody would read; one that waits already is still welcome', async () => {
    const { store } = worker();
    for (let i = 0; i < 100; i++) await store.addWake(wake(`text ${i}`));
    await expect(store.addWake(wake('one more'))).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.addWake(wake('text 7'))).toBe('coalesced');
  });
};
