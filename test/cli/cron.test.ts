import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CronJob, CronRun, listCronJobs, listCronRuns, wakeAgent } from '@openclaw/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { printed } from '../printed/printed.ts';
import { verifies } from '../requirements/verifies.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Home, makeHome, run } from './program.ts';

let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;

beforeAll(async () => {
  gateway = await startGateway({ script: ({ messages }) => ({ text: (messages.at(-1)?.text ?? '').startsWith('This is your heartbeat') ? 'Water the plants.' : 'Done.', usage: { inputTokens: 20, outputTokens: 10 } }) });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder, TZ: 'UTC' };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const cron = (...args: readonly string[]) => run(['cron', ...args], env);

/** A command as it is printed, word by word as a shell reads it. */
const printedWords = (command: string): readonly string[] => {
  const line = printed('s0-cron-cli.sh').split('\n').find((one) => one.startsWith(`openclaw ${command}`)) ?? '';
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '').slice(1);
};

const add = async (...args: readonly string[]): Promise<CronJob> => {
  const { code, out, err } = await cron('add', '--json', ...args);
  expect([code, err]).toEqual([0, '']);
  return CronJob.parse(JSON.parse(out));
};

verifies('s0.cli-cron-add', async () => {
  const { code, out } = await run(printedWords('cron add'), env);
  expect([code, out]).toEqual([0, expect.stringMatching(/^Job +cron_\w+\nName +task\nWhen +At 09:00, [\w/]+; next in [^\n]+\nNext +\d{4}-\d\d-\d\d \d\d:00 \(in [^\n]+\)\nLast +not yet\n/)]);
  const { jobs } = await gateway.client.call(listCronJobs, {});
  expect(jobs).toMatchObject([{ name: 'task', schedule: { kind: 'cron', expr: '0 9 * * *' }, payload: { kind: 'agentTurn', message: 'Do something' }, target: 'isolated', actsFor: 'gateway-token' }]);
});

verifies('s0.cli-cron-list', async () => {
  const { code, out } = await run(printedWords('cron list'), env);
  expect([code, out]).toEqual([0, expect.stringMatching(/^JOB +NAME +WHEN +LAST +WHERE\ncron_\w+ +task +At 09:00, [\w/]+; next in [^\n]+isolated\n/)]);
});

test('each way to say when, what and where is understood', async () => {
  expect(await add('--at', '2h', '--event', 'The tea is ready', '--tz', 'Europe/Berlin')).toMatchObject({
    name: 'The tea is ready', schedule: { kind: 'at' }, payload: { kind: 'systemEvent', text: 'The tea is ready' }, target: 'main', deleteAfterRun: true,
  });
  expect(await add('--every', '90m', '--message', 'Look', '--session', 'work', '--model', 'test/model', '--timeout', '30', '--description', 'Why', '--disabled')).toMatchObject({
    schedule: { kind: 'every', everyMs: 5_400_000 }, describes: 'Every 1 h 30 min', target: 'session:work', payload: { model: 'test/model', timeoutSeconds: 30 }, description: 'Why', enabled: false, nextRunAt: null,
  });
  expect(await add('--cron', '@daily', '--tz', 'Asia/Hong_Kong', '--message', 'Look', '--announce', 'telegram', '--to', '42', '--main', '--name', 'loud', '--delete-after-run')).toMatchObject({
    describes: 'At 00:00, Asia/Hong_Kong', target: 'main', delivery: { mode: 'announce', channel: 'telegram', to: '42' }, deleteAfterRun: true,
  });
  const told = await add('--cron', '@daily', '--message', 'Look', '--webhook', 'https://app.example/hook', '--name', 'told');
  expect(told).toMatchObject({ delivery: { mode: 'webhook', to: 'https://app.example/hook' }, webhook: `wh_${told.id}` });
  expect((await cron('add', '--cron', '@daily', '--message', 'Look', '--webhook', 'https://app.example/hook', '--webhook-secret', 'a-secret-of-mine')).out).toMatch(/\nAnswer to +https:\/\/app\.example\/hook\nWebhook +wh_cron_\w+\n(?!Secret)/);
  expect((await cron('update', told.id, '--announce', 'none')).out).not.toContain('Webhook');
  expect((await cron('update', told.id, '--webhook', 'https://app.example/hook')).out).toMatch(/\nSecret +whsec_\S+\n[^]*only shown once/);
  expect(await cron('add', '--cron', '@daily', '--message', 'Look', '--webhook', 'https://app.example/', '--announce', 'telegram')).toMatchObject({ code: 2, err: expect.stringContaining('--announce and --webhook at once') });
  expect(await cron('add', '--cron', '@daily', '--message', 'Look', '--webhook', 'file:///etc/passwd')).toMatchObject({ code: 1, err: expect.stringContaining('delivery.to') });
  expect(await add('--at', '2090-03-02T09:00', '--tz', 'Asia/Hong_Kong', '--event', 'Later', '--next-heartbeat', '--keep-after-run')).toMatchObject({
    schedule: { kind: 'at', at: '2090-03-02T01:00:00.000Z' }, wakeMode: 'next-heartbeat', deleteAfterRun: false,
  });
});

test.each([
  [[], 2, /When\? Add --cron/],
  [['--cron', '0 9 * * *'], 2, /What\? Add --message/],
  [['--cron', '0 9 * * *', '--at', '20m', '--message', 'x'], 2, /--cron and --at at once cannot be/],
  [['--every', 'often', '--message', 'x'], 2, /--every often: a length of time/],
  [['--cron', '99 * * * *', '--message', 'x'], 1, /schedule\.expr: Invalid value for minute: 99/],
  [['--cron', '0 0 31 2 *', '--message', 'x'], 1, /is never due: there is no such date/],
  [['--at', '2001-01-01', '--message', 'x'], 1, /2001-01-01T00:00:00\.000Z is over/],
  [['--cron', '@daily', '--tz', 'Mars/Base', '--message', 'x'], 1, /there is no time zone "Mars\/Base"/],
])('add %j says what is wrong', async (args, code, words) => {
  expect(await cron('add', ...args)).toMatchObject({ code, out: '', err: expect.stringMatching(words) });
});

test('a job is shown, changed, switched off and on, run, looked at and removed', async () => {
  const { id } = await add('--name', 'report', '--cron', '0 9 * * 1-5', '--tz', 'Europe/Berlin', '--message', 'Write the report');
  expect(await cron('show', id)).toMatchObject({ code: 0, out: expect.stringMatching(/\nWhen +At 09:00, Monday through Friday, Europe\/Berlin; next in [^]*\nActs for +gateway-token\n[^]*\n\nWrite the report\n$/) });
  expect((await cron('update', id, '--cron', '30 9 * * 1-5', '--tz', 'Europe/Berlin', '--name', 'Report')).out).toMatch(/Name +Report\nWhen +At 09:30, Monday/);
  expect(await cron('update', id)).toMatchObject({ code: 2, err: expect.stringContaining('What is to change?') });
  expect((await cron('disable', id)).out).toBe('Report: At 09:30, Monday through Friday, Europe/Berlin; switched off\n');
  expect((await cron('enable', id)).out).toMatch(/^Report: At 09:30, Monday through Friday, Europe\/Berlin; next in /);
  expect((await cron('run', id, '--due')).out).toMatch(/^It is not due before /);
  expect((await cron('run', id)).out).toMatch(/^Report runs: openclaw tasks watch task_\w+\n$/);
  await expect.poll(async () => (await gateway.client.call(listCronRuns, { job: id })).runs).toMatchObject([{ state: 'ran', via: 'request' }]);
  const unknown = await cron('runs', 'no-such-job');
  expect(unknown.code).not.toBe(0);
  expect(unknown.err).toContain('There is no job no-such-job');
  expect((await cron('runs', id)).out).toMatch(/^DUE +JOB +STATE +TOOK +WHY +TURN\n\d{4}-\d\d-\d\d [\d:]+ +Report +ran +\d\.\d\d s +turn_\w+\n$/);
  expect(z.object({ runs: z.array(CronRun).length(1), total: z.literal(1) }).safeParse(JSON.parse((await cron('runs', id, '--json')).out)).success).toBe(true);
  expect(await cron('remove', id, 'cron_none')).toMatchObject({ code: 1, err: expect.stringContaining('cron_none') });
  expect((await cron('remove', id)).out).toBe(`${id} (Report) is removed\n`);
  expect(await cron('show', id)).toMatchObject({ code: 1, err: expect.stringMatching(/There is no job .*\[job_not_found\]/) });
});

test('next says when', async () => {
  const { code, out } = await cron('next', '0 8 * * *', '--tz', 'Asia/Hong_Kong', '--count', '2');
  expect([code, out]).toEqual([0, expect.stringMatching(/^At 08:00, Asia\/Hong_Kong\n {2}\d{4}-\d\d-\d\d 00:00 {2}in [^\n]+\n {2}\d{4}-\d\d-\d\d 00:00 {2}in 1 d[^\n]*\n$/)]);
  expect((await cron('next', '2h')).out).toMatch(/^Every 2 h\n/);
});

test('a heart beats, says what it would do, and what it did', async () => {
  const heartbeat = (...args: readonly string[]) => run(['heartbeat', ...args], env);
  expect(await heartbeat()).toMatchObject({ code: 0, out: '', err: '· HEARTBEAT_OK: nothing to do, no model was asked\n' });
  expect((await heartbeat('--dry-run')).out).toBe('There is nothing to do: no model would be asked.\n');
  await mkdir(join(gateway.folder, 'workspaces/main'), { recursive: true });
  await writeFile(join(gateway.folder, 'workspaces/main/HEARTBEAT.md'), '# Watch\n- the plants\n');
  await gateway.client.call(wakeAgent, { text: 'It is dry', mode: 'next-heartbeat' });
  expect((await heartbeat('--dry-run')).out).toBe('would ask test/model to look after HEARTBEAT.md\nwould tell test/model: It is dry\n');
  expect((await heartbeat('status')).out).toMatch(/^Heart of +main in main\nBeats +only when asked[^\n]*\nLooks at +\S+HEARTBEAT\.md\nWaiting +1 text\nLast +not yet\n$/);
  expect(await heartbeat('run')).toMatchObject({ code: 0, out: 'Water the plants.\n', err: '· HEARTBEAT_REPORT: 30 tokens\n' });
  expect((await heartbeat('status')).out).toMatch(/\nLast +ran, (now|\d+ seconds ago)\n$/);
});
