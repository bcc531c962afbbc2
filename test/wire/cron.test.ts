/** The schedule as those who may not do everything see it, and what is refused at the door. */
import {
  addCronJob, type CronJob, createCredential, listCronJobs, listCronRuns, listTasks, removeCronJob, revokeCredential, rotateCredential, runCronJob, sendMessage, updateCronJob,
} from '@openclaw/contract';
import { connect } from '@openclaw/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { verifies } from '../requirements/verifies.ts';
import { makeStateDirectory, removeFolder, startProcess } from '../support/fault-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type ModelScript, startModelServer } from '../support/model-server.ts';

let gateway: TestGateway;
let script: ModelScript;
beforeAll(async () => {
  gateway = await startGateway({ script: (request) => script(request), config: { cron: { maxJobs: 40 }, api: { port: null, keys: [{ key: 'oclaw_live_of_the_file', label: 'filed', permissions: ['cron:read', 'cron:write', 'messages:write'] }] } } });
});
beforeEach(() => {
  script = () => ({ text: 'Done.' });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const clientOf = (secret: string) => connect({ baseUrl: gateway.url, token: secret });
const keyFor = async (name: string, over: object = {}) =>
  gateway.client.call(createCredential, { kind: 'api-key', name, permissions: ['cron:read', 'cron:write', 'messages:write', 'messages:read', 'sessions:read'], ...over });
const DAILY = { kind: 'cron', expr: '0 8 * * *', tz: 'UTC' } as const;
const LOOK = { kind: 'agentTurn', message: 'Look' } as const;
const SOON = { kind: 'every', everyMs: 1_000 } as const;

const post = async (path: string, json: unknown, headers: Record<string, string> = {}) => {
  const response = await gateway.request(path, { json, headers });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> & { error?: { code: string; message: string; details?: Record<string, unknown> } } }; // every answer is an object
};
const add = (over: object = {}): Promise<CronJob> => gateway.client.call(addCronJob, { name: 'job', schedule: DAILY, payload: LOOK, ...over });
const runs = async (job: string) => (await gateway.client.call(listCronRuns, { job })).runs;

describe('what is no schedule', () => {
  const REFUSED: readonly (readonly [what: string, expr: string, words: RegExp])[] = [
    ['a date that never comes', '0 0 31 2 *', /is never due: there is no such date/],
    ['sixty fields', Array(60).fill('*').join(' '), /five fields/],
    ['a step of nothing', '*/0 * * * *', /stepping/],
    ['a minute that is not there', '99 * * * *', /Invalid value for minute: 99/],
    ['a start', '@reboot', /@reboot is no time/],
    ['ten thousand characters', `${'1,'.repeat(5_000)}1 * * * *`, /256/],
    ['four fields', '0 8 * *', /five fields/],
    ['a year', '0 0 0 1 1 * 2099', /five fields/],
    ['a command', '0 8 * * *; rm -rf /', /five fields/],
    ['a range backwards', '0 18-9 * * *', /./],
    ['nothing', '   ', /./],
    ['a word', '@sometimes', /five fields/],
    ['a weekday of no month', '0 0 31 2 +MON#5', /never due/],
  ];

  test('each is refused in words, and at once', async () => {
    for (const [what, expr, words] of REFUSED) {
      const startedAt = performance.now();
      const { status, json } = await post('/api/native/cron.preview', { schedule: { kind: 'cron', expr } });
      expect([what, status, json.error?.code]).toEqual([what, 400, 'invalid_request']);
      expect(json.error?.message, what).toMatch(words);
      // However long or strange it is: nobody else waits for it.
      expect(performance.now() - startedAt, what).toBeLessThan(1_000);
    }
    // Once a second is as often as it gets.
    const { json } = await post('/api/native/cron.preview', { schedule: { kind: 'cron', expr: '* * * * * *', tz: 'UTC' }, count: 3 });
    const [first = '', second = '', third = ''] = json['times'] as string[]; // of three
    expect([Date.parse(second) - Date.parse(first), Date.parse(third) - Date.parse(second)]).toEqual([1_000, 1_000]);
    expect((await post('/api/native/cron.preview', { schedule: { kind: 'every', everyMs: 999 } })).status).toBe(400);
  });

  test.each([
    ['0 0 L * *', 5], ['0 0 * * FRI#2', 5], ['0 0 * JAN-MAR MON-FRI', 5], ['@daily', 5], ['15W * * * *', 0], ['0 12 15W * *', 5], ['0 30 9 * * 1-5', 5], ['0 0 29 2 *', 5], ['0,1,2,3,4,5,6,7,8,9,10,11 * * * *', 5],
  ])('%s has %d next times', async (expr, times) => {
    const { status, json } = await post('/api/native/cron.preview', { schedule: { kind: 'cron', expr } });
    expect([status === 200, (json['times'] as string[] | undefined)?.length ?? 0]).toEqual([times > 0, times]);
  });

  test.each([
    ['2090-03-02T09:00:00+01:00', '2090-03-02T08:00:00.000Z'], ['2090-03-02T09:00', '2090-03-02T08:00:00.000Z'], ['2090-03-02', '2090-03-01T23:00:00.000Z'],
    // The clock is put forward over this one, and shows that one twice.
    ['2026-03-29T02:30', '2026-03-29T01:00:00.000Z'], ['2090-10-29T02:30', '2090-10-29T00:30:00.000Z'],
    ['2001-01-01T00:00', undefined], ['2090-02-30', undefined], ['2090-03-02T25:00', undefined], ['tomorrow', undefined], ['9999999-01-01', undefined], ['2190-01-01', undefined],
  ])('at %s in Berlin is %s', async (at, moment) => {
    const { status, json } = await post('/api/native/cron.preview', { schedule: { kind: 'at', at, tz: 'Europe/Berlin' } });
    if (moment === undefined || Date.parse(moment) < Date.now()) expect(status).toBe(400);
    else expect(json['times']).toEqual([moment]);
  });

  test.each([
    [{ schedule: { kind: 'cron', expr: '0 8 * * *', tz: 'Mars/Base' } }, 'schedule.tz'], [{ schedule: { kind: 'on-exit', command: 'x' } }, 'schedule.kind'], [{ payload: { kind: 'command', argv: ['x'] } }, 'payload.kind'],
    [{ payload: { kind: 'agentTurn', message: ' ' } }, 'payload.message'], [{ target: 'session:' }, 'target'], [{ target: 'session:a b' }, 'session'], [{ delivery: { mode: 'pigeon', to: 'http://x' } }, 'delivery.mode'], [{ delivery: { mode: 'webhook' } }, 'delivery.to'], [{ delivery: { mode: 'webhook', to: 'https://app.example/', secret: 'short' } }, 'delivery.secret'],
    [{ delivery: { mode: 'announce', channel: 'telegram' } }, 'delivery.to'], [{ agent: 'nobody' }, 'agent'], [{ wakeMode: 'next-heartbeat' }, 'wakeMode'], [{ name: '' }, 'name'], [{ payload: { ...LOOK, model: 'nobody/none' } }, undefined],
  ])('%j is refused', async (over, path) => {
    const { status, json } = await post('/api/native/cron.add', { name: 'job', schedule: DAILY, payload: LOOK, ...over });
    expect([status, json.error?.details?.['path']]).toEqual([400, path]);
  });
});

describe('who may', () => {
  test('one credential has as many jobs as it may', async () => {
    const { secret, id } = await keyFor('many');
    const many = clientOf(secret);
    const job = { name: 'one of many', schedule: DAILY, payload: LOOK };
    for (let i = 0; i < 40; i++) await many.call(addCronJob, job);
    await expect(many.call(addCronJob, job)).rejects.toMatchObject({ code: 'conflict', details: { limit: 40, setting: 'cron.maxJobs' } });
    // One key's number is no other's.
    await add();
    const { jobs } = await many.call(listCronJobs, { limit: '200' });
    const own = jobs.filter(({ actsFor }) => actsFor === id);
    await many.call(removeCronJob, { job: own[0]?.id ?? '' });
    await many.call(addCronJob, job);
    for (const { id: each } of own.slice(1)) await many.call(removeCronJob, { job: each });
  });

  test('what is of another workspace is not there; a job of one cannot write to another', async () => {
    const { secret } = await keyFor('team', { workspaces: ['team'] });
    const team = clientOf(secret);
    const theirs = await team.call(addCronJob, { name: 'theirs', schedule: DAILY, payload: LOOK });
    const ours = await add({ name: 'ours' });
    expect(theirs.workspace).toBe('team');
    expect((await team.call(listCronJobs, {})).jobs.map(({ name }) => name)).toEqual(['theirs']);
    for (const call of [() => team.call(updateCronJob, { job: ours.id, name: 'x' }), () => team.call(removeCronJob, { job: ours.id }), () => team.call(runCronJob, { job: ours.id })]) {
      await expect(call()).rejects.toMatchObject({ code: 'job_not_found' });
    }
    await gateway.client.call(runCronJob, { job: ours.id });
    expect((await team.call(listCronRuns, { job: ours.id })).runs).toEqual([]);
    await expect(team.call(addCronJob, { name: 'x', schedule: DAILY, payload: LOOK, workspace: 'main' })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(team.call(addCronJob, { name: 'x', schedule: DAILY, payload: LOOK, target: 'session:agent:main:main' })).rejects.toMatchObject({ code: 'session_not_found' });
    const { sessionId } = await gateway.client.call(sendMessage, { text: 'Hi' });
    const crossing = await team.call(addCronJob, { name: 'x', schedule: DAILY, payload: LOOK, target: `session:${sessionId}` });
    await expect(team.call(runCronJob, { job: crossing.id })).rejects.toMatchObject({ code: 'session_not_found' });
  });

  test('a job sends messages: who may send none cannot have one send them', async () => {
    const { secret } = await keyFor('mute', { permissions: ['cron:read', 'cron:write'] });
    await expect(clientOf(secret).call(addCronJob, { name: 'x', schedule: DAILY, payload: LOOK })).rejects.toMatchObject({ code: 'forbidden', details: { permission: 'messages:write' } });
  });

  test('who changes what a job does is whom it acts for; nobody lends it their rights unasked, or borrows its own', async () => {
    const { secret, id } = await keyFor('clerk', { permissions: ['cron:read', 'cron:write', 'messages:write', 'channels:write'] });
    const clerk = clientOf(secret);
    const ours = await add({ delivery: { mode: 'announce', channel: 'telegram', to: '1' } });
    expect((await clerk.call(updateCronJob, { job: ours.id, name: 'renamed' })).actsFor).toBe('gateway-token');
    for (const change of [{ delivery: { mode: 'announce', channel: 'telegram', to: 'clerk' } }, { target: 'main' }] as const) {
      await expect(clerk.call(updateCronJob, { job: ours.id, ...change })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('give it a payload too') });
    }
    expect((await clerk.call(updateCronJob, { job: ours.id, target: 'main', payload: { kind: 'agentTurn', message: 'Mine' } })).actsFor).toBe(id);
    await expect(gateway.client.call(updateCronJob, { job: ours.id, target: 'isolated' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('what a revoked key made does not run, and says why; what a rotated one made goes on', async () => {
    const [gone, turned] = await Promise.all([keyFor('gone'), keyFor('turned')]);
    const jobs = await Promise.all([gone, turned].map(({ secret }) => clientOf(secret).call(addCronJob, { name: 'x', schedule: SOON, payload: LOOK, enabled: false })));
    await gateway.client.call(revokeCredential, { credential: 'gone' });
    await gateway.client.call(rotateCredential, { credential: 'turned' });
    for (const { id } of jobs) await gateway.client.call(updateCronJob, { job: id, enabled: true });
    const [one, two] = jobs.map(({ id }) => id);
    await expect.poll(() => runs(one ?? ''), { timeout: 5_000 }).toContainEqual(expect.objectContaining({ state: 'skipped', reason: 'the credential gone that it acts for was revoked', turnId: null }));
    await expect.poll(() => runs(two ?? ''), { timeout: 5_000 }).toContainEqual(expect.objectContaining({ state: 'ran' }));
    await expect(gateway.client.call(runCronJob, { job: one ?? '' })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('was revoked') });
    for (const { id } of jobs) await gateway.client.call(removeCronJob, { job: id });
  });

  test('what a key of the configuration may not do any more, its jobs may not', async () => {
    const { id } = await clientOf('oclaw_live_of_the_file').call(addCronJob, { name: 'x', schedule: DAILY, payload: LOOK });
    expect(await gateway.client.call(runCronJob, { job: id })).toMatchObject({ ran: true });
    await gateway.client.call(removeCronJob, { job: id });
  });
});

describe('what runs', () => {
  verifies('beyond.cron-slot', async () => {
    let answers = false;
    const model = await startModelServer({ script: async () => (answers ? { text: 'Done.' } : { text: ['Hm'], chunkDelayMs: 0, breaks: 'hang' as const }) });
    const folder = await makeStateDirectory(model.url);
    let process = await startProcess({ folder });
    const ours = () => connect({ baseUrl: process.url, token: process.token });
    try {
      const { id } = await ours().call(addCronJob, { name: 'x', schedule: { kind: 'at', at: '1s' }, payload: LOOK, deleteAfterRun: false });
      const states = async () => (await ours().call(listCronRuns, { job: id })).runs.map(({ state }) => state);
      await expect.poll(states, { timeout: 5_000 }).toEqual(['running']);
      await process.end('SIGKILL');
      answers = true;
      process = await startProcess({ folder });
      await expect.poll(states, { timeout: 8_000 }).toEqual(['ran']);
      expect((await ours().call(listTasks, {})).total).toBe(1);
    } finally {
      await process.end('SIGKILL');
      await model.close();
      await removeFolder(folder);
    }
  });
  test('one at a time: what is due meanwhile waits for it, and is not begun twice', async () => {
    let open = (): void => {};
    const held = new Promise<void>((resolve) => (open = resolve));
    let calls = 0;
    script = async () => {
      calls++;
      await held;
      return { text: 'At last.' };
    };
    const { id } = await add({ schedule: SOON });
    await expect.poll(() => calls, { timeout: 5_000 }).toBe(1);
    await expect(gateway.client.call(runCronJob, { job: id })).rejects.toMatchObject({ code: 'conflict' });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect([calls, (await runs(id)).map(({ state }) => state)]).toEqual([1, ['running']]);
    open();
    await expect.poll(async () => (await runs(id)).filter(({ state }) => state === 'ran').length, { timeout: 8_000 }).toBeGreaterThan(2);
    await gateway.client.call(removeCronJob, { job: id });
    const all = await runs(id);
    expect(new Set(all.map(({ scheduledFor }) => scheduledFor)).size).toBe(all.length);
  });

  test('a run that fails is recorded as failed, and the next time is tried', async () => {
    script = () => ({ status: 400, message: 'No.' });
    const { id } = await add({ schedule: SOON });
    await expect.poll(async () => (await runs(id)).filter(({ state, error }) => state === 'failed' && error !== null).length, { timeout: 8_000 }).toBeGreaterThan(1);
    await gateway.client.call(removeCronJob, { job: id });
  });

  test('the same request with one Idempotency-Key is one job, and one run', async () => {
    const made = { name: 'once', schedule: DAILY, payload: LOOK };
    const jobs = await Promise.all([1, 2].map(() => post('/api/native/cron.add', made, { 'idempotency-key': 'make-1' })));
    expect(new Set(jobs.map(({ json }) => json['id'])).size).toBe(1);
    const job = String(jobs[0]?.json['id']);
    const twice = [await post('/api/native/cron.run', { job }, { 'idempotency-key': 'run-1' }), await post('/api/native/cron.run', { job }, { 'idempotency-key': 'run-1' })];
    expect(twice.map(({ status }) => status)).toEqual([200, 200]);
    expect(await runs(job)).toHaveLength(1);
  });

  test('switched off it does not run; on again it goes on from now', async () => {
    const { id } = await add({ schedule: SOON, enabled: false });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await runs(id)).toEqual([]);
    await gateway.client.call(updateCronJob, { job: id, enabled: true });
    await expect.poll(async () => (await runs(id))[0]?.state, { timeout: 5_000 }).toBe('ran');
    await gateway.client.call(updateCronJob, { job: id, enabled: false });
    expect((await runs(id)).filter(({ missed }) => missed !== null)).toEqual([]);
  });

  test('the forms of the public project are understood', async () => {
    const forms = [
      { name: 'a', at: '2h', text: 'Tea' }, { name: 'b', atMs: Date.UTC(2090, 0, 1), message: 'Tea' }, { name: 'c', every: '20m', message: 'Tea' }, { name: 'd', everyMs: 60_000, text: 'Tea' },
      { name: 'e', cron: '0 8 * * *', tz: 'UTC', message: 'Tea' }, { name: 'f', schedule: '0 8 * * *', message: 'Tea' }, { name: 'g', schedule: { expr: '0 8 * * *' }, payload: { message: 'Tea' }, wakeMode: 'next-heartbeat' },
      { name: 'h', schedule: { at: '2090-01-01T00:00:00Z' }, payload: { text: 'Tea' }, sessionTarget: 'main', wakeMode: 'next-heartbeat', agentId: 'main' },
    ];
    const made = await Promise.all(forms.map(async (job, i) => (await post('/api/cron/add', i % 2 ? { job } : job)).json));
    expect(made.map(({ schedule, payload, sessionTarget, wakeMode }) => [(schedule as { kind: string }).kind, (payload as { kind: string }).kind, sessionTarget, wakeMode])).toEqual([
      ['at', 'systemEvent', 'main', 'now'], ['at', 'agentTurn', 'isolated', 'now'], ['every', 'agentTurn', 'isolated', 'now'], ['every', 'systemEvent', 'main', 'now'],
      ['cron', 'agentTurn', 'isolated', 'now'], ['cron', 'agentTurn', 'isolated', 'now'], ['cron', 'agentTurn', 'isolated', 'now'], ['at', 'systemEvent', 'main', 'next-heartbeat'],
    ]);
    for (const [i, job] of [{ name: 'x' }, { name: 'x', message: 'Tea' }, { name: 'x', schedule: 5, message: 'Tea' }, { name: 'x', schedule: { kind: 'stream' }, message: 'Tea' }, 'x', null].entries()) {
      expect([i, (await post('/api/cron/add', { job })).status]).toEqual([i, 400]);
    }
    const [first] = made;
    const changed = await post('/api/cron/update', { id: first?.['id'], patch: { enabled: false, name: 'z' } });
    expect(changed.json).toMatchObject({ name: 'z', enabled: false, schedule: first?.['schedule'] });
    expect((await post('/api/cron/enable', { jobId: first?.['id'] })).json).toMatchObject({ enabled: true });
    for (const { id } of made) expect((await post('/api/cron/remove', { id })).json).toEqual({ ok: true, removed: true });
  });
});
