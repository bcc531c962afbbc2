/** What the documents print about jobs, reminders and the heartbeat. */
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listCronJobs, listCronRuns, listEvents, runCronJob, sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { defineTool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { verifies } from '../requirements/verifies.ts';
import { needs, pythonWith } from '../support/debian.ts';
import type { TestGateway } from '../support/gateway.ts';
import type { ModelServer } from '../support/model-server.ts';
import { ask, like } from './ask.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed, printedJson, printedRequest } from './printed.ts';

const checkChannels = defineTool({ name: 'check_channels', description: 'Looks at the channels', effect: 'none', input: z.strictObject({}), run: async () => 'quiet' });

let gateway: TestGateway & { readonly model: ModelServer };
let desk: Desk;
beforeAll(async () => {
  [gateway, desk] = await Promise.all([startClaudeGateway({ tools: [checkChannels] }), makeDesk()]);
});
beforeEach(() => {
  gateway.model.reset();
  gateway.model.script(({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}` }));
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

/** Its times come once a day: here it is asked for by hand, and its run is looked at. */
const runNow = async (job: string) => {
  await gateway.client.call(runCronJob, { job });
  const runs = async () => (await gateway.client.call(listCronRuns, { job })).runs;
  await expect.poll(async () => (await runs())[0]?.state, { timeout: 5_000 }).toBe('ran');
  return (await runs())[0];
};

describe('jobs', () => {
  const briefing = () => ask(gateway, printedRequest('s0-cron-create.http'));

  verifies('s0.cron-create', async () => {
    const { status, json } = await briefing();
    expect(status).toBe(201);
    expect(json).toMatchObject({
      id: expect.stringMatching(/^cron_\w+$/), name: 'Morning briefing', cron: '0 8 * * *', tz: 'Asia/Hong_Kong', enabled: true, describes: 'At 08:00, Asia/Hong_Kong',
      // Hong Kong is eight hours ahead, in summer as in winter.
      nextRun: expect.stringMatching(/T00:00:00\.000Z$/),
    });
    const run = await runNow(String(json['id']));
    expect(run?.taskId).toMatch(/^task_/);
    expect(gateway.model.requests.at(-1)?.messages.at(-1)?.text).toBe('Check email, calendar, and weather. Send me a morning summary.');
    expect((await gateway.client.call(listEvents, { limit: '200' })).events.find(({ type }) => type === 'cron.finished')).toMatchObject({ data: { jobId: json['id'], state: 'ran' } });
  });

  verifies('s0.cron-list', async () => {
    const { json: made } = await briefing();
    const { status, json } = await ask(gateway, printedRequest('s0-cron-list.http'));
    expect(status).toBe(200);
    const { id, name, cron, tz, message, enabled, nextRun } = made;
    expect(json).toMatchObject({ jobs: expect.arrayContaining([expect.objectContaining({ id, name, cron, tz, message, enabled, nextRun })]), total: expect.any(Number), limit: 50, offset: 0 });
  });

  verifies('s0.cron-delete', async () => {
    const { json: { id } } = await briefing();
    const remove = printedRequest('s0-cron-delete.http', { ':id': String(id) });
    expect(await ask(gateway, remove)).toMatchObject({ status: 200, json: { deleted: true } });
    expect(await ask(gateway, remove)).toMatchObject({ status: 404, json: { error: { code: 'job_not_found' } } });
    expect((await gateway.client.call(listCronJobs, { limit: '200' })).jobs.map((job) => job.id)).not.toContain(id);
  });

  verifies('s3.cron-add', async () => {
    const { status, json } = await ask(gateway, printedRequest('s3-cron-add.md'));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      name: 'daily-summary', schedule: { kind: 'cron', expr: '0 9 * * *', tz: 'America/New_York' }, payload: { kind: 'systemEvent', text: 'Time for the daily summary!' }, sessionTarget: 'main',
      enabled: true, state: { nextRunAtMs: expect.any(Number) },
    });
    expect(await runNow(String(json['id']))).toMatchObject({ sessionKey: 'agent:main:main', taskId: null });
    const { messages } = await gateway.client.call(sessionHistory, { session: 'main' });
    expect(messages.at(-1)?.text).toBe('Heard: Time for the daily summary!');
  });

  verifies('s3.cron-reminder', async () => {
    const reminder = { name: 'tea', schedule: { kind: 'at', atMs: Date.now() + 300 }, payload: { kind: 'systemEvent', text: 'The tea is ready' }, sessionTarget: 'main' };
    const { status, json } = await ask(gateway, { ...printedRequest('s3-cron-add.md'), body: JSON.stringify({ job: reminder }) });
    expect([status, json['deleteAfterRun']]).toEqual([200, true]);
    await gateway.model.until(() => gateway.model.requests.some(({ messages }) => messages.at(-1)?.text === 'The tea is ready'));
    // Once, and then it is gone; what it did can still be read.
    await expect.poll(async () => (await gateway.client.call(listCronJobs, { limit: '200' })).jobs.filter(({ name }) => name === 'tea'), { timeout: 5_000 }).toEqual([]);
    expect((await gateway.client.call(listCronRuns, { job: String(json['id']) })).runs).toMatchObject([{ state: 'ran', via: 'schedule' }]);
  });
});

const missing = await needs('python3-requests', 'python3-websockets');
describe.skipIf(missing)(`Python${missing}`, () => {
  verifies('s3.cron-report', async () => {
    const interpreter = await pythonWith('requests');
    await desk.write('client.py', printed('s3-client.py', { 'http://localhost:3000': gateway.url, 'your-gateway-token': gateway.token }));
    const code = `import requests\nfrom client import OpenClawClient\nBASE_URL = '${gateway.url}'\nTOKEN = '${gateway.token}'\n${printed('s3-report.py')}\nschedule_daily_report()\n`;
    const { code: exit, err } = await desk.run(interpreter, [await desk.write('report.py', code)], { PYTHONDONTWRITEBYTECODE: '1' }).ended;
    expect([exit, err]).toEqual([0, '']);
    const job = (await gateway.client.call(listCronJobs, { limit: '200' })).jobs.find(({ name }) => name === 'daily-analytics');
    expect(job).toMatchObject({ describes: 'At 08:00, America/New_York', target: 'isolated', payload: { kind: 'agentTurn', message: "Generate today's analytics summary" } });
    expect(await runNow(job?.id ?? '')).toMatchObject({ taskId: expect.stringMatching(/^task_/) });
  });
});

describe('the heartbeat', () => {
  const heartbeatFile = () => join(gateway.folder, 'workspaces/main/HEARTBEAT.md');
  beforeEach(async () => {
    await mkdir(join(gateway.folder, 'workspaces/main'), { recursive: true });
    await rm(heartbeatFile(), { force: true });
  });

  const say = async (frame: string): Promise<Readonly<Record<string, unknown>>> => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/?token=${gateway.token}`);
    await once(socket, 'open');
    socket.send(frame);
    for (;;) {
      // Every frame of the gateway is an object.
      const heard = JSON.parse(String((await once(socket, 'message'))[0])) as Readonly<Record<string, unknown>>;
      if (heard['type'] !== 'heartbeat_status' && heard['type'] !== 'error') continue;
      socket.close();
      return heard;
    }
  };

  verifies('s1.heartbeat', async () => {
    const reply = printedJson('s1-heartbeat-reply.jsonc');
    const payload = reply['payload'] as Readonly<Record<string, unknown>>; // an object, as printed
    // Nothing to do: the same form, and no model is asked.
    expect(await say(printed('s1-heartbeat.jsonc'))).toMatchObject({ type: 'heartbeat_status', id: 'hb-001', payload: { status: 'HEARTBEAT_OK', actions_taken: [], tokens_used: 0 } });
    expect(gateway.model.requests).toEqual([]);
    await writeFile(heartbeatFile(), '# Every half hour\n- Look at the channels\n');
    gateway.model.script(({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'check_channels', input: {} }] } : { text: 'HEARTBEAT_OK', usage: { inputTokens: 2_300, outputTokens: 40 } }));
    const done = await say(printed('s1-heartbeat.jsonc'));
    expect(done['payload']).toEqual(like(payload));
    expect(done).toMatchObject({ payload: { status: 'HEARTBEAT_OK', actions_taken: ['used check channels'], tokens_used: expect.any(Number) } });
    expect((done['payload'] as { tokens_used: number }).tokens_used).toBeGreaterThanOrEqual(2_340);
    expect(gateway.model.requests[0]?.messages.at(-1)?.text).toContain('- Look at the channels');
    // And dry, it only says what it would do.
    gateway.model.reset();
    const dry = await say(printed('s1-heartbeat.jsonc').replace('"dry_run": false', '"dry_run": true'));
    expect(dry).toMatchObject({ payload: { status: 'HEARTBEAT_OK', dry_run: true, would_do: [expect.stringMatching(/^would ask .* to look after HEARTBEAT\.md$/)], actions_taken: [], tokens_used: 0 } });
    expect(gateway.model.requests).toEqual([]);
  });

  verifies('s1.heartbeat-clients', async () => {
    const places = { 'ws://localhost:18789': gateway.url.replace('http', 'ws') };
    const node = `${printed('s1-node-client.mjs', places)}\nclaw.ws.on('open', async () => { console.log(JSON.stringify((await claw.triggerHeartbeat(true)).payload)); process.exit(0); });\n`;
    const { out } = await desk.run('node', [await desk.write('heartbeat.mjs', node)], { OPENCLAW_AUTH_TOKEN: gateway.token }).ended;
    expect(out).toContain('{"status":"HEARTBEAT_OK","actions_taken":[],"tokens_used":0,"dry_run":true,"would_do":[]}');
    if (missing !== '') return;
    const usage = "reply = await client.chat('What happened overnight?')\n    print(reply['payload']['text'])";
    const python = printed('s1-python-client.py', { ...places, [usage]: "print((await client.heartbeat(dry_run=True))['payload']['status'])" });
    const client = desk.run(await pythonWith('websockets'), ['-u', await desk.write('heartbeat.py', python)], { OPENCLAW_AUTH_TOKEN: gateway.token });
    await client.until('\n');
    expect(client.said()).toEqual({ out: 'HEARTBEAT_OK\n', err: '' });
  });
});
