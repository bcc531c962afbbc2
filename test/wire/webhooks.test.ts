import { createHmac } from 'node:crypto';
import {
  createCredential, createWebhook, deleteWebhook, getWebhook, listDeliveries, listEvents, listWebhooks, type RequestOf, redeliver, replayWebhook, rotateWebhook, runTask, sendMessage, testWebhook, updateWebhook,
} from '@openclaw/contract';
import { connect } from '@openclaw/client';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { verifyStandardWebhook, verifyWebhook } from '../../packages/client-kit/src/webhooks.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Received, startReceiver } from '../support/webhook-receiver.ts';

const hmac = (body: string, secret: string): string => createHmac('sha256', secret).update(body).digest('hex');

/** Time runs this much faster between the tries. */
const FAST = { deliveryPace: 0.0001 };

const create = (gateway: TestGateway, input: RequestOf<typeof createWebhook>) => gateway.client.call(createWebhook, input);
const say = (gateway: TestGateway, text: string, session = 'main') => gateway.client.call(sendMessage, { text, session });
const first = (received: readonly Received[]): Received => {
  const [one] = received;
  if (!one) throw new Error('nothing came');
  return one;
};

test('an event arrives, signed in every way that is promised', async () => {
  await using gateway = await startGateway({ script: () => ({ text: 'All is well' }) });
  await using receiver = await startReceiver();
  const made = await create(gateway, { url: receiver.url, events: ['task.completed'] });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const secret = made.secret ?? '';
  await gateway.client.call(runTask, { task: 'Summarize the latest git commits' });
  const delivery = first(await receiver.wait(1));
  expect(delivery.json).toMatchObject({ event: 'task.completed', data: { prompt: 'Summarize the latest git commits', status: 'completed', result: 'All is well', duration_ms: expect.any(Number) } });
  expect(delivery.json.data['task_id']).toMatch(/^task_/);
  expect(JSON.stringify(JSON.parse(delivery.body))).toBe(delivery.body);
  expect(delivery.headers).toMatchObject({ 'content-type': 'application/json', 'x-openclaw-event': 'task.completed', 'x-openclaw-delivery': delivery.id, 'user-agent': 'OpenClaw-Webhooks' });
  expect(delivery.headers['x-openclaw-signature']).toBe(hmac(delivery.body, secret));
  expect(verifyWebhook(delivery.body, delivery.headers['x-openclaw-signature'], secret)).toBe(true);
  expect(verifyStandardWebhook(delivery.body, delivery.headers, secret)).toBe(true);
  expect(new StandardWebhook(secret).verify(delivery.body, delivery.headers)).toEqual(delivery.json);
  const { deliveries } = await settled(gateway, made.id);
  expect(deliveries).toMatchObject([{ id: delivery.id, event: 'task.completed', state: 'delivered', nextTryAt: null, tries: [{ n: 1, status: 200, error: null, response: '{"received":true}' }] }]);
});

/** Its deliveries, once none of them waits. */
const settled = async (gateway: TestGateway, webhook: string) => {
  for (let tries = 0; ; tries++) {
    const answer = await gateway.client.call(listDeliveries, { webhook, limit: 100 });
    if (tries > 400 || (answer.total > 0 && answer.deliveries.every(({ state }) => state !== 'pending'))) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

test('a failed delivery is tried again with the same id, each time with a new signature, until it is taken', async () => {
  await using gateway = await startGateway(FAST);
  await using receiver = await startReceiver((_, nth, response) => (nth === 1 ? 500 : nth === 2 ? (response.destroy(), undefined) : nth === 3 ? 302 : nth === 4 ? 404 : 204));
  const made = await create(gateway, { url: receiver.url, events: ['message.received'], secret: 'a-secret-of-mine' });
  expect(made).not.toHaveProperty('secret');
  await say(gateway, 'Hello');
  const received = await receiver.wait(5);
  expect(new Set(received.map(({ id }) => id)).size).toBe(1);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  for (const { headers, body } of received) expect(verifyStandardWebhook(body, headers, 'a-secret-of-mine')).toBe(true);
  const { deliveries } = await settled(gateway, made.id);
  expect(deliveries[0]?.tries.map(({ status }) => status)).toEqual([500, null, 302, 404, 204]);
  expect(deliveries[0]?.tries[2]?.error).toMatch(/redirects are not followed/);
});

test('when its tries are used up it has failed, is told of, and can be sent again', async () => {
  await using gateway = await startGateway(FAST);
  let well = false;
  await using receiver = await startReceiver(() => (well ? 200 : 503));
  const made = await create(gateway, { url: receiver.url, events: ['message.received'], retries: 2 });
  await say(gateway, 'Hello');
  const { deliveries: [failed] } = await settled(gateway, made.id);
  expect(failed).toMatchObject({ state: 'failed', tries: [{ status: 503 }, { status: 503 }, { status: 503 }] });
  await expect.poll(async () => (await gateway.client.call(listEvents, {})).events.find(({ type }) => type === 'webhook.exhausted')?.data).toMatchObject({ webhookId: made.id, tries: 3, lastStatus: 503 });
  well = true;
  expect(await gateway.client.call(redeliver, { webhook: made.id, delivery: failed?.id ?? '' })).toMatchObject({ id: failed?.id, state: 'pending' });
  await receiver.wait(4);
  expect((await settled(gateway, made.id)).deliveries[0]).toMatchObject({ state: 'delivered', tries: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4, status: 200 }] });
  await expect(gateway.client.call(redeliver, { webhook: made.id, delivery: 'evt_none' })).rejects.toMatchObject({ code: 'delivery_not_found' });
});

test('410 switches it off at once; on again, a replay brings what was missed', async () => {
  await using gateway = await startGateway(FAST);
  let gone = true;
  await using receiver = await startReceiver(() => (gone ? 410 : 200));
  await using watcher = await startReceiver();
  const since = new Date(Date.now() - 1000).toISOString();
  const made = await create(gateway, { url: receiver.url, events: ['message.received'] });
  await create(gateway, { url: watcher.url, events: ['webhook.*'] });
  await say(gateway, 'One');
  expect(first(await watcher.wait(1)).json).toMatchObject({ event: 'webhook.disabled', data: { webhookId: made.id, reason: 'the endpoint answered 410 Gone', lastStatus: 410 } });
  await expect.poll(async () => (await gateway.client.call(getWebhook, { webhook: made.id })).enabled).toBe(false);
  await say(gateway, 'Two');
  await expect(gateway.client.call(replayWebhook, { webhook: made.id, since })).rejects.toMatchObject({ code: 'conflict' });
  expect(receiver.received).toHaveLength(1);
  gone = false;
  expect(await gateway.client.call(updateWebhook, { webhook: made.id, enabled: true })).toMatchObject({ enabled: true, disabledReason: null });
  expect(await gateway.client.call(replayWebhook, { webhook: made.id, since })).toEqual({ replayed: 2 });
  expect((await receiver.wait(3)).slice(1).map(({ json }) => String(json.data['text'])).toSorted()).toEqual(['One', 'Two']);
  expect(watcher.received.filter(({ event }) => event === 'webhook.disabled')).toHaveLength(1);
});

test('a changed secret and the one before it hold for a day; an eleventh old one is refused', async () => {
  await using gateway = await startGateway();
  await using receiver = await startReceiver();
  const made = await create(gateway, { url: receiver.url, events: ['message.received'] });
  const fresh = await gateway.client.call(rotateWebhook, { webhook: made.id });
  expect(Date.parse(fresh.olderSecretsUntil ?? '') - Date.now()).toBeGreaterThan(86_000_000);
  await say(gateway, 'Hello');
  const { body, headers } = first(await receiver.wait(1));
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [made.secret ?? '', fresh.secret ?? '']) {
    expect(verifyStandardWebhook(body, headers, secret)).toBe(true);
    new StandardWebhook(secret).verify(body, headers);
  }
  expect(headers['x-openclaw-signature']).toBe(hmac(body, fresh.secret ?? ''));
  for (let n = 2; n <= 10; n++) await gateway.client.call(rotateWebhook, { webhook: made.id, secret: `secret-number-${n}` });
  await expect(gateway.client.call(rotateWebhook, { webhook: made.id })).rejects.toMatchObject({ code: 'conflict' });
});

test('a test says what the endpoint answers, and how fast', async () => {
  await using gateway = await startGateway();
  await using receiver = await startReceiver(() => 418);
  const made = await create(gateway, { url: receiver.url, events: ['*'], enabled: false });
  expect(await gateway.client.call(testWebhook, { webhook: made.id })).toMatchObject({ ok: false, status: 418, error: 'answered 418', response: '{"received":true}', latencyMs: expect.any(Number) });
  const { json, headers, body } = first(receiver.received);
  expect(json).toMatchObject({ event: 'webhook.test', data: { webhookId: made.id } });
  expect(verifyStandardWebhook(body, headers, made.secret ?? '')).toBe(true);
});

describe('names of events', () => {
  test('each of a document’s names brings what that document prints, and one event is one delivery', async () => {
    await using gateway = await startGateway({ script: ({ messages }) => (JSON.stringify(messages).includes('fail') ? { status: 400 } : { text: 'Done' }) });
    await using receiver = await startReceiver();
    const at = (path: string): string => receiver.url.replace('/hook', `/${path}`);
    await create(gateway, { url: at('s1'), events: ['agent.task.completed', 'agent.error', 'channel.message.received'] });
    await create(gateway, { url: at('s2'), events: ['message.received', 'message.sent', 'session.started', 'error.agent'] });
    await create(gateway, { url: at('s4'), events: ['task.*'] });
    await create(gateway, { url: at('all'), events: ['*'] });
    await create(gateway, { url: at('twice'), events: ['task.completed', 'agent.task.completed'] });
    await gateway.client.call(runTask, { task: 'Write the report', label: 'Report', userId: 'ann' });
    await say(gateway, 'please fail').catch(() => {});
    await receiver.wait(20);
    const got = (path: string, event: string) => receiver.received.filter((one) => one.path === `/${path}` && one.json.event === event).map(({ json }) => json.data);
    expect(got('s1', 'agent.task.completed')).toMatchObject([{ task_name: 'Report', result: 'Done', duration: expect.any(Number) }]);
    expect(got('s1', 'agent.error')).toMatchObject([{ message: expect.any(String), code: 'model_failed', stack: null, context: { workspace: 'main' } }]);
    expect(got('s1', 'channel.message.received')).toMatchObject([{ text: 'Write the report', sender: 'ann' }, { text: 'please fail', channel: 'api' }]);
    expect(got('s2', 'message.sent')).toMatchObject([{ messageId: expect.stringMatching(/^msg_/), workspace: 'main', userId: 'ann', response: 'Done', tokensUsed: expect.any(Number), latencyMs: expect.any(Number) }]);
    expect(Object.keys(got('s2', 'message.sent')[0] ?? {}).slice(0, 4)).toEqual(['messageId', 'workspace', 'userId', 'channel']);
    expect(got('s2', 'error.agent')).toMatchObject([{ code: 'model_failed', workspace: 'main' }]);
    expect(got('s4', 'task.completed')).toMatchObject([{ task_id: expect.stringMatching(/^task_/), prompt: 'Write the report', status: 'completed', duration_ms: expect.any(Number) }]);
    expect(got('s4', 'task.started')).toMatchObject([{ prompt: 'Write the report', status: 'running' }]);
    expect(got('all', 'task.completed')).toMatchObject([{ task_id: expect.any(String), taskId: expect.any(String), task_name: 'Report', durationMs: expect.any(Number), duration_ms: expect.any(Number) }]);
    expect(got('twice', 'task.completed')).toHaveLength(1);
    expect(got('twice', 'agent.task.completed')).toHaveLength(0);
    for (const { body } of receiver.received) expect(JSON.stringify(JSON.parse(body))).toBe(body);
  });

  test('a name that nobody knows is refused, with those there are', async () => {
    await using gateway = await startGateway();
    const refused = create(gateway, { url: 'https://app.example/', events: ['task.complete'] });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(/no event "task\.complete"; there are .*agent\.error.*task\.completed/) });
    await expect(create(gateway, { url: 'https://app.example/', events: ['tusk.*'] })).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

test('a filter lets through what it names, and what it does not is kept as filtered', async () => {
  await using gateway = await startGateway();
  await using receiver = await startReceiver();
  const made = await create(gateway, { url: receiver.url, events: ['channel.message.received'], filter: { channel: ['telegram', 'slack'], sender: 'boss' } });
  const from = (channel: string, user: string) => gateway.client.call(sendMessage, { text: `${channel} ${user}`, context: { channel, user } });
  for (const [channel, user] of [['telegram', 'boss'], ['telegram', 'else'], ['irc', 'boss'], ['slack', 'boss']] as const) await from(channel, user);
  await settled(gateway, made.id);
  expect((await receiver.wait(2)).map(({ json }) => json.data['text'])).toEqual(['telegram boss', 'slack boss']);
  const { deliveries } = await settled(gateway, made.id);
  expect(deliveries.map(({ state }) => state)).toEqual(['delivered', 'filtered', 'filtered', 'delivered']);
});

describe('who may do what', () => {
  test('a webhook of a workspace tells of that workspace alone, and is nobody else’s', async () => {
    await using gateway = await startGateway();
    await using receiver = await startReceiver();
    const make = async (name: string, workspaces: string[]) =>
      connect({ baseUrl: gateway.url, token: (await gateway.client.call(createCredential, { kind: 'api-key', name, workspaces, permissions: ['webhooks:read', 'webhooks:write'] })).secret });
    const [team, other] = [await make('team', ['team']), await make('other', ['other'])];
    await expect(team.call(createWebhook, { url: receiver.url, events: ['message.received'] })).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('webhooks.allowedPrivate') });
    const made = await team.call(createWebhook, { url: 'http://203.0.114.1/hook', events: ['message.received'] });
    expect(made.workspace).toBe('team');
    await expect(team.call(createWebhook, { url: 'http://203.0.114.1/hook', events: ['*'], workspace: 'main' })).rejects.toMatchObject({ code: 'forbidden' });
    for (const [operation, input] of [[getWebhook, {}], [updateWebhook, { name: 'x' }], [deleteWebhook, {}], [rotateWebhook, {}], [testWebhook, {}], [listDeliveries, {}]] as const) {
      await expect(other.call(operation, { webhook: made.id, ...input })).rejects.toMatchObject({ code: 'webhook_not_found' });
    }
    await create(gateway, { url: receiver.url, events: ['message.received'], workspace: 'team' });
    expect([(await other.call(listWebhooks, {})).total, (await team.call(listWebhooks, {})).total]).toEqual([0, 2]);
    await gateway.client.call(sendMessage, { text: 'for main' });
    await gateway.client.call(sendMessage, { text: 'for team', workspace: 'team' });
    expect((await receiver.wait(1)).map(({ json }) => json.data['text'])).toEqual(['for team']);
  });

  test('addresses around the gateway are for who has the run of it, on this machine; and its own ports for nobody', async () => {
    await using gateway = await startGateway();
    const port = Number(new URL(gateway.url).port);
    for (const url of [gateway.url, `http://localhost:${port}/webhook/x`, `http://[::1]:${port}/`, `http://0.0.0.0:${port}/`, 'http://169.254.169.254/latest', 'http://user:secret@app.example/', 'ftp://app.example/', 'nonsense']) {
      await expect(create(gateway, { url, events: ['*'] }), url).rejects.toMatchObject({ code: 'invalid_request', details: { path: 'url' } });
    }
    await create(gateway, { url: 'http://localhost:1/', events: ['*'] });
    await create(gateway, { url: 'http://192.168.1.2/', events: ['*'] });
  });

  test('where the gateway is open to others, private targets must be allowed in the configuration', async () => {
    await using receiver = await startReceiver();
    const open = { gateway: { port: 18789, host: '0.0.0.0' } };
    await using shut = await startGateway({ config: open });
    const at = connect({ baseUrl: shut.url.replace('0.0.0.0', '127.0.0.1'), token: shut.token });
    await expect(at.call(createWebhook, { url: receiver.url, events: ['*'] })).rejects.toMatchObject({ code: 'invalid_request' });
    await using allowing = await startGateway({ config: { ...open, webhooks: { allowedPrivate: ['127.0.0.0/8'] } } });
    const there = connect({ baseUrl: allowing.url.replace('0.0.0.0', '127.0.0.1'), token: allowing.token });
    await there.call(createWebhook, { url: receiver.url, events: ['message.received'] });
    await there.call(sendMessage, { text: 'Hello' });
    await receiver.wait(1);
  });

  test('headers that the gateway sets, and what is no header, are refused', async () => {
    await using gateway = await startGateway();
    for (const headers of [{ Host: 'x' }, { 'Content-Length': '1' }, { 'Webhook-Signature': 'x' }, { 'X-OpenClaw-Signature': 'x' }, { 'a b': 'c' }, { a: 'b\r\nc: d' }]) {
      await expect(create(gateway, { url: 'https://app.example/', events: ['*'], headers })).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  test('nothing that is listed is a secret, and nothing secret is logged', async () => {
    await using gateway = await startGateway();
    await using receiver = await startReceiver();
    const made = await create(gateway, { url: receiver.url, events: ['*'], headers: { Authorization: 'Bearer canary-in-a-header' } });
    await say(gateway, 'Hello');
    await receiver.wait(1);
    const shown = JSON.stringify([await gateway.client.call(listWebhooks, {}), await gateway.client.call(getWebhook, { webhook: made.id }), await settled(gateway, made.id), gateway.logged]);
    expect(shown).not.toContain('canary-in-a-header');
    expect(shown).not.toContain(made.secret ?? '');
    expect(JSON.parse(shown)[1]).toMatchObject({ headers: ['Authorization'], signed: true });
  });

  test('made twice with one key it is made once, and the secret is the same', async () => {
    await using gateway = await startGateway();
    const send = () => gateway.request('/api/v1/webhooks', { json: { url: 'https://app.example/', events: ['*'] }, headers: { 'idempotency-key': 'once' } }).then((answer) => answer.json());
    const [a, b] = [await send(), await send()];
    expect(a).toEqual(b);
    expect((await gateway.client.call(listWebhooks, {})).total).toBe(1);
  });
});

test('what is accepted before a stop is delivered after the next start', async () => {
  await using receiver = await startReceiver();
  let folder = '';
  let id = '';
  {
    await using gateway = await startGateway({ folder: await makeFolder() });
    folder = gateway.folder;
    id = (await create(gateway, { url: 'http://127.0.0.1:1/', events: ['message.received'] })).id;
    await say(gateway, 'Hello');
    await expect.poll(async () => (await gateway.client.call(listDeliveries, { webhook: id })).deliveries[0]?.tries.length).toBe(1);
    await gateway.client.call(updateWebhook, { webhook: id, url: receiver.url });
  }
  await using again = await startGateway({ folder });
  const { deliveries: [waiting] } = await again.client.call(listDeliveries, { webhook: id });
  expect(waiting).toMatchObject({ state: 'pending', tries: [{ n: 1, status: null, error: expect.stringContaining('ECONNREFUSED') }] });
  expect(first(await receiver.wait(1, 9_000)).id).toBe(waiting?.id);
});

const makeFolder = async (): Promise<string> => {
  const { mkdtemp } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  return mkdtemp(`${tmpdir()}/openclaw-webhooks-`);
};
