import { expect, test } from 'vitest';
import { type ChannelHold, type Delivery, type HoldWish, type NewSend, type SendRecord, StaleHold } from '../../packages/gateway/src/engine/ports/channel-store.ts';
import { all, toAnn } from './send-fixture.ts';
import { fresh, NOW, type Worker } from './turn-fixture.ts';

const NAME = 'telegram';
const hour = 3_600_000;

export const outboxTests = (worker: () => Worker): void => {
  const store = () => worker().store;
  const hold = async (over: Partial<HoldWish> = {}): Promise<ChannelHold> => {
    const held = await store().holdChannel({ channel: NAME, owner: 'node_1', alone: true, until: NOW + 10_000, now: NOW, ...over });
    if (!held) throw new Error('another holds it');
    return held;
  };
  const add = async (text: string, to = '1', over: Partial<NewSend> = {}): Promise<string> => {
    const id = fresh('send');
    await store().addSend({ id, address: { channel: NAME, to }, text, turnId: undefined, sessionKey: undefined, workspace: 'main', now: NOW, ...over });
    return id;
  };
  const find = async (id: string): Promise<SendRecord> => {
    const found = (await store().listSends(all)).sends.find((send) => send.id === id);
    if (!found) throw new Error(`no send ${id}`);
    return found;
  };

  test('the oldest of each conversation comes out; what follows waits until it is over', async () => {
    const held = await hold();
    const first = await add('one', 'a');
    const second = await add('two', 'a');
    const other = await add('three', 'b', { now: NOW + 5 });
    await add('elsewhere', 'a', { address: { channel: 'slack', to: 'a' } });
    const open = async () => (await store().openSends(NAME, 10)).map(({ id }) => id);
    expect(await open()).toEqual([first, other]);
    expect(await store().openSends(NAME, 1)).toHaveLength(1);
    expect(await store().countOpenSends(NAME)).toBe(3);
    await store().beginPart(held, { id: first, to: 3, now: NOW });
    expect(await open()).toEqual([first, other]);
    await store().endPart(held, { id: first, to: 3, externalId: '77', over: true, now: NOW + 1 });
    expect(await open()).toEqual([second, other]);
    expect(await find(first)).toMatchObject({ state: 'sent', externalIds: ['77'], sentTo: 3, attempts: 1, doubts: 0 });
    await store().failPart(held, { id: second, retryAt: NOW + 60, error: 'busy', now: NOW });
    expect(await open()).toEqual([other, second]);
    expect(await find(second)).toMatchObject({ state: 'queued', nextAt: NOW + 60, error: 'busy' });
    await store().failPart(held, { id: second, retryAt: undefined, error: 'blocked', now: NOW });
    expect(await find(second)).toMatchObject({ state: 'failed', error: 'blocked', doubts: 0 });
    expect(await store().channelsAwaited()).toEqual(expect.arrayContaining([NAME, 'slack']));
  });

  test('a long text goes in parts, and each is recorded', async () => {
    const held = await hold();
    const id = await add('first part. second part.');
    await store().beginPart(held, { id, to: 11, now: NOW });
    await store().endPart(held, { id, to: 11, externalId: '1', over: false, now: NOW });
    expect(await find(id)).toMatchObject({ state: 'queued', sentTo: 11, externalIds: ['1'] });
    await store().beginPart(held, { id, to: 24, now: NOW });
    await store().endPart(held, { id, to: 24, externalId: '2', over: true, now: NOW });
    // Its answer was lost, and it is told again.
    await store().endPart(held, { id, to: 24, externalId: '2', over: true, now: NOW });
    expect(await find(id)).toMatchObject({ state: 'sent', sentTo: 24, externalIds: ['1', '2'], attempts: 2 });
  });

  test.each<[Delivery, Partial<SendRecord>]>([
    ['at-least-once', { state: 'queued', sentTo: 0, doubts: 1 }],
    ['at-most-once', { state: 'queued', sentTo: 6, doubts: 1 }],
  ])('a part that a dead holder left on its way is in doubt: %s', async (delivery, expected) => {
    const dead = await hold();
    const id = await add('first second');
    const untouched = await add('not begun', '2');
    await store().beginPart(dead, { id, to: 6, now: NOW });
    const heir = await hold({ owner: 'node_2' });
    expect(await store().recoverSends(heir, delivery, NOW + 1)).toBe(1);
    expect(await store().recoverSends(heir, delivery, NOW + 1)).toBe(0);
    expect(await find(id)).toMatchObject(expected);
    expect(await find(untouched)).toMatchObject({ state: 'queued', doubts: 0 });
    await store().beginPart(heir, { id, to: 12, now: NOW + 1 });
    await store().endPart(heir, { id, to: 12, externalId: '9', over: true, now: NOW + 1 });
    // What was not sent again may be missing; what was, is there at least once.
    expect(await find(id)).toMatchObject({ state: delivery === 'at-least-once' ? 'sent' : 'ambiguous', doubts: 1 });
    expect((await store().listSends({ ...all, doubtful: true })).sends.map((send) => send.id)).toEqual([id]);
  });

  test('what is known again is sent again, and is in no doubt', async () => {
    const dead = await hold();
    const id = await add('all of it');
    await store().beginPart(dead, { id, to: 9, now: NOW });
    expect(await store().recoverSends(await hold(), 'idempotent', NOW + 1)).toBe(0);
    expect(await find(id)).toMatchObject({ state: 'queued', sentTo: 0, doubts: 0 });
  });

  test('the last part in doubt is not sent a second time where it must not be', async () => {
    const dead = await hold();
    const id = await add('all of it');
    await store().beginPart(dead, { id, to: 9, now: NOW });
    await store().recoverSends(await hold(), 'at-most-once', NOW + 1);
    expect(await find(id)).toMatchObject({ state: 'ambiguous', doubts: 1 });
    expect(await store().openSends(NAME, 5)).toEqual([]);
  });

  test.each<[Delivery, Partial<SendRecord>]>([
    ['at-least-once', { state: 'queued', nextAt: NOW + 50, doubts: 1 }],
    ['at-most-once', { state: 'ambiguous', doubts: 1 }],
  ])('a part of which nobody knows: %s', async (doubt, expected) => {
    const held = await hold();
    const id = await add('perhaps');
    await store().beginPart(held, { id, to: 7, now: NOW });
    await store().failPart(held, { id, retryAt: NOW + 50, doubt, error: 'no answer', now: NOW });
    expect(await find(id)).toMatchObject(expected);
  });

  const FILES = ['one', 'two'].map((content, i) => ({ name: `${i}.txt`, type: 'text/plain', bytes: 3, content: Buffer.from(content).toString('base64') }));
  const contents = async (id: string): Promise<(string | undefined)[]> => Promise.all(FILES.map((_, i) => store().contentOf(id, i)));
  const whole = FILES.map(({ content }) => content);
  const gone = [undefined, undefined];

  test('files are kept with their send until it is over; what they were is still said then', async () => {
    const held = await hold();
    const files = FILES.map(({ name, type, bytes }) => ({ name, type, bytes }));
    const id = await add('words', '1', { files: FILES });
    expect(await find(id)).toMatchObject({ text: 'words', files });
    expect((await store().openSends(NAME, 5))[0]).toMatchObject({ files });
    for (const to of [5, 6, 7]) {
      expect(await contents(id)).toEqual(whole);
      expect(await find(id)).toMatchObject({ state: 'queued' });
      await store().beginPart(held, { id, to, now: NOW });
      await store().endPart(held, { id, to, externalId: `${to}`, over: to === 7, now: NOW });
    }
    expect(await find(id)).toMatchObject({ state: 'sent', sentTo: 7, externalIds: ['5', '6', '7'], files });
    expect(await contents(id)).toEqual(gone);
    // The same wish once more: it is over, and brings nothing back.
    await store().addSend({ id, address: { channel: NAME, to: '1' }, text: 'words', files: FILES, turnId: undefined, sessionKey: undefined, workspace: 'main', now: NOW });
    expect(await contents(id)).toEqual(gone);
    expect(await store().contentOf('send_none', 0)).toBeUndefined();
  });

  test('the same send twice has its files once', async () => {
    const id = await add('', '1', { files: FILES });
    await store().addSend({ id, address: { channel: NAME, to: '1' }, text: '', files: FILES.toReversed(), turnId: undefined, sessionKey: undefined, workspace: 'main', now: NOW });
    expect(await contents(id)).toEqual(whole);
  });

  test('files of what failed, or is given up in doubt, are gone; of what is tried again they are not', async () => {
    const held = await hold();
    const [failed, doubtful, waits] = [await add('', '1', { files: FILES }), await add('', '2', { files: FILES }), await add('', '3', { files: FILES })];
    await store().failPart(held, { id: failed, retryAt: undefined, error: 'blocked', now: NOW });
    await store().beginPart(held, { id: doubtful, to: 1, now: NOW });
    await store().failPart(held, { id: doubtful, retryAt: NOW + 1, doubt: 'at-least-once', error: 'no answer', now: NOW });
    await store().failPart(held, { id: waits, retryAt: NOW + 1, error: 'busy', now: NOW });
    expect(await Promise.all([failed, doubtful, waits].map(contents))).toEqual([gone, whole, whole]);
    await store().beginPart(held, { id: doubtful, to: 1, now: NOW });
    await store().failPart(held, { id: doubtful, retryAt: undefined, doubt: 'at-least-once', error: 'no answer', now: NOW });
    expect(await find(doubtful)).toMatchObject({ state: 'ambiguous', doubts: 2 });
    expect(await contents(doubtful)).toEqual(gone);
    expect(await store().failSends(NAME, 'there is no such channel', NOW)).toBe(1);
    expect(await contents(waits)).toEqual(gone);
  });

  test.each<[Delivery, Partial<SendRecord>]>([
    ['at-least-once', { state: 'queued', sentTo: 5, doubts: 1 }],
    ['at-most-once', { state: 'queued', sentTo: 6, doubts: 1 }],
  ])('a file that a dead holder left on its way is in doubt as words are: %s', async (delivery, expected) => {
    const dead = await hold();
    const id = await add('words', '1', { files: FILES });
    await store().beginPart(dead, { id, to: 5, now: NOW });
    await store().endPart(dead, { id, to: 5, externalId: '1', over: false, now: NOW });
    await store().beginPart(dead, { id, to: 6, now: NOW });
    const heir = await hold({ owner: 'node_2' });
    expect(await store().recoverSends(heir, delivery, NOW + 1)).toBe(1);
    expect(await find(id)).toMatchObject(expected);
    expect(await contents(id)).toEqual(whole);
    await store().beginPart(heir, { id, to: 7, now: NOW + 1 });
    // The last one is not sent a second time where it must not be, and then nothing is left.
    expect(await store().recoverSends(await hold({ owner: 'node_3' }), 'at-most-once', NOW + 2)).toBe(1);
    expect(await find(id)).toMatchObject({ state: 'ambiguous', doubts: 2, sentTo: 7 });
    expect(await contents(id)).toEqual(gone);
  });

  test('whoever lost the channel writes nothing more', async () => {
    const old = await hold();
    const id = await add('text');
    await store().beginPart(old, { id, to: 4, now: NOW });
    const heir = await hold({ owner: 'node_2' });
    expect(heir.number).toBeGreaterThan(old.number);
    const before = await find(id);
    const note = { state: 'connected', error: undefined, now: NOW, event: { id: 'evt_c', type: 'channel.connected', data: {} } } as const;
    for (const write of [
      () => store().beginPart(old, { id, to: 4, now: NOW }),
      () => store().endPart(old, { id, to: 4, externalId: '1', over: true, now: NOW }),
      () => store().failPart(old, { id, retryAt: undefined, error: 'x', now: NOW }),
      () => store().recoverSends(old, 'at-least-once', NOW),
      () => store().beginDraft(old, { id: 'send_d', address: { channel: NAME, to: '1' }, text: '', turnId: undefined, sessionKey: undefined, workspace: 'main', now: NOW }),
      () => store().nameDraft(old, { id, externalId: '1', now: NOW }),
      () => store().failDraft(old, { id, doubt: true, now: NOW }),
      () => store().noteChannelState(old, note),
      () => store().keepPlace(old, 'old'),
    ]) await expect(write()).rejects.toBeInstanceOf(StaleHold);
    expect(await find(id)).toEqual(before);
    expect(await store().renewHold(old, NOW + 99_999)).toBe(false);
    expect(await store().listEvents(0, 9)).toEqual([]);
  });

  test('a channel is held by one, until it lets go or is silent for too long', async () => {
    const others = { owner: 'node_2', alone: false };
    const first = await hold({ alone: false });
    expect(await store().holdChannel({ channel: NAME, until: NOW + 20_000, now: NOW + 9_999, ...others })).toBeUndefined();
    expect(await store().renewHold(first, NOW + 13_000)).toBe(true);
    expect(await store().holdChannel({ channel: NAME, until: NOW + 20_000, now: NOW + 10_001, ...others })).toBeUndefined();
    await store().releaseHold(first, NOW);
    const second = await store().holdChannel({ channel: NAME, until: NOW + 20_000, now: NOW + 1, ...others });
    expect(second?.number).toBe(first.number + 1);
    const taken = await Promise.all(Array.from({ length: 5 }, (_, i) => store().holdChannel({ channel: NAME, owner: `node_${i}`, alone: false, until: NOW + 90_000, now: NOW + 20_001 })));
    expect(taken.filter((one) => one !== undefined)).toHaveLength(1);
  });

  test('how it stands with a channel is told by every node, with the event in the same moment', async () => {
    const held = await hold();
    await store().noteChannelState(held, { state: 'disconnected', error: 'gone', now: NOW + 3, event: { id: 'evt_1', type: 'channel.disconnected', data: { channel: NAME, error: 'gone' } } });
    expect(await store().channelStates()).toEqual([{ channel: NAME, state: 'disconnected', error: 'gone', since: NOW + 3, heldUntil: NOW + 10_000 }]);
    expect(await store().listEvents(0, 9)).toMatchObject([{ type: 'channel.disconnected', data: { channel: NAME, error: 'gone' }, sessionKey: null }]);
  });

  test('a place is the channel\'s: the newest counts, whoever holds the channel next', async () => {
    expect(await store().placeOf(NAME)).toBeUndefined();
    const first = await hold({ alone: false });
    expect(await store().placeOf(NAME)).toBeUndefined();
    await store().keepPlace(first, 'one');
    await store().keepPlace(first, 'two');
    await store().releaseHold(first, NOW);
    const second = await hold({ alone: false, owner: 'node_2' });
    expect(await store().placeOf(NAME)).toBe('two');
    await store().keepPlace(second, 'three');
    await expect(store().keepPlace(first, 'late')).rejects.toBeInstanceOf(StaleHold);
    expect([await store().placeOf(NAME), await store().placeOf('other')]).toEqual(['three', undefined]);
  });

  test('what waits for a channel that is not there any more is over, with the reason', async () => {
    const held = await hold();
    const begun = await add('begun');
    const waits = await add('waits', '2');
    await store().beginPart(held, { id: begun, to: 5, now: NOW });
    expect(await store().failSends(NAME, 'there is no such channel', NOW + 1)).toBe(2);
    expect(await store().failSends(NAME, 'there is no such channel', NOW + 1)).toBe(0);
    expect(await find(waits)).toMatchObject({ state: 'failed', error: 'there is no such channel' });
    expect(await find(begun)).toMatchObject({ state: 'ambiguous', doubts: 1 });
    expect(await store().channelsAwaited()).toEqual([]);
  });

  test('what was shown while an answer was made gives its place to the answer', async () => {
    const held = await hold();
    const { turnId } = await worker().accept('agent:main:a', { duties: toAnn });
    const id = `send_${turnId}`;
    const draft = { id, address: { channel: NAME, to: '42' }, text: '', turnId, sessionKey: undefined, workspace: 'main', now: NOW };
    await store().beginDraft(held, draft);
    await store().nameDraft(held, { id, externalId: '500', now: NOW });
    expect(await store().openSends(NAME, 5)).toEqual([]);
    await worker().runOne('The whole answer.');
    expect(await find(id)).toMatchObject({ state: 'queued', text: 'The whole answer.', draftId: '500' });
    // Said once more, it says the same: a crash in between leaves no doubt.
    await store().beginPart(held, { id, to: 17, now: NOW });
    const heir = await hold();
    expect(await store().recoverSends(heir, 'at-least-once', NOW)).toBe(0);
    expect(await find(id)).toMatchObject({ state: 'queued', doubts: 0, draftId: '500' });
    await store().failPart(heir, { id, retryAt: NOW, error: 'gone', forgetDraft: true, now: NOW });
    expect(await find(id)).toMatchObject({ state: 'queued', draftId: undefined });
  });

  test('what was begun to be shown and not named is in doubt; an answer that does not come leaves it as it is', async () => {
    const dead = await hold();
    const { turnId } = await worker().accept('agent:main:a', { duties: toAnn });
    const draft = { id: `send_${turnId}`, address: { channel: NAME, to: '42' }, text: '', turnId, sessionKey: undefined, workspace: 'main', now: NOW };
    await store().beginDraft(dead, draft);
    expect(await store().recoverSends(await hold(), 'at-least-once', NOW)).toBe(1);
    await worker().runOne('NO_REPLY');
    expect(await find(draft.id)).toMatchObject({ state: 'failed', error: 'nothing to report', doubts: 1 });
  });

  test('what is over is swept after a month, what waits is not', async () => {
    const held = await hold();
    const over = await add('over');
    const waits = await add('waits', '2');
    await store().beginPart(held, { id: over, to: 4, now: NOW });
    await store().endPart(held, { id: over, to: 4, externalId: '1', over: true, now: NOW });
    await store().refuseArrival({ channel: NAME, conversation: '1', messageId: '1', sender: undefined }, 'stale', NOW);
    await store().sweep(NOW + 32 * 24 * hour);
    expect((await store().listSends(all)).sends.map(({ id }) => id)).toEqual([waits]);
    expect(await store().refusals(NAME, 0)).toEqual([]);
  });
};
