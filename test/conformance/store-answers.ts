import { expect, test } from 'vitest';
import type { SendFilter } from '../../packages/gateway/src/engine/ports/channel-store.ts';
import { all, toAnn } from './send-fixture.ts';
import { done, failed, fresh, NOW, type Worker } from './turn-fixture.ts';

export const answerTests = (worker: () => Worker): void => {
  const listed = async (filter: Partial<SendFilter> = {}) => (await worker().store.listSends({ ...all, ...filter })).sends;

  test('an answer that is to be delivered is in the outbox when its turn is over', async () => {
    const { turnId, sessionKey } = await worker().accept('agent:main:a', { duties: toAnn });
    expect(await listed()).toEqual([]);
    await worker().runOne('Here it is.');
    expect(await listed()).toEqual([
      {
        id: `send_${turnId}`, address: toAnn.deliver, text: 'Here it is.', files: [], state: 'queued', attempts: 0, nextAt: NOW, sentTo: 0, externalIds: [], doubts: 0,
        error: undefined, hold: undefined, draftId: undefined, turnId, sessionKey, workspace: 'main', createdAt: NOW, updatedAt: NOW,
      },
    ]);
  });

  test('an answer of a turn that was given no such duty goes nowhere', async () => {
    await worker().accept('agent:main:a');
    await worker().accept('agent:main:b', { duties: {} });
    await worker().runAll();
    expect(await listed()).toEqual([]);
  });

  test.each([['HEARTBEAT_OK', toAnn], [' **NO_REPLY**\n', toAnn], ['Nothing to report.', { deliver: { channel: 'telegram', to: '42' } }]])('%j is not sent', async (text, duties) => {
    await worker().accept('agent:main:a', { duties });
    await worker().runOne(text);
    expect(await listed()).toEqual([]);
  });

  test('a turn that failed is told in a sentence that shows nothing of the inside', async () => {
    await worker().accept('agent:main:a', { duties: toAnn });
    const started = await worker().begin();
    await worker().store.endTurn(started.fence, { ...failed, error: { code: 'model_failed', message: 'https://inside.example/?key=secret said no' } });
    const [send] = await listed();
    expect(send).toMatchObject({ text: 'This did not work (model_failed).', state: 'queued' });
  });

  test('a turn that was cancelled sends nothing, running or not', async () => {
    const first = await worker().accept('agent:main:a', { duties: toAnn });
    const second = await worker().accept('agent:main:a', { duties: toAnn });
    expect(await worker().store.requestCancel(second.turnId, NOW)).toBe('cancelled');
    const started = await worker().begin();
    expect(await worker().store.requestCancel(first.turnId, NOW)).toBe('running');
    await worker().store.endTurn(started.fence, { ...done(started, 'half an answer'), state: 'cancelled', reply: undefined, error: { code: 'turn_cancelled', message: '' } });
    expect(await listed()).toEqual([]);
  });

  test('an answer for the owner goes to where they wrote from last when its turn ends, by whichever list they are named', async () => {
    const { store } = worker();
    const channels = [{ name: 'telegram', driver: 'telegram', allowFrom: ['1', '*', 'telegram:2'] }, { name: 'irc/home', driver: 'irc', allowFrom: ['irc:?eve', '?eve'] }];
    let ids = 0;
    const heard = (channel: string, sender: string, conversation: string, at: number) =>
      worker().accept(`agent:main:${conversation}`, { arrival: { channel, conversation, messageId: String(ids++), sender }, now: at });
    const answer = async (): Promise<string | undefined> => {
      await worker().runAll();
      const { turnId } = await worker().accept('agent:main:told', { duties: { deliverToLast: { channels } } });
      await worker().runOne('Told.');
      const send = await store.findSend(`send_${turnId}`);
      return send && `${send.address.channel} ${send.address.to}`;
    };
    await store.refuseArrival({ channel: 'telegram', conversation: 'refused', messageId: 'x', sender: 'telegram:1' }, 'stale', NOW + 99);
    await heard('telegram', 'telegram:9', 'stranger', NOW + 98);
    await heard('irc/home', 'irc:?eve', 'eve', NOW + 97);
    expect(await answer()).toBeUndefined();
    await heard('telegram', 'telegram:1', 'one', NOW + 2);
    await heard('telegram', 'telegram:2', 'two', NOW + 1);
    expect(await answer()).toBe('telegram one');
    await heard('irc/home', 'irc:ann', 'ann', NOW + 3);
    expect(await answer()).toBe('telegram one');
    await store.changeWorkspace('main', { allowlist: { add: ['irc:ann'], remove: [] }, now: NOW });
    expect(await answer()).toBe('irc/home ann');
  });

  test('a worker that lost its turn delivers nothing', async () => {
    await worker().accept('agent:main:a', { duties: toAnn });
    const old = await worker().begin();
    const taken = await worker().start(worker().lease(old), 'node_2/run_1');
    await expect(worker().store.endTurn(old.fence, done(old, 'old'))).rejects.toThrow();
    expect(await listed()).toEqual([]);
    await worker().store.endTurn(taken.fence, done(taken, 'new'));
    expect((await listed()).map(({ text }) => text)).toEqual(['new']);
  });

  test('sends are listed newest first, by channel, state and workspace; the same id twice is one', async () => {
    const add = (channel: string, workspace: string, i: number) =>
      worker().store.addSend({ id: fresh('send'), address: { channel, to: '1' }, text: `${i}`, turnId: undefined, sessionKey: undefined, workspace, now: NOW + i });
    await add('telegram', 'main', 1);
    await add('slack', 'main', 2);
    await add('telegram', 'team', 3);
    const twice = { id: 'send_twice', address: { channel: 'slack', to: '1' }, text: '4', turnId: undefined, sessionKey: undefined, workspace: 'main', now: NOW + 4 };
    await worker().store.addSend(twice);
    await worker().store.addSend({ ...twice, text: 'other' });
    const texts = async (filter: Partial<SendFilter>) => (await listed(filter)).map(({ text }) => text);
    expect(await texts({})).toEqual(['4', '3', '2', '1']);
    expect(await texts({ channel: 'telegram' })).toEqual(['3', '1']);
    expect(await texts({ workspaces: ['main'], limit: 2 })).toEqual(['4', '2']);
    expect(await texts({ workspaces: [] })).toEqual([]);
    expect(await texts({ states: ['sent'] })).toEqual([]);
    expect(await texts({ doubtful: true })).toEqual([]);
    expect((await worker().store.listSends({ ...all, limit: 1, offset: 1 })).total).toBe(4);
  });
};
