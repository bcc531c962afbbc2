/** A job that delivers to a webhook: an endpoint of its own, told of each end of a run. */
import { connect } from '@openclaw/client';
import {
  addCronJob, createCredential, deleteWebhook, getCronJob, getWebhook, listCronRuns, listDeliveries, listWebhooks, removeCronJob, rotateWebhook, runCronJob, updateCronJob, updateWebhook,
} from '@openclaw/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyStandardWebhook } from '../../packages/client-kit/src/webhooks.ts';
import { makeStateDirectory, portOf, removeFolder, startProcess } from '../support/fault-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startModelServer } from '../support/model-server.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ deliveryPace: 0.001, script: ({ messages }) => (JSON.stringify(messages).includes('fail') ? { status: 400, message: 'No.' } : { text: `Looked. ${'All is well. '.repeat(400)}` }) });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const DAILY = { kind: 'cron', expr: '0 8 * * *', tz: 'UTC' } as const;
const LOOK = { kind: 'agentTurn', message: 'Look' } as const;
const add = (to: string, over: object = {}) => gateway.client.call(addCronJob, { name: 'look', schedule: DAILY, payload: LOOK, delivery: { mode: 'webhook', to }, ...over });
const lastRun = async (job: string) => (await gateway.client.call(listCronRuns, { job })).runs[0];

test('each end of a run is told to the job’s own webhook, signed, with the whole answer', async () => {
  await using receiver = await startReceiver();
  const job = await add(receiver.url);
  expect(job).toMatchObject({ delivery: { mode: 'webhook', to: receiver.url }, webhook: `wh_${job.id}`, webhookSecret: expect.stringMatching(/^whsec_/) });
  const other = await add(`${receiver.url}/other`, { delivery: { mode: 'webhook', to: `${receiver.url}/other`, secret: 'a-secret-of-mine' } });
  expect(other.webhookSecret).toBeUndefined();
  await gateway.client.call(runCronJob, { job: job.id });
  const [told] = await receiver.wait(1);
  expect(told?.json).toMatchObject({ event: 'cron.finished', data: { jobId: job.id, name: 'look', state: 'ran', via: 'request', error: null, turnId: expect.stringMatching(/^turn_/), durationMs: expect.any(Number) } });
  expect(String(told?.json.data['response']).length).toBeGreaterThan(5_000);
  expect(verifyStandardWebhook(told?.body ?? '', told?.headers ?? {}, job.webhookSecret ?? '')).toBe(true);
  await expect.poll(async () => (await lastRun(job.id))?.delivery).toEqual({ id: told?.id, state: 'delivered', tries: 1, status: 200, error: null });
  expect((await gateway.client.call(getCronJob, { job: job.id })).lastRun?.delivery).toMatchObject({ state: 'delivered' });
  await gateway.client.call(runCronJob, { job: other.id });
  const { path, body, headers } = (await receiver.wait(2))[1] ?? { path: '', body: '', headers: {} };
  expect([path, verifyStandardWebhook(body, headers, 'a-secret-of-mine')]).toEqual(['/hook/other', true]);
  // Nobody got what was another's.
  expect(receiver.received.map(({ json }) => json.data['jobId'])).toEqual([job.id, other.id]);
});

test('a run that fails is told, too; what was not delivered stands in the history of the job', async () => {
  await using receiver = await startReceiver(() => 503);
  const job = await add(receiver.url, { payload: { ...LOOK, message: 'fail' } });
  await gateway.client.call(runCronJob, { job: job.id });
  expect((await receiver.wait(1))[0]?.json).toMatchObject({ data: { state: 'failed', error: { code: 'model_failed' }, response: null } });
  await expect.poll(async () => (await lastRun(job.id))?.delivery, { timeout: 3_000 }).toMatchObject({ state: 'pending', status: 503, error: 'answered 503' });
  const runs = await (await gateway.request(`/api/cron/runs?id=${job.id}`)).json();
  expect(runs).toMatchObject({ runs: [{ status: 'error', deliveryStatus: 'unknown', delivered: false, deliveryError: 'answered 503' }] });
  // Gone with its job, it is not sent any more; the record says why.
  await gateway.client.call(removeCronJob, { job: job.id });
  expect((await lastRun(job.id))?.delivery).toMatchObject({ state: 'failed', error: 'the job was removed' });
  expect((await gateway.client.call(listWebhooks, {})).webhooks.map(({ id }) => id)).not.toContain(job.webhook);
});

test('a job that goes when it has run is told of all the same', async () => {
  let well = false;
  await using receiver = await startReceiver(() => (well ? 200 : 503));
  const job = await add(receiver.url, { schedule: { kind: 'at', at: '1s' } });
  await receiver.wait(1);
  await expect(gateway.client.call(getCronJob, { job: job.id })).rejects.toMatchObject({ code: 'job_not_found' });
  well = true;
  await expect.poll(async () => (await lastRun(job.id))?.delivery?.state, { timeout: 8_000 }).toBe('delivered');
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
});

test('it belongs to its job: seen among webhooks, changed and removed with the job alone', async () => {
  await using receiver = await startReceiver(() => 410);
  const job = await add(receiver.url);
  const webhook = job.webhook ?? '';
  expect((await gateway.client.call(listWebhooks, { limit: '200' })).webhooks.find(({ id }) => id === webhook)).toMatchObject({ source: 'cron', job: job.id, events: ['cron.finished'], workspace: 'main', enabled: true, signed: true });
  await expect(gateway.client.call(deleteWebhook, { webhook })).rejects.toMatchObject({ code: 'conflict', details: { job: job.id } });
  await expect(gateway.client.call(updateWebhook, { webhook, url: 'https://elsewhere.example/' })).rejects.toMatchObject({ code: 'conflict' });
  const { secret } = await gateway.client.call(rotateWebhook, { webhook });
  // Gone, it is switched off; what comes meanwhile waits.
  await gateway.client.call(runCronJob, { job: job.id });
  await expect.poll(async () => (await gateway.client.call(getWebhook, { webhook })).enabled).toBe(false);
  await gateway.client.call(runCronJob, { job: job.id });
  await expect.poll(async () => (await gateway.client.call(listDeliveries, { webhook })).deliveries.map(({ state }) => state)).toEqual(['pending', 'failed']);
  await using mended = await startReceiver();
  const changed = await gateway.client.call(updateCronJob, { job: job.id, delivery: { mode: 'webhook', to: mended.url } });
  // The secret it has it keeps.
  expect([changed.webhook, changed.webhookSecret]).toEqual([webhook, undefined]);
  const [told] = await mended.wait(1);
  expect(verifyStandardWebhook(told?.body ?? '', told?.headers ?? {}, secret ?? '')).toBe(true);
  expect(await gateway.client.call(updateCronJob, { job: job.id, delivery: { mode: 'none' } })).toMatchObject({ delivery: { mode: 'none' }, webhook: null });
  await expect(gateway.client.call(getWebhook, { webhook })).rejects.toMatchObject({ code: 'webhook_not_found' });
  await gateway.client.call(runCronJob, { job: job.id });
  await expect.poll(async () => (await lastRun(job.id))?.state).toBe('ran');
  expect((await lastRun(job.id))?.delivery).toBeNull();
});

test('where it may point is seen when the job is made, by the rules of all webhooks', async () => {
  const keyFor = async (permissions: ('cron:write' | 'messages:write' | 'webhooks:write')[]) => {
    const { secret } = await gateway.client.call(createCredential, { kind: 'api-key', name: `clerk ${permissions.length}`, permissions });
    return connect({ baseUrl: gateway.url, token: secret });
  };
  const wanted = (to: string) => ({ name: 'x', schedule: DAILY, payload: LOOK, delivery: { mode: 'webhook' as const, to } });
  const clerk = await keyFor(['cron:write', 'messages:write', 'webhooks:write']);
  for (const to of ['http://127.0.0.1:9/', 'http://169.254.169.254/', 'http://[::1]/', 'file:///etc/passwd', 'nowhere', 'https://user:pass@app.example/']) {
    await expect(clerk.call(addCronJob, wanted(to)), to).rejects.toMatchObject({ code: 'invalid_request', details: { path: 'delivery.to' } });
  }
  await clerk.call(addCronJob, wanted('https://app.example/hook'));
  await expect((await keyFor(['cron:write', 'messages:write'])).call(addCronJob, wanted('https://app.example/hook'))).rejects.toMatchObject({ code: 'forbidden', details: { permission: 'webhooks:write' } });
  // Not even whoever may do everything sends to the gateway itself.
  await expect(add(gateway.url)).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('own') });
});

test('the form of the public project has it', async () => {
  const made = await (await gateway.request('/api/cron/add', { json: { name: 'y', cron: '0 8 * * *', message: 'Tea', delivery: { mode: 'webhook', url: 'https://app.example/hook' } } })).json();
  expect(made).toMatchObject({ delivery: { mode: 'webhook', to: 'https://app.example/hook' }, webhook: expect.stringMatching(/^wh_cron_/), webhookSecret: expect.any(String) });
  const refused = await gateway.request('/api/cron/add', { json: { name: 'y', cron: '0 8 * * *', message: 'Tea', delivery: { mode: 'webhook' } } });
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: { details: { path: 'delivery.to' } } }]);
});

test('a gateway that dies before its endpoint is back loses nothing', async () => {
  await using model = await startModelServer({ script: () => ({ text: 'Done.' }) });
  const folder = await makeStateDirectory(model.url);
  const receiver = await startReceiver();
  const port = receiver.port;
  let running = await startProcess({ folder, args: ['--delivery-pace', '0.001'] });
  try {
    const url = portOf(running);
    const client = () => connect({ baseUrl: running.url, token: running.token });
    const job = await client().call(addCronJob, { name: 'often', schedule: { kind: 'every', everyMs: 1_000 }, payload: LOOK, delivery: { mode: 'webhook', to: receiver.url } });
    await receiver.wait(1);
    await receiver[Symbol.asyncDispose]();
    await expect.poll(async () => (await client().call(listCronRuns, { job: job.id })).runs.filter(({ delivery }) => delivery?.error != null).length, { timeout: 10_000 }).toBeGreaterThan(0);
    await running.end('SIGKILL');
    running = await startProcess({ folder, port: url, args: ['--delivery-pace', '0.001'] });
    await client().call(updateCronJob, { job: job.id, enabled: false });
    await using again = await startReceiver(() => 200, port);
    const over = async () => (await client().call(listCronRuns, { job: job.id })).runs.filter(({ state }) => state !== 'running');
    await expect.poll(async () => (await over()).every(({ delivery }) => delivery?.state === 'delivered'), { timeout: 30_000 }).toBe(true);
    const told = new Set([...receiver.received, ...again.received].map(({ id }) => id));
    expect(told).toEqual(new Set((await over()).map(({ delivery }) => delivery?.id)));
  } finally {
    await running.end('SIGKILL');
    await removeFolder(folder);
  }
}, 60_000);
