import { expect, test } from 'vitest';
import type { NewCronJob, SettledSlot } from '../../packages/gateway/src/engine/ports/schedule-records.ts';
import type { SlotRun } from '../../packages/gateway/src/engine/ports/slot-records.ts';
import { jobOf, type NewWebhook, webhookOf } from '../../packages/gateway/src/engine/ports/webhook-store.ts';
import type { AcceptedTurn, Duties } from '../../packages/gateway/src/engine/ports/turn-records.ts';
import { MINUTE, MOST, newJob, wake, webhookFor } from './schedule-fixture.ts';
import { done, failed, fresh, newSession, newTurn, NOW, type Worker } from './turn-fixture.ts';

export const slotTests = (worker: () => Worker): void => {
  const add = (over: Partial<NewCronJob> = {}) => worker().store.addCronJob(newJob(over), MOST);

  const slotOf = (jobId: string, over: Partial<SlotRun> = {}): SlotRun => ({
    jobId, jobName: 'tick', scheduledFor: NOW + MINUTE, via: 'schedule', job: { revision: 1, next: NOW + 2 * MINUTE }, ...over,
  });
  const accept = (run: SlotRun, over: Partial<Duties> = {}): Promise<AcceptedTurn> =>
    worker().store.acceptTurn(newTurn(newSession('agent:main:main'), { duties: { run, ...over }, now: NOW + MINUTE }));
  const settle = (jobId: string, over: Partial<SettledSlot> = {}) =>
    worker().store.settleSlot({
      jobId, revision: 1, next: NOW + 2 * MINUTE, now: NOW + MINUTE, slot: { scheduledFor: NOW + MINUTE, state: 'skipped', via: 'schedule', reason: 'no time', error: undefined }, ...over,
    });
  const runsOf = async (job?: string) => (await worker().store.listCronRuns({ job, workspaces: undefined, states: undefined, limit: 50, offset: 0 })).runs;
  const told = async () => (await worker().store.listEvents(0, 200)).filter(({ type }) => type === 'cron.finished');

  test('a slot has its record with its turn, and its end with the end of the turn', async () => {
    const { store } = worker();
    const { id } = await add();
    const { turnId } = await accept(slotOf(id));
    const running = { jobId: id, jobName: 'tick', workspace: 'main', scheduledFor: NOW + MINUTE, state: 'running', via: 'schedule', turnId, sessionKey: 'agent:main:main', startedAt: NOW + MINUTE, endedAt: undefined };
    expect(await runsOf(id)).toMatchObject([running]);
    expect(await store.findCronJob(id)).toMatchObject({ nextAt: NOW + 2 * MINUTE, runningTurn: turnId, lastRun: undefined });
    const started = await worker().begin();
    await store.endTurn(started.fence, { ...done(started), now: NOW + MINUTE + 5 });
    const over = { ...running, state: 'ran', endedAt: NOW + MINUTE + 5 };
    expect(await runsOf(id)).toMatchObject([over]);
    expect(await store.findCronJob(id)).toMatchObject({ runningTurn: undefined, lastRun: over });
    expect(await told()).toMatchObject([{ id: `evt_${id}_${NOW + MINUTE}_end`, sessionKey: 'agent:main:main', data: { jobId: id, name: 'tick', state: 'ran', turnId, durationMs: 5 } }]);
  });

  test('who comes second for a slot begins nothing', async () => {
    const { store } = worker();
    const { id } = await add();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => accept(slotOf(id))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict', details: { cron: 'job' } });
    await worker().runAll();
    await expect(accept(slotOf(id, { job: { revision: 1, next: NOW + 3 * MINUTE } }))).rejects.toMatchObject({ code: 'conflict', details: { cron: 'slot' } });
    expect(await store.findCronJob(id)).toMatchObject({ nextAt: NOW + 2 * MINUTE, runningTurn: undefined });
    expect([(await runsOf(id)).length, (await store.findSession({ key: 'agent:main:main' }))?.messageCount]).toEqual([1, 2]);
    expect(await settle(id)).toBe(false);
  });

  test('what was changed, is off, runs or is gone begins nothing', async () => {
    const { store } = worker();
    const { id } = await add();
    await store.changeCronJob(id, 1, { enabled: true, nextAt: NOW + MINUTE, now: NOW });
    await expect(accept(slotOf(id))).rejects.toMatchObject({ details: { cron: 'job' } });
    expect(await settle(id)).toBe(false);
    await store.changeCronJob(id, 2, { enabled: false, nextAt: NOW + MINUTE, now: NOW });
    await expect(accept(slotOf(id, { job: { revision: 3, next: null } }))).rejects.toMatchObject({ details: { cron: 'job' } });
    // Asked for by hand it runs all the same, and its times stay.
    await accept(slotOf(id, { via: 'request', job: { revision: 3 } }));
    expect(await store.findCronJob(id)).toMatchObject({ enabled: false, nextAt: NOW + MINUTE });
    await expect(accept(slotOf(id, { scheduledFor: NOW, via: 'request', job: { revision: 3 } }))).rejects.toMatchObject({ details: { cron: 'job' } });
    await expect(accept(slotOf('cron_none'))).rejects.toMatchObject({ details: { cron: 'job' } });
    expect(await store.listSessions({ kinds: undefined, workspaces: undefined, limit: 9, offset: 0 })).toMatchObject({ total: 1, sessions: [{ messageCount: 1 }] });
  });

  test('each end of a turn is an end of its slot', async () => {
    const { store } = worker();
    const { id } = await add();
    const at = (minute: number, over: Partial<SlotRun> = {}) => slotOf(id, { scheduledFor: NOW + minute * MINUTE, job: { revision: 1, next: NOW + (minute + 1) * MINUTE }, ...over });
    await accept(at(1));
    await store.endTurn((await worker().begin()).fence, failed);
    await accept(at(2, { via: 'catch_up', reason: '1 h late' }));
    await worker().runAll();
    const queued = await accept(at(3));
    expect(await store.requestCancel(queued.turnId, NOW + 9)).toBe('cancelled');
    const orphan = await accept(at(4));
    await store.deleteSession(orphan.sessionId);
    const [lease] = await worker().queue.take(1);
    if (lease) expect(await store.startTurn(lease, 'node_1/run_x')).toBeUndefined();
    expect((await runsOf(id)).map(({ state, error, reason }) => [state, error?.code, reason])).toEqual([
      ['failed', 'session_not_found', undefined], ['failed', 'turn_cancelled', undefined], ['caught_up', undefined, '1 h late'], ['failed', 'model_failed', undefined],
    ]);
    expect(await store.findCronJob(id)).toMatchObject({ runningTurn: undefined, lastRun: { state: 'failed', error: { code: 'session_not_found' } } });
    expect((await told()).map(({ data: { state } }) => state)).toEqual(['failed', 'caught_up', 'failed', 'failed']);
  });

  test('slots that nobody ran are one record, with how many and why', async () => {
    const { store } = worker();
    const { id } = await add();
    const missed = { from: NOW + MINUTE, to: NOW + 3 * MINUTE, count: 3, more: false, reason: 'away' };
    expect(await settle(id, { missed, slot: undefined, next: NOW + 4 * MINUTE })).toBe(true);
    expect(await runsOf(id)).toMatchObject([{ scheduledFor: NOW + MINUTE, state: 'skipped', reason: 'away', missed: { from: NOW + MINUTE, to: NOW + 3 * MINUTE, count: 3, more: false } }]);
    await accept(slotOf(id, { scheduledFor: NOW + 6 * MINUTE, via: 'catch_up', job: { revision: 1, next: NOW + 7 * MINUTE }, missed: { ...missed, from: NOW + 4 * MINUTE, to: NOW + 5 * MINUTE, count: 2, more: true } }));
    expect((await runsOf(id)).map(({ state, missed: more }) => [state, more?.count])).toEqual([['running', undefined], ['skipped', 2], ['skipped', 3]]);
    expect((await told()).map(({ data }) => data['missed'])).toMatchObject([{ count: 3, more: false }, { count: 2, more: true }]);
    expect(await store.findCronJob(id)).toMatchObject({ nextAt: NOW + 7 * MINUTE });
  });

  test('a slot that begins no turn is settled, with the text that waits instead', async () => {
    const { store } = worker();
    const { id } = await add();
    expect(await settle(id)).toBe(true);
    expect(await settle(id, { slot: { scheduledFor: NOW + 2 * MINUTE, state: 'ran', via: 'schedule', reason: undefined, error: undefined }, wake: wake('Time!'), next: NOW + 3 * MINUTE })).toBe(true);
    expect((await runsOf(id)).map(({ state, reason, turnId }) => [state, reason, turnId])).toEqual([['ran', undefined, undefined], ['skipped', 'no time', undefined]]);
    expect((await store.pendingWakes({ workspace: 'main', agent: 'main' }, 9)).map(({ text }) => text)).toEqual(['Time!']);
    expect(await store.findCronJob(id)).toMatchObject({ nextAt: NOW + 3 * MINUTE, lastRun: { state: 'ran' } });
  });

  test('a job for one moment goes when it has run well, and stays, switched off, when it has not', async () => {
    const { store } = worker();
    const once = (deleteAfterRun: boolean) => add({ deleteAfterRun, schedule: { kind: 'at', at: new Date(NOW + MINUTE).toISOString() } });
    const run = { job: { revision: 1, next: null } };
    const [goes, fails, stays, skipped] = [await once(true), await once(true), await once(false), await once(true)];
    await accept(slotOf(goes.id, run));
    await worker().runAll();
    await accept(slotOf(fails.id, run));
    await store.endTurn((await worker().begin()).fence, failed);
    await accept(slotOf(stays.id, run));
    await worker().runAll();
    await settle(skipped.id, { next: undefined });
    const found = await Promise.all([goes, fails, stays, skipped].map(({ id }) => store.findCronJob(id)));
    expect(found.map((job) => job && [job.enabled, job.nextAt, job.lastRun?.state])).toEqual([undefined, [false, undefined, 'failed'], [false, undefined, 'ran'], [false, undefined, 'skipped']]);
    expect((await runsOf(goes.id)).map(({ state }) => state)).toEqual(['ran']);
  });

  test('asked for by hand before its moment, it stays for that moment', async () => {
    const { store } = worker();
    const { id } = await add({ deleteAfterRun: true });
    await accept(slotOf(id, { scheduledFor: NOW, via: 'request', job: { revision: 1 } }));
    await worker().runAll();
    expect(await store.findCronJob(id)).toMatchObject({ enabled: true, nextAt: NOW + MINUTE, lastRun: { via: 'request', state: 'ran' } });
  });

  test('whoever listens for what is to be told hears of a time that is skipped, where its job has a webhook', async () => {
    const { store } = worker();
    const id = fresh('cron');
    await add({ id, delivery: { mode: 'webhook', to: 'https://app.example/' }, webhook: webhookFor(id) });
    const other = await add();
    let heard = 0;
    store.onTold(() => void heard++);
    await settle(other.id);
    expect(heard).toBe(0);
    await settle(id);
    expect(heard).toBe(1);
  });

  test('the end of a slot is told to the job’s own webhook in the same transaction, and stands in its record', async () => {
    const { store } = worker();
    const id = fresh('cron');
    const hook = (over: Partial<NewWebhook> = {}) => webhookFor(id, over);
    const mine = async () => (await store.webhooks()).find((one) => one.id === webhookOf(id));
    await add({ id, delivery: { mode: 'webhook', to: 'https://app.example/' }, webhook: hook() });
    const other = await add();
    expect([(await mine())?.source, (await store.webhooks()).length, jobOf({ id: webhookOf(id), source: 'cron' })]).toEqual(['cron', 1, id]);
    await accept(slotOf(other.id));
    await worker().runAll();
    const end = async (minute: number, text: string): Promise<void> => {
      await accept(slotOf(id, { scheduledFor: NOW + minute * MINUTE, via: 'request', job: { revision: (await store.findCronJob(id))?.revision ?? 0 } }));
      const started = await worker().begin();
      await store.endTurn(started.fence, done(started, text));
    };
    await end(1, 'x'.repeat(5_000));
    const claim = { owner: 'node', now: NOW + MINUTE, until: NOW + 2 * MINUTE, wanted: [{ webhookId: webhookOf(id), order: 'none' as const, limit: 9 }] };
    const [told, ...more] = await store.claimDeliveries(claim);
    expect([told?.id, String(told?.data['response']).length, more]).toEqual([`evt_${id}_${NOW + MINUTE}_end_${webhookOf(id)}`, 5_000, []]);
    if (!told) throw new Error('one was due');
    await store.recordTries([{ seq: told.seq, claim: told.claim, webhookId: told.webhookId, outcome: 'delivered', tried: { at: NOW, ms: 1, status: 204, error: undefined, response: '' } }], NOW);
    const delivered = { id: told.id, state: 'delivered', tries: 1, status: 204, error: undefined };
    expect([(await runsOf(id))[0]?.delivery, (await store.findCronJob(id))?.lastRun?.delivery, (await runsOf(other.id))[0]?.delivery]).toEqual([delivered, delivered, undefined]);
    // Switched off, it gets later what came meanwhile.
    await store.changeWebhook(webhookOf(id), { enabled: false, now: NOW });
    await end(2, 'Waits.');
    expect((await runsOf(id))[0]?.delivery).toMatchObject({ state: 'pending', tries: 0 });
    const changed = await store.changeCronJob(id, 1, { enabled: true, nextAt: undefined, now: NOW, webhook: { made: hook({ definition: { url: 'https://new.example/', headers: {}, signature: 'bare' }, secrets: [{ secret: 'never-used' }] }), secretAsked: false } });
    expect([changed?.revision, await mine()]).toMatchObject([2, { enabled: true, definition: { url: 'https://new.example/' }, secrets: [{ secret: 'the-first-one' }] }]);
    await store.changeCronJob(id, 2, { enabled: true, nextAt: undefined, now: NOW, webhook: null });
    expect([await mine(), (await runsOf(id))[0]?.delivery]).toMatchObject([undefined, { state: 'failed', error: 'the job delivers elsewhere now' }]);
    expect(await store.retireWebhooks()).toBe(0);
  });

  test('a job that has run and goes leaves its webhook until nothing waits for it', async () => {
    const { store } = worker();
    const id = fresh('cron');
    const webhook = webhookFor(id, { secrets: [] });
    await add({ id, deleteAfterRun: true, webhook });
    await accept(slotOf(id));
    await worker().runAll();
    expect([await store.findCronJob(id), await store.retireWebhooks()]).toEqual([undefined, 0]);
    const [told] = await store.claimDeliveries({ owner: 'node', now: NOW + 2 * MINUTE, until: NOW + 3 * MINUTE, wanted: [{ webhookId: webhook.id, order: 'none', limit: 9 }] });
    if (!told) throw new Error('one was due');
    await store.recordTries([{ seq: told.seq, claim: told.claim, webhookId: told.webhookId, outcome: 'delivered', tried: { at: NOW, ms: 1, status: 200, error: undefined, response: '' } }], NOW);
    expect([await store.retireWebhooks(), await store.webhooks(), (await runsOf(id))[0]?.delivery?.state]).toEqual([1, [], 'delivered']);
    // Kept as long as the record that shows it.
    await store.sweep(NOW + 20 * 86_400_000);
    expect((await runsOf(id))[0]?.delivery?.state).toBe('delivered');
  });

  test('the session of a task goes when nothing has happened in it for long enough, in small steps; its record stays', async () => {
    const { store } = worker();
    const { id } = await add();
    const at = (minute: number) => NOW + minute * MINUTE;
    const runTask = async (minute: number): Promise<string> => {
      const task = { id: fresh('task'), label: undefined, workingDirectory: undefined };
      const run = slotOf(id, { scheduledFor: at(minute), via: 'request', job: { revision: 1 } });
      const { sessionId } = await store.acceptTurn(newTurn(newSession(`agent:main:task-${minute}`, { now: at(minute) }), { duties: { run }, now: at(minute), task }));
      const started = await worker().begin();
      await store.endTurn(started.fence, { ...done(started), now: at(minute) });
      return sessionId;
    };
    const [first, second, third, used] = [await runTask(1), await runTask(2), await runTask(9), await runTask(3)];
    await accept(slotOf(id, { scheduledFor: at(4), via: 'request', job: { revision: 1 } }));
    await worker().runAll();
    // Somebody goes on with one of them; another was deleted by hand.
    await worker().accept('agent:main:task-3', { now: at(20) });
    await store.deleteSession(second);
    const clear = (most: number, before = at(5)) => store.clearCronSessions({ before, most, now: at(30) });
    expect([await clear(1), await clear(9), await clear(9)]).toEqual([1, 1, 0]);
    const found = async () => Promise.all([first, second, third, used].map(async (session) => (await store.findSession({ id: session })) !== undefined));
    expect(await found()).toEqual([false, false, true, true]);
    expect([(await runsOf(id)).length, (await store.findSession({ key: 'agent:main:main' }))?.messageCount]).toEqual([5, 2]);
    expect([await clear(9, at(40)), await found()]).toEqual([2, [false, false, false, false]]);
  });

  test('of one job as many records are kept as may be, and those that a clock put back would look for', async () => {
    const { store } = worker();
    const [many, few] = [await add(), await add()];
    for (let n = 1; n <= 8; n++) {
      await settle(many.id, { slot: { scheduledFor: NOW + n, state: 'skipped', via: 'schedule', reason: undefined, error: undefined } });
      if (n <= 2) await settle(few.id, { slot: { scheduledFor: NOW + n, state: 'skipped', via: 'schedule', reason: undefined, error: undefined } });
    }
    const trim = (over: object = {}) => store.trimCronRuns({ after: '', jobs: 9, keep: 3, most: 2, before: NOW + MINUTE, sessionsStay: false, ...over });
    const left = async (job: string) => (await runsOf(job)).map(({ scheduledFor }) => scheduledFor - NOW);
    expect([await trim({ before: NOW }), await left(many.id)]).toEqual([{ last: few.id, more: false }, [8, 7, 6, 5, 4, 3, 2, 1]]);
    expect([await trim(), await left(many.id)]).toEqual([{ last: '', more: true }, [8, 7, 6, 5, 4, 3]]);
    expect([await trim({ most: 9 }), await left(many.id), await left(few.id)]).toEqual([{ last: few.id, more: false }, [8, 7, 6], [2, 1]]);
    expect([await trim({ jobs: 1 }), await trim({ jobs: 1, after: few.id })]).toEqual([{ last: many.id, more: true }, { last: undefined, more: false }]);
  });

  test('a job that is removed while it runs leaves its record whole', async () => {
    const { id } = await add();
    await accept(slotOf(id));
    await worker().store.deleteCronJob(id);
    await worker().runAll();
    expect(await runsOf(id)).toMatchObject([{ state: 'ran' }]);
  });

  test('hearts have slots without a job: once each, and what waited is taken with the turn', async () => {
    const { store } = worker();
    for (const text of ['one', 'two', 'three']) await store.addWake(wake(text));
    const [first, second] = await store.pendingWakes({ workspace: 'main', agent: 'main' }, 2);
    const beat: SlotRun = { jobId: 'heartbeat:main:main', jobName: 'heartbeat', scheduledFor: NOW, via: 'schedule', wakes: [first?.id ?? '', second?.id ?? ''] };
    await accept(beat);
    await expect(accept({ ...beat, wakes: [] })).rejects.toMatchObject({ details: { cron: 'slot' } });
    expect((await store.pendingWakes({ workspace: 'main', agent: 'main' }, 9)).map(({ text }) => text)).toEqual(['three']);
    await worker().runAll();
    expect([await runsOf(), await told()]).toEqual([[], []]);
    expect(await runsOf('heartbeat:main:main')).toMatchObject([{ state: 'ran' }]);
  });

  test('records are listed by job, workspace and state, and go after thirty days', async () => {
    const { store } = worker();
    const [one, two] = [await add(), await add({ workspace: 'team' })];
    await settle(one.id);
    await settle(two.id, { slot: { scheduledFor: NOW + 2 * MINUTE, state: 'ran', via: 'schedule', reason: undefined, error: undefined } });
    const list = async (filter: object) => {
      const { runs, total } = await store.listCronRuns({ job: undefined, workspaces: undefined, states: undefined, limit: 10, offset: 0, ...filter });
      return [total, ...runs.map(({ jobId }) => jobId)];
    };
    expect(await list({})).toEqual([2, two.id, one.id]);
    expect(await list({ limit: 1, offset: 1 })).toEqual([2, one.id]);
    expect(await list({ workspaces: ['team'] })).toEqual([1, two.id]);
    expect(await list({ states: ['skipped'] })).toEqual([1, one.id]);
    expect(await list({ job: one.id, states: ['ran'] })).toEqual([0]);
    await store.sweep(NOW + 30 * 86_400_000 + MINUTE);
    expect(await list({})).toEqual([2, two.id, one.id]);
    await store.sweep(NOW + 30 * 86_400_000 + MINUTE + 1);
    expect(await list({})).toEqual([1, two.id]);
  });
};
