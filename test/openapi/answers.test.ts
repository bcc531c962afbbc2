import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addCronJob, createTask, createWebhook, installSkill, listCronRuns, listDeliveries, listPairings, runCronJob, sendMessage } from '@openclaw/contract';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dialects } from '../../packages/gateway/src/app/plugins.gen.ts';
import type { Route } from '../../packages/gateway/src/surfaces/kit/dialect.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type ModelScript, type ModelServer, startModelServer } from '../support/model-server.ts';
import { openMemoryChat } from '../support/memory-channel.ts';
import { type RegistryServer, startRegistry } from '../support/registry-server.ts';
import { npmTarball, SKILL } from '../support/tar.ts';
import { type Receiver, startReceiver } from '../support/webhook-receiver.ts';
import { type Answer, ApiChecker, eventsOf, exactDocument, type Schema } from './api-checker.ts';
import { FieldCoverage } from './coverage.ts';
import { type Drive, DRIVES, type Scene } from './drives.ts';

/** Fields that are described, and come only where a test cannot make them come. */
const SELDOM: readonly string[] = [
  // In a stream that the gateway's own stop cuts off.
  'MessagesV1StreamEvent|4.retry_after',
  // What cannot be used at all is not installed.
  'TasksV1InstalledSkill.problem',
  // Where a gateway was away, or a heart found no model.
  'RpcRunLogEntry.reason', 'RpcRunLogEntry.missed',
];

/** What goes on until one leaves. */
const ENDLESS = 'activity.watch';
/** Past this much of it, an endless stream has said enough. */
const LISTEN_MS = 400;

const checker = new ApiChecker(await exactDocument());
const coverage = new FieldCoverage(checker);
let model: ModelServer;
let registry: RegistryServer;
let gateway: TestGateway;
let receiver: Receiver;
let scene: Scene;

const script: ModelScript = ({ messages, attempt }) => {
  const { role, text } = messages.at(-1) ?? { role: 'user', text: '' };
  if (role === 'tool') return { text: 'Done.', usage: { inputTokens: 20, outputTokens: 2 } };
  if (text === 'use the tool') return { text: 'A moment. ', toolCalls: [{ tool: 'time', input: {} }] };
  if (text === 'stumble' && attempt % 2 === 0) return { text: 'Hal', breaks: 'cut' };
  if (text === 'crowd') return { status: 503, headers: { 'retry-after': '300' } };
  if (text === 'fail') return { status: 400, message: 'No.' };
  return { text: 'Hello.', usage: { inputTokens: 10, outputTokens: 2 } };
};

const ask = async ({ method, path }: Route, { params = {}, query, body, stream, headers }: Drive): Promise<Answer> => {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const endless = path.endsWith(ENDLESS);
  const leaving = new AbortController();
  // Not `fetch`: it sends no body with a GET.
  const answer = await request(`${gateway.url}${filled}${query === undefined ? '' : `?${query}`}`, {
    method,
    headers: { authorization: `Bearer ${gateway.token}`, ...(body && { 'content-type': 'application/json' }), ...(stream && { accept: 'text/event-stream' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
    signal: leaving.signal,
  });
  let text = '';
  if (endless) setTimeout(() => leaving.abort(), LISTEN_MS);
  try {
    for await (const chunk of answer.body.setEncoding('utf8')) text += String(chunk);
  } catch (thrown) {
    if (!leaving.signal.aborted) throw thrown;
  }
  return { status: answer.statusCode, headers: new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])), text };
};

const skillsOf = async ({ client, folder }: TestGateway): Promise<Pick<Scene, 'packages' | 'changedSkill' | 'brokenSkill'>> => {
  for (const [name, skills] of Object.entries({ 'skill-one': ['one'], 'skill-pair': ['left', 'right'], 'skill-changed': ['changed'] })) {
    registry.publish(name, '1.0.0', npmTarball(name, '1.0.0', Object.fromEntries(skills.map((skill) => [`skills/${skill}/SKILL.md`, SKILL(skill)]))));
  }
  await client.call(installSkill, { name: 'skill-changed' });
  await writeFile(join(folder, 'skills/changed/more.md'), 'More.\n');
  await mkdir(join(folder, 'skills/broken'));
  await writeFile(join(folder, 'skills/broken/SKILL.md'), 'Nothing that could be read.\n');
  return { packages: { single: 'skill-one', pair: 'skill-pair' }, changedSkill: 'changed', brokenSkill: 'broken' };
};

const webhooksOf = async ({ client }: TestGateway): Promise<Pick<Scene, 'webhook' | 'delivery' | 'spareWebhook'>> => {
  const { id: webhook } = await client.call(createWebhook, { url: receiver.url, events: ['message.received'] });
  const { id: spareWebhook } = await client.call(createWebhook, { url: receiver.url, events: ['system.error'] });
  await client.call(sendMessage, { session: 'spare', text: 'Hi' });
  for (;;) {
    const { deliveries: [delivery] } = await client.call(listDeliveries, { webhook, state: 'delivered' });
    if (delivery) return { webhook, delivery: delivery.id, spareWebhook };
  }
};

beforeAll(async () => {
  receiver = await startReceiver();
  // A provider that cannot be asked for its models has a problem to tell.
  const away = await startModelServer();
  await away.close();
  model = await startModelServer({ script });
  registry = await startRegistry();
  const chat = openMemoryChat();
  gateway = await startGateway({
    channels: chat.drivers,
    config: {
      channels: { memory: {} },
      models: { providers: { test: { api: 'openai', baseUrl: model.url, models: [{ id: 'model', contextTokens: 32_000 }] }, away: { api: 'openai', baseUrl: away.url } } }, skills: { registry: registry.url },
      agents: { defaults: { heartbeat: { every: '1d', activeHours: { start: '08:00', end: '20:00' } } } },
    },
  });
  const turnOf = async (text: string): Promise<string> => {
    const { turnId } = await gateway.client.call(sendMessage, { session: 'scene', text, timeoutSeconds: 0 });
    await gateway.request('/api/native/turns.watch', { json: { turn: turnId } });
    return turnId;
  };
  const turn = await turnOf('use the tool');
  const failedTurn = await turnOf('fail');
  const crowdedTurn = await turnOf('crowd');
  await gateway.client.call(sendMessage, { session: 'spare', text: 'Hi' });
  const taskOf = async (prompt: string): Promise<string> => {
    const { id } = await gateway.client.call(createTask, { prompt });
    await gateway.request('/api/native/tasks.watch', { json: { task: id } });
    return id;
  };
  const [task, failedTask] = [await taskOf('use the tool'), await taskOf('fail')];
  for (const sender of ['ann', 'bob']) chat.says({ sender: { id: sender, name: sender }, conversation: { id: sender, kind: 'direct' } });
  const codes = async (): Promise<readonly string[]> => (await gateway.client.call(listPairings, {})).pairings.map(({ code }) => code);
  await vi.waitFor(async () => expect(await codes()).toHaveLength(2));
  const [first = '', second = ''] = await codes();
  const jobOf = async (name: string): Promise<string> => {
    // Where nobody listens: what cannot be delivered is shown, too.
    const delivery = { mode: 'webhook', to: 'http://127.0.0.1:9/' } as const;
    const { id } = await gateway.client.call(addCronJob, { name, schedule: { kind: 'every', everyMs: 86_400_000 }, payload: { kind: 'agentTurn', message: 'fail' }, delivery });
    return id;
  };
  const job = await jobOf('fails');
  const { run } = await gateway.client.call(runCronJob, { job });
  await gateway.request('/api/native/turns.watch', { json: { turn: run?.turnId } });
  await vi.waitFor(async () => expect((await gateway.client.call(listCronRuns, { job })).runs[0]?.delivery?.error).toEqual(expect.any(String)));
  const spareJobs = [await jobOf('spare 1'), await jobOf('spare 2'), await jobOf('spare 3')] as const;
  scene = { job, spareJobs, pairings: [first, second], session: 'scene', spare: 'spare', turn, failedTurn, crowdedTurn, task, failedTask, ...(await skillsOf(gateway)), ...(await webhooksOf(gateway)) };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await Promise.all([model.close(), registry[Symbol.asyncDispose](), receiver[Symbol.asyncDispose]()]);
});

const routes = dialects.flatMap((dialect) => dialect.routes);
const claimOf = ({ method, path }: Route): string => `${method} ${path}`;
const order = Object.keys(DRIVES);
/** As the table has them: what deletes comes after what reads. */
const driven = routes.toSorted((a, b) => order.indexOf(claimOf(a)) - order.indexOf(claimOf(b)));

test.each(driven.map((route): [string, Route] => [claimOf(route), route]))('%s answers as it is described', async (claim, route) => {
  const drives = DRIVES[claim]?.(scene) ?? expect.fail(`add requests for ${claim} to test/openapi/drives.ts`);
  const operation = checker.operations.find(({ method, path }) => method === route.method && path === route.path.replace(/:(\w+)/g, '{$1}')) ?? expect.fail('not in the document');
  for (const drive of drives) {
    // Something must happen while it listens.
    const active = route.path.endsWith(ENDLESS) ? gateway.client.call(sendMessage, { session: 'active', text: 'use the tool' }) : undefined;
    const answer = await ask(route, drive);
    await active;
    expect(answer.status, answer.text).toBe(route.status);
    expect(checker.answer(operation, answer)).toBeUndefined();
    const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
    const schema = schemaOf(operation.path, operation.method, answer.status, type);
    for (const value of type === 'text/event-stream' ? eventsOf(answer.text ?? '') : [JSON.parse(answer.text ?? '')]) coverage.look(schema, value, claim);
  }
});

const schemaOf = (path: string, method: string, status: number, type: string): Schema => {
  const object = checker.document.paths[path]?.[method.toLowerCase()] ?? expect.fail(`${method} ${path} is not described`);
  // As `operationObject` writes it; the answer has been held against it.
  const { responses } = object as { responses: Record<string, { content: Record<string, { schema: Schema }> }> };
  return responses[status]?.content[type]?.schema ?? expect.fail(`${status} ${type} is not described`);
};

test('a client that has the configuration already is told so, as it is described', async () => {
  const operation = checker.operations.find(({ method, path }) => method === 'GET' && path === '/api/v1/config') ?? expect.fail('not in the document');
  const { headers } = await gateway.request('/api/v1/config');
  const again = await gateway.request('/api/v1/config', { headers: { 'if-none-match': headers.get('etag') ?? '' } });
  expect([again.status, operation.parameters.map(({ name }) => name)]).toEqual([304, ['If-None-Match']]);
  expect(checker.answer(operation, { status: again.status, headers: again.headers, text: await again.text() })).toBeUndefined();
});

test('every field that is described came in some answer', () => {
  expect(coverage.missing.filter((field) => !SELDOM.includes(field))).toEqual([]);
});

test('no request is kept for a route that is gone', () => {
  expect(order.filter((claim) => !routes.some((route) => claimOf(route) === claim))).toEqual([]);
});
