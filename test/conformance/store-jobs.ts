import { expect, test } from 'vitest';
import type { NewCronJob } from '../../packages/gateway/src/engine/ports/schedule-records.ts';
import { MOST, newJob, wake, webhookFor } from './schedule-fixture.ts';
import { NOW, type Worker } from './turn-fixture.ts';

export const jobTests = (worker: () => Worker): void => {
  const add = (over: Partial<NewCronJob> = {}) => worker().store.addCronJob(newJob(over), MOST);

  test('a job is kept as it was given, and found', async () => {
    const { store } = worker();
    const job = newJob({ description: 'Why', delivery: { mode: 'announce', channel: 'telegram', to: '42' }, schedule: { kind: 'cron', expr: '0 8 * * *', tz: 'Asia/Hong_Kong' } });
    const kept = { ...job, revision: 1, runningTurn: undefined, lastRun: undefined };
    expect(await store.addCronJob(job, MOST)).toEqual(kept);
    expect(await store.findCronJob(job.id)).toEqual(kept);
    expect(await store.findCronJob('cron_none')).toBeUndefined();
  });

  test('one credential has as many as it may; the same request makes one', async () => {
    const { store } = worker();
    const once = { scope: 'tester cron.add', key: 'k', hash: 'h', expiresAt: NOW + 1_000 };
    const first = await store.addCronJob(newJob(), 2, once);
    expect(await store.addCronJob(newJob(), 2, once)).toEqual(first);
    await store.addCronJob(newJob(), 2);
    await expect(store.addCronJob(newJob(), 2)).rejects.toMatchObject({ code: 'conflict', details: { setting: 'cron.maxJobs' } });
    await store.addCronJob(newJob({ caller: { id: 'another', permissions: [], workspaces: [] } }), 2);
    expect(await store.deleteCronJob(first.id)).toBe(true);
    await expect(store.addCronJob(newJob(), 2, once)).rejects.toMatchObject({ code: 'job_not_found' });
    await store.addCronJob(newJob(), 2);
  });

  test('they are listed by when they are due, those that are not at the end', async () => {
    const { store } = worker();
    const late = await add({ nextAt: NOW + 9 });
    const off = await add({ enabled: false, nextAt: NOW });
    const soon = await add({ nextAt: NOW + 1, workspace: 'team' });
    const ids = async (filter: { workspaces?: string[]; enabled?: boolean; target?: NewCronJob['target']; limit?: number; offset?: number }) => {
      const { jobs, total } = await store.listCronJobs({ workspaces: undefined, enabled: undefined, limit: 10, offset: 0, ...filter });
      return [total, ...jobs.map(({ id }) => id)];
    };
    expect(await ids({})).toEqual([3, soon.id, late.id, off.id]);
    expect(await ids({ limit: 1, offset: 1 })).toEqual([3, late.id]);
    expect(await ids({ enabled: false })).toEqual([1, off.id]);
    expect(await ids({ workspaces: ['team'] })).toEqual([1, soon.id]);
    expect(await ids({ workspaces: [] })).toEqual([0]);
    const theirs = await add({ target: 'session:agent:main:@telegram%3A42', name: '"target":"session:agent:main:a_b"' });
    expect(await ids({ target: theirs.target })).toEqual([1, theirs.id]);
    for (const target of ['session:agent:main:@telegram%3A4', 'session:agent:main:@TELEGRAM%3A42', 'session:agent:main:a_b', 'session:%'] as const) expect(await ids({ target })).toEqual([0]);
  });

  test('a change holds where the job is as it was looked at; what is not named stays', async () => {
    const { store } = worker();
    const { id } = await add({ description: 'Why' });
    const changed = await store.changeCronJob(id, 1, { name: 'tock', enabled: false, nextAt: NOW + 5, now: NOW + 1 });
    expect(changed).toMatchObject({ name: 'tock', description: 'Why', enabled: false, nextAt: NOW + 5, revision: 2, updatedAt: NOW + 1, caller: { id: 'tester' } });
    expect(await store.changeCronJob(id, 1, { enabled: true, nextAt: undefined, now: NOW })).toBeUndefined();
    expect(await store.findCronJob(id)).toEqual(changed);
    const taken = await store.changeCronJob(id, 2, { enabled: true, caller: { id: 'another', permissions: ['*'], workspaces: ['*'] }, nextAt: undefined, now: NOW });
    expect([taken?.caller.id, taken?.caller.permissions, taken?.nextAt]).toEqual(['another', ['*'], undefined]);
    expect(await store.deleteCronJob(id)).toBe(true);
    expect(await store.deleteCronJob(id)).toBe(false);
    expect(await store.changeCronJob(id, 3, { enabled: true, nextAt: undefined, now: NOW })).toBeUndefined();
  });

  test('what is due comes the longest due first; what is off or runs does not', async () => {
    const { store } = worker();
    const [second, first, later] = [await add({ nextAt: NOW }), await add({ nextAt: NOW - 5 }), await add({ nextAt: NOW + 7 })];
    await add({ nextAt: NOW - 9, enabled: false });
    await add({ nextAt: undefined });
    const due = async (most = 10) => (await store.dueCronJobs(NOW, most)).map(({ id }) => id);
    expect(await due()).toEqual([first.id, second.id]);
    expect(await due(1)).toEqual([first.id]);
    expect(await store.nextCronDue(NOW)).toEqual({ at: NOW + 7, waiting: true });
    expect(await store.nextCronDue(NOW + 7)).toEqual({ at: undefined, waiting: true });
    expect(await store.nextCronDue(NOW - 10)).toEqual({ at: NOW - 5, waiting: false });
    await store.moveCronJobs([
      { id: first.id, revision: 1, from: NOW - 5, nextAt: NOW + 3 }, { id: second.id, revision: 9, from: NOW, nextAt: NOW + 3 }, { id: later.id, revision: 1, from: NOW, nextAt: NOW + 3 },
    ]);
    expect(await due()).toEqual([second.id]);
    expect((await store.cronJobsAfter('', 10)).length).toBe(4);
    expect((await store.cronJobsAfter(second.id, 1)).map(({ id }) => id)).toEqual([first.id]);
  });

  test('a schedule goes with its workspace', async () => {
    const { store } = worker();
    const webhook = webhookFor('cron_of_team', { workspace: 'team' });
    const { id } = await add({ id: 'cron_of_team', workspace: 'team', webhook });
    await store.addWorkspace({ id: 'team', label: undefined, agent: undefined, skills: undefined, allowlist: [], budget: undefined, sessions: 0, createdAt: NOW, updatedAt: NOW });
    await store.addWake(wake('one', { workspace: 'team' }));
    await store.deleteWorkspace('team');
    expect([await store.findCronJob(id), await store.pendingWakes({ workspace: 'team', agent: 'main' }, 9), await store.webhooks()]).toEqual([undefined, [], []]);
  });
};
