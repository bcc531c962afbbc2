import { expect, test } from 'vitest';
import type { ClaimedDelivery, DeliveryTry, NewWebhook } from '../../packages/gateway/src/engine/ports/webhook-store.ts';
import type { NewEvent } from '../../packages/gateway/src/engine/ports/store.ts';
import { fresh, newSession, newTurn, NOW, type Worker } from './turn-fixture.ts';

const DAY = 86_400_000;

const webhook = (over: Partial<NewWebhook> = {}): NewWebhook => ({
  id: fresh('wh'), name: 'alerts', source: 'api', workspace: undefined, events: ['message.received'], topics: [{ type: 'message.received', called: 'message.received' }], order: 'none',
  definition: { url: 'https://app.example/hook', headers: { a: 'b' }, filter: { channel: 'x' }, transform: { text: '{{event.text}}' }, signature: 'bare', retries: 3, timeoutMs: 500 },
  secrets: [{ secret: 'whsec_1' }], enabled: true, createdBy: 'tester', createdAt: NOW, ...over,
});

const event = (over: Partial<NewEvent> = {}): NewEvent => ({ id: fresh('evt'), type: 'skill.installed', at: NOW, data: { name: 'git-helper' }, ...over });

const SKILLS = { events: ['skill.*'], topics: [{ type: 'skill.installed', called: 'skill.installed' }, { type: 'skill.removed', called: 'skill.removed' }] } as const;

export const webhookTests = (worker: () => Worker): void => {
  const add = async (over: Partial<NewWebhook> = {}): Promise<NewWebhook> => {
    const made = webhook(over);
    await worker().store.addWebhook(made, { most: 100 });
    return made;
  };
  const claim = (made: NewWebhook, { limit = 10, now = NOW, owner = 'node_1' } = {}): Promise<readonly ClaimedDelivery[]> =>
    worker().store.claimDeliveries({ owner, now, until: now + 15_000, wanted: [{ webhookId: made.id, order: made.order, limit }] });
  const record = ({ seq, claim: number, webhookId }: ClaimedDelivery, outcome: DeliveryTry['outcome'], over: Partial<DeliveryTry> = {}, now = NOW) =>
    worker().store.recordTries([{ seq, claim: number, webhookId, outcome, tried: { at: now, ms: 12, status: outcome === 'delivered' ? 200 : 500, error: undefined, response: 'ok' }, ...over }], now);
  const states = async (made: NewWebhook) => (await worker().store.listDeliveries({ webhookId: made.id, states: undefined, limit: 100, offset: 0 })).deliveries.map(({ state }) => state);

  test('webhooks are kept as they were made, the newest first, and go with all that is theirs', async () => {
    const { store } = worker();
    const old = await add();
    const { topics: _, ...shown } = await add({ createdAt: NOW + 1, workspace: 'team', definition: undefined, source: 'config', name: undefined, enabled: false });
    const kept = { disabledReason: undefined, failures: 0, failingSince: undefined };
    expect(await store.webhooks()).toEqual([{ ...shown, ...kept, updatedAt: NOW + 1 }, expect.objectContaining({ id: old.id, definition: old.definition, secrets: old.secrets })]);
    expect((await store.webhooks([old.id, 'wh_none'])).map(({ id }) => id)).toEqual([old.id]);
    expect((await store.webhooks([old.id, shown.id])).map(({ id }) => id)).toEqual([shown.id, old.id]);
    expect(await store.webhooks([])).toEqual([]);
    await worker().accept('agent:main:a');
    expect(await states(old)).toEqual(['pending']);
    expect([await store.removeWebhook(old.id), await store.removeWebhook(old.id)]).toEqual([true, false]);
    expect(await states(old)).toEqual([]);
    await worker().accept('agent:main:a');
    expect(await states(old)).toEqual([]);
  });

  test('those that tell of one workspace go with it, and hear nothing of another that comes to have its name', async () => {
    const { store } = worker();
    const workspace = { id: 'team', label: undefined, agent: undefined, skills: undefined, allowlist: [], budget: undefined, sessions: 0, createdAt: NOW, updatedAt: NOW };
    await store.addWorkspace(workspace);
    const [theirs, all, others, configured] = [await add({ workspace: 'team' }), await add(), await add({ workspace: 'other' }), await add({ workspace: 'team', source: 'config', definition: undefined })];
    await store.acceptTurn(newTurn(newSession('agent:main:team:a', { workspace: 'team' })));
    expect([await states(theirs), await states(all)]).toEqual([['pending'], ['pending']]);
    expect(await store.deleteWorkspace('team')).toBe(true);
    expect((await store.webhooks()).map(({ id }) => id).toSorted()).toEqual([all.id, others.id, configured.id].toSorted());
    expect([await states(theirs), await states(all)]).toEqual([[], ['pending']]);
    await store.addWorkspace(workspace);
    await store.acceptTurn(newTurn(newSession('agent:main:team:b', { workspace: 'team' })));
    expect([await states(theirs), await states(configured)]).toEqual([[], ['pending', 'pending']]);
  });

  test('whoever listens hears of each write that makes deliveries, whatever it is, and of no other', async () => {
    const { store } = worker();
    let heard = 0;
    const hears = async (work: () => Promise<unknown>): Promise<boolean> => {
      const before = heard;
      await work();
      return heard > before;
    };
    store.onTold(() => void heard++);
    expect(await hears(() => store.appendEvents([event()]))).toBe(false);
    const made = await add({ events: ['*'], topics: (['skill.installed', 'message.received', 'channel.connected', 'cron.finished'] as const).map((type) => ({ type, called: type })) });
    expect(await hears(() => store.appendEvents([event({ type: 'skill.removed' })]))).toBe(false);
    expect(await hears(() => store.appendEvents([event()]))).toBe(true);
    expect(await hears(() => worker().accept('agent:main:a'))).toBe(true);
    expect(await hears(() => worker().begin())).toBe(false);
    const hold = await store.holdChannel({ channel: 'chat', owner: 'node_1', now: NOW, until: NOW + 60_000, alone: false });
    if (!hold) throw new Error('nobody held it');
    const note = { state: 'connected', error: undefined, now: NOW } as const;
    expect(await hears(() => store.noteChannelState(hold, note))).toBe(false);
    expect(await hears(() => store.noteChannelState(hold, { ...note, event: { id: fresh('evt'), type: 'channel.connected', data: { channel: 'chat' } } }))).toBe(true);
    expect(await hears(() => store.listDeliveries({ webhookId: made.id, states: undefined, limit: 9, offset: 0 }))).toBe(false);
    const [one] = await claim(made);
    if (!one) throw new Error('one was due');
    expect(await hears(() => record(one, 'delivered'))).toBe(false);
    // What a write answers is what it would answer.
    expect(await store.appendEvents([event()])).toBeUndefined();
    expect(await worker().accept('agent:main:b')).toMatchObject({ sessionKey: 'agent:main:b', replayed: false });
  });

  test('made twice by one request it is made once; past its number it is refused', async () => {
    const { store } = worker();
    const once = { scope: 'tester:webhooks.create', key: 'k', hash: 'h', expiresAt: NOW + DAY };
    const [first, second] = [webhook(), webhook()];
    expect(await store.addWebhook(first, { most: 2, once })).toBe(first.id);
    expect(await store.addWebhook(second, { most: 2, once })).toBe(first.id);
    await store.addWebhook(second, { most: 2 });
    await expect(store.addWebhook(webhook(), { most: 2 })).rejects.toMatchObject({ code: 'conflict' });
    await store.addWebhook(webhook({ createdBy: 'another' }), { most: 2 });
    expect(await store.webhooks()).toHaveLength(3);
  });

  test('a change touches what it names', async () => {
    const { store } = worker();
    const made = await add(SKILLS);
    const off = await store.changeWebhook(made.id, { enabled: false, disabledReason: 'by hand', now: NOW + 1 });
    expect(off).toMatchObject({ enabled: false, disabledReason: 'by hand', name: 'alerts', updatedAt: NOW + 1 });
    await store.appendEvents([event()]);
    expect(await states(made)).toEqual([]);
    const on = await store.changeWebhook(made.id, { enabled: true, name: null, secrets: [{ secret: 'new' }, { secret: 'old', expiresAt: NOW }], now: NOW + 2 });
    expect(on).toMatchObject({ enabled: true, secrets: [{ secret: 'new' }, { secret: 'old', expiresAt: NOW }], definition: made.definition });
    expect([on?.disabledReason, on?.name]).toEqual([undefined, undefined]);
    await store.changeWebhook(made.id, { events: ['skill.removed'], topics: [{ type: 'skill.removed', called: 'gone' }], now: NOW + 3 });
    await store.appendEvents([event(), event({ type: 'skill.removed' })]);
    expect((await claim(made)).map(({ type, called }) => [type, called])).toEqual([['skill.removed', 'gone']]);
    expect(await store.changeWebhook('wh_none', { now: NOW })).toBeUndefined();
  });

  test('those of the configuration become exactly those that are named, and stay switched off', async () => {
    const { store } = worker();
    const mine = await add();
    const [a, b] = [webhook({ source: 'config' }), webhook({ source: 'config' })];
    await store.settleWebhooks([a, b], NOW);
    await store.changeWebhook(a.id, { enabled: false, disabledReason: 'gone', now: NOW });
    await store.settleWebhooks([{ ...a, events: ['skill.removed'], topics: [{ type: 'skill.removed', called: 'skill.removed' }], name: 'other' }], NOW + 1);
    const all = await store.webhooks();
    expect(all.map(({ id }) => id).toSorted()).toEqual([mine.id, a.id].toSorted());
    expect(all.find(({ id }) => id === a.id)).toMatchObject({ enabled: false, disabledReason: 'gone', events: ['skill.removed'], name: 'other' });
  });

  test('what happens is a delivery of each webhook that listens, once, in the transaction that it happens in', async () => {
    const { store } = worker();
    const [all, team, skills, off] = [await add(), await add({ workspace: 'team' }), await add(SKILLS), await add({ enabled: false })];
    const once = { scope: 's', key: 'k', hash: 'h', expiresAt: NOW + DAY };
    await store.acceptTurn(newTurn(newSession('agent:main:a'), { once }));
    await store.acceptTurn(newTurn(newSession('agent:main:a'), { once }));
    await store.acceptTurn(newTurn(newSession('agent:team:b', { workspace: 'team' })));
    await expect(store.acceptTurn(newTurn({ ...newSession('agent:main:none'), id: 'sess_none' }, { once: { ...once, hash: 'other' } }))).rejects.toMatchObject({ code: 'idempotency_conflict' });
    await store.appendEvents([event()]);
    expect([await states(all), await states(team), await states(skills), await states(off)].map(({ length }) => length)).toEqual([2, 1, 1, 0]);
    const [told] = await claim(team);
    expect(told).toMatchObject({ webhookId: team.id, type: 'message.received', called: 'message.received', at: NOW, sessionKey: 'agent:team:b', state: 'pending', tries: 0, data: { workspace: 'team', text: 'hello' } });
    expect(told?.id).toBe(`${told?.eventId}_${team.id}`);
  });

  test('what belongs to no workspace is not for who listens to one', async () => {
    const team = await add({ ...SKILLS, workspace: 'team' });
    await worker().store.appendEvents([event(), event({ data: { workspace: 'team' } }), event({ data: { workspace: 'main' } })]);
    expect(await claim(team)).toHaveLength(1);
  });

  test('a delivery is one owner’s at a time, and due again when the claim runs out or the owner comes back', async () => {
    const { store } = worker();
    const made = await add(SKILLS);
    await store.appendEvents([event(), event(), event()]);
    expect(await store.dueWebhooks(NOW - 1)).toEqual({ due: [], nextAt: NOW });
    expect(await store.dueWebhooks(NOW)).toEqual({ due: [made.id], nextAt: undefined });
    const first = await claim(made, { limit: 2 });
    const rest = await claim(made, { owner: 'node_2' });
    expect([first.length, rest.length]).toEqual([2, 1]);
    expect(await claim(made)).toEqual([]);
    expect(await store.dueWebhooks(NOW)).toEqual({ due: [], nextAt: NOW + 15_000 });
    await store.renewDeliveries(first.slice(0, 1), NOW + 30_000);
    const again = await claim(made, { owner: 'node_2', now: NOW + 15_000 });
    expect(again.map(({ id }) => id)).toEqual([first[1]?.id, rest[0]?.id]);
    for (const stale of first.slice(1)) await record(stale, 'delivered');
    expect(await states(made)).toEqual(['pending', 'pending', 'pending']);
    await store.reclaimDeliveries('node_1');
    expect((await claim(made, { now: NOW + 15_001 })).map(({ id }) => id)).toEqual([first[0]?.id]);
  });

  test('claims at once share what is due', async () => {
    const { store } = worker();
    const made = await add(SKILLS);
    await store.appendEvents(Array.from({ length: 20 }, () => event()));
    const taken = (await Promise.all([1, 2, 3, 4].map((n) => claim(made, { owner: `node_${n}` })))).flat();
    while (new Set(taken.map(({ id }) => id)).size < 20) taken.push(...(await claim(made)));
    expect(taken).toHaveLength(20);
  });

  test('each try is kept; a delivery ends delivered, failed, filtered or waits for its next try', async () => {
    const { store } = worker();
    const made = await add(SKILLS);
    const exhausted = await add({ events: ['webhook.exhausted'], topics: [{ type: 'webhook.exhausted', called: 'webhook.exhausted' }] });
    await store.appendEvents([event(), event(), event(), event()]);
    const [a, b, c, d] = await claim(made);
    if (!a || !b || !c || !d) throw new Error('four were due');
    await record(a, 'delivered');
    await record(b, { againAt: NOW + 5_000 });
    await record(c, 'failed');
    await record(d, 'filtered', { tried: undefined });
    expect(await states(made)).toEqual(['filtered', 'failed', 'pending', 'delivered']);
    const pending = await store.listDeliveries({ webhookId: made.id, states: ['pending'], limit: 10, offset: 0 });
    expect(pending).toMatchObject({ total: 1, deliveries: [{ id: b.id, tries: 1, triesNow: 1, nextAt: NOW + 5_000, lastStatus: 500 }] });
    expect(await store.findDelivery(a.id)).toMatchObject({ state: 'delivered', tries: 1 });
    const [again] = await claim(made, { now: NOW + 5_000 });
    if (!again) throw new Error('it was due again');
    await record(again, 'delivered', {}, NOW + 5_001);
    const tries = await store.deliveryTries([b.seq, d.seq]);
    expect(tries.get(b.seq)).toMatchObject([{ n: 1, status: 500, ms: 12, response: 'ok', at: NOW }, { n: 2, status: 200, at: NOW + 5_001 }]);
    expect(tries.get(d.seq)).toEqual([]);
    const [told] = await claim(exhausted);
    expect(told?.data).toMatchObject({ webhookId: made.id, deliveryId: c.id, eventId: c.eventId, event: 'skill.installed', tries: 1, lastStatus: 500 });
    if (told) await record(told, 'failed');
    expect(await claim(exhausted)).toEqual([]);
  });

  test('in order fifo only the head goes; in order session the head of each session', async () => {
    const { store } = worker();
    const fifo = await add({ order: 'fifo' });
    const session = await add({ order: 'session' });
    for (const key of ['a', 'a', 'b', 'a', 'b']) await worker().accept(`agent:main:${key}`);
    await store.appendEvents([event({ type: 'message.received' })]);
    const [head, ...more] = await claim(fifo);
    if (!head) throw new Error('one was due');
    expect([more, await claim(fifo)]).toEqual([[], []]);
    await record(head, { againAt: NOW + 60_000 });
    expect([await claim(fifo), (await store.dueWebhooks(NOW)).due]).toEqual([[], [session.id]]);
    const [same] = await claim(fifo, { now: NOW + 60_000 });
    expect(same?.id).toBe(head.id);
    if (same) await record(same, 'failed');
    expect((await claim(fifo)).map(({ seq }) => seq > head.seq)).toEqual([true]);

    const heads = await claim(session);
    expect(heads.map(({ sessionKey }) => sessionKey)).toEqual(['agent:main:a', 'agent:main:b', undefined]);
    expect(await claim(session)).toEqual([]);
    for (const one of heads) if (one.sessionKey === 'agent:main:a') await record(one, 'delivered');
    expect((await claim(session)).map(({ sessionKey }) => sessionKey)).toEqual(['agent:main:a']);
    // Out of order from now on: everything that waits may go.
    await store.changeWebhook(session.id, { order: 'none', now: NOW });
    expect(await claim({ ...session, order: 'none' })).toHaveLength(2);
  });

  test('an endpoint that fails for five days is switched off and told of once; one success forgives', async () => {
    const { store } = worker();
    const made = await add(SKILLS);
    const watcher = await add({ events: ['webhook.disabled'], topics: [{ type: 'webhook.disabled', called: 'webhook.disabled' }] });
    const fail = async (now: number, outcome: DeliveryTry['outcome'] = { againAt: now }) => {
      const [one] = await claim(made, { now, limit: 1 });
      if (!one) throw new Error('one was due');
      return record(one, outcome, {}, now);
    };
    await store.appendEvents([event(), event()]);
    for (let n = 0; n < 4; n++) expect(await fail(NOW + n)).toEqual([]);
    expect((await store.webhooks()).find(({ id }) => id === made.id)).toMatchObject({ failures: 4 });
    // It has not been well for so long that this is said of it; and is well again.
    expect(await fail(NOW + 4)).toEqual([made.id]);
    expect((await store.webhooks()).find(({ id }) => id === made.id)).toMatchObject({ failures: 5, failingSince: NOW + 4 });
    expect(await fail(NOW + 4 * DAY, 'delivered')).toEqual([made.id]);
    expect((await store.webhooks()).find(({ id }) => id === made.id)).toMatchObject({ failures: 0, failingSince: undefined });
    for (let n = 0; n < 5; n++) await fail(NOW + 5 * DAY + n);
    expect(await fail(NOW + 10 * DAY + 3)).toEqual([]);
    expect(await fail(NOW + 10 * DAY + 4)).toEqual([made.id]);
    expect((await store.webhooks()).find(({ id }) => id === made.id)).toMatchObject({ enabled: false, disabledReason: 'nothing but failures for five days' });
    expect(await claim(watcher, { now: NOW + 10 * DAY + 4 })).toMatchObject([{ type: 'webhook.disabled', data: { webhookId: made.id, lastStatus: 500 } }]);
    expect((await store.dueWebhooks(NOW + 11 * DAY)).due).toEqual([watcher.id]);
  });

  test('an endpoint that says it is gone is switched off at once', async () => {
    const { store } = worker();
    const made = await add(SKILLS);
    await store.appendEvents([event(), event()]);
    const [a, b] = await claim(made);
    if (!a || !b) throw new Error('two were due');
    expect(await record(a, 'failed', { disable: 'gone' })).toEqual([made.id]);
    expect(await record(b, 'failed', { disable: 'gone' })).toEqual([]);
    expect((await store.webhooks())[0]).toMatchObject({ enabled: false, disabledReason: 'gone' });
  });

  test('what was told can be told again: one, or all since a time, with what was missed meanwhile', async () => {
    const { store } = worker();
    const made = await add({ ...SKILLS, workspace: 'team' });
    const team = { data: { workspace: 'team' } };
    await store.appendEvents([event({ ...team, at: NOW - 10 }), event({ ...team, at: NOW - 5 }), event({ ...team, at: NOW })]);
    const [a, b, c] = await claim(made);
    if (!a || !b || !c) throw new Error('three were due');
    await record(a, 'failed');
    await record(b, 'delivered');
    await record(c, 'failed');
    expect([await store.replayDelivery(b.id, NOW + 1), await store.replayDelivery(b.id, NOW + 1), await store.replayDelivery('none', NOW)]).toEqual([true, false, false]);
    expect(await claim(made, { now: NOW + 1 })).toMatchObject([{ id: b.id, tries: 1, triesNow: 0, begunAt: NOW + 1 }]);
    await store.changeWebhook(made.id, { enabled: false, now: NOW });
    await store.appendEvents([event({ ...team, at: NOW + 2 }), event({ data: { workspace: 'main' }, at: NOW + 2 }), event({ ...team, type: 'system.error', at: NOW + 2 })]);
    await store.changeWebhook(made.id, { enabled: true, now: NOW });
    expect(await store.replaySince({ webhookId: made.id, since: NOW - 5, delivered: false, now: NOW + 3 })).toBe(2);
    expect((await claim(made, { now: NOW + 3 })).map(({ at }) => at)).toEqual([NOW, NOW + 2]);
    expect(await store.replaySince({ webhookId: made.id, since: 0, delivered: true, now: NOW + 3 })).toBe(1);
  });

  test('what is over is swept after a week, what waits after a month', async () => {
    const { store } = worker();
    const made = await add(SKILLS);
    await store.appendEvents([event(), event()]);
    const [a] = await claim(made, { limit: 1 });
    if (a) await record(a, 'delivered');
    await store.sweep(NOW + 7 * DAY + 1);
    expect(await states(made)).toEqual(['pending']);
    expect((await store.deliveryTries([a?.seq ?? 0])).get(a?.seq ?? 0)).toEqual([]);
    await store.sweep(NOW + 30 * DAY + 1);
    expect(await states(made)).toEqual([]);
  });
};
