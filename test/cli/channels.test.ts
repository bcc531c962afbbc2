import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { openMemoryChat } from '../support/memory-channel.ts';
import { startTelegramServer, type TelegramServer } from '../support/telegram-server.ts';
import { type Home, makeHome, run } from './program.ts';

let telegram: TelegramServer;
let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
beforeAll(async () => {
  telegram = await startTelegramServer();
  gateway = await startGateway({ script: () => ({ text: 'Hello.' }), env: { TELEGRAM_BOT_TOKEN: telegram.token } });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder, TELEGRAM_BOT_TOKEN: telegram.token };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await telegram[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const until = async (args: readonly string[], said: RegExp): Promise<string> => {
  let out = '';
  await expect.poll(async () => (out = (await run(args, env)).out), { timeout: 15_000, interval: 200 }).toMatch(said);
  return out;
};

test('a channel from its configuration to a message, and out again', async () => {
  expect(await run(['channels', 'list'], env)).toMatchObject({ code: 0, out: '', err: expect.stringContaining('openclaw channels add telegram') });
  const added = await run(['channels', 'add', 'telegram', '--set', 'botToken=${TELEGRAM_BOT_TOKEN}', '--set', `apiUrl=${telegram.url}`], env);
  expect(added).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^telegram is in .*openclaw\.json\nTo see how it is: openclaw channels status telegram\n$/) });
  expect((await run(['config', 'get', 'channels.telegram.botToken', '--show-secrets'], env)).out).toBe('${TELEGRAM_BOT_TOKEN}\n');
  expect(await run(['channels', 'add', 'telegram'], env)).toMatchObject({ code: 1, err: expect.stringContaining('is in the configuration already') });
  expect(await until(['channels', 'list'], /connected/)).toMatch(/^CHANNEL +STATE +SINCE +WORKSPACE +DIRECT +GROUPS +WHY\ntelegram +connected +.* +main +pairing +allowlist\n$/);

  telegram.says({ chat: telegram.person(42, 'Ann \u001b[31m'), text: 'let me in' });
  const waiting = await until(['channels', 'pair', 'list'], /telegram:42/);
  const [, code = ''] = /^([A-Z2-9]{8}) +telegram:42 +Ann \[31m/m.exec(waiting) ?? [];
  expect(await run(['channels', 'pair', 'approve', code.toLowerCase()], env)).toMatchObject({ code: 0, out: 'telegram:42 (calls themselves Ann [31m) may write in the workspace main from now on\n' });
  expect(await run(['channels', 'pair', 'approve', code], env)).toMatchObject({ code: 1, err: expect.stringContaining(code) });
  expect(await run(['channels', 'pair', 'list'], env)).toMatchObject({ code: 0, err: 'Nobody waits to be let in\n' });

  expect(await run(['channels', 'test', 'telegram', '42'], env)).toMatchObject({ code: 0, out: 'Sent to 42 on telegram\n' });
  expect(telegram.sent(42).at(-1)?.text).toBe('This is a test message of your OpenClaw gateway.');
  telegram.befalls('sendMessage', { status: 400, description: 'Bad Request: chat not found' });
  expect(await run(['channels', 'send', 'telegram', '7', 'are', 'you', 'there?'], env)).toMatchObject({ code: 1, err: expect.stringContaining('chat not found') });
  const sends = (await run(['channels', 'sends', '--limit', '2'], env)).out;
  expect(sends).toMatch(/telegram +7 +failed +0 +are you there\? +Telegram refused sendMessage: Bad Request: chat not found \(400\)\n/);
  expect(await run(['channels', 'sends', '--ambiguous'], env)).toMatchObject({ code: 0, out: '', err: 'There is no such message\n' });
  expect((await run(['channels', 'status', 'telegram'], env)).out).toMatch(/State +connected, .*\n.*Not let in +1 pairing\n$/s);
  expect(await run(['channels', 'status', 'slack'], env)).toMatchObject({ code: 1, err: expect.stringContaining('There is no channel slack') });

  expect(await run(['channels', 'remove', 'telegram'], env)).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
  expect(await run(['channels', 'remove', 'telegram', '--yes'], env)).toMatchObject({ code: 0, out: expect.stringContaining('is gone from') });
  await expect.poll(async () => (await run(['channels', 'list'], env)).out, { timeout: 10_000, interval: 200 }).toBe('');
  expect(await run(['channels', 'add', 'Tele gram'], env)).toMatchObject({ code: 2 });
}, 60_000);

test('a channel that the running gateway cannot use, for want of a variable, is said to be', async () => {
  await using other = await startGateway();
  const here = { ...env, OPENCLAW_STATE_DIR: other.folder, BOT_OF_THIS_SHELL: telegram.token };
  const added = await run(['channels', 'add', 'telegram', '--set', 'botToken=${BOT_OF_THIS_SHELL}', '--set', `apiUrl=${telegram.url}`], here);
  // One that is switched off is used by nobody.
  expect(await run(['channels', 'add', 'irc', '--set', 'server=irc.example.org', '--set', 'nick=claw', '--set', 'enabled=false'], here)).toMatchObject({ code: 0, err: '' });
  expect(added).toMatchObject({ code: 1, out: expect.stringContaining('telegram is in'), err: expect.stringMatching(/the running gateway does not use it.*BOT_OF_THIS_SHELL must be in the environment.*openclaw gateway restart/) });
}, 30_000);

test('a message that should be taken from running to itself is refused with what would do', async () => {
  expect(await run(['config', 'set', 'messages.queue', 'backlog'], env)).toMatchObject({ code: 1, err: expect.stringContaining('one of "followup", "collect", "steer", "interrupt"') });
});

test('files go with a message, or alone; what cannot be sent is said before anything is', async () => {
  const chat = openMemoryChat();
  await using other = await startGateway({ channels: chat.drivers, config: { channels: { memory: {} } } });
  await expect.poll(() => chat.connected, { timeout: 8_000 }).toBe(true);
  const here = { ...env, OPENCLAW_STATE_DIR: other.folder };
  const [report, table] = [join(other.folder, 'report.pdf'), join(other.folder, 'table.csv')];
  await writeFile(report, 'the report');
  await writeFile(table, 'a;b');
  expect(await run(['channels', 'send', 'memory', 'ann', 'Two', 'files:', '--file', report, '--file', table], here)).toMatchObject({ code: 0, out: 'Sent to ann on memory\n' });
  expect(chat.texts()).toEqual(['Two files:']);
  expect(chat.files().map(({ name, type, content }) => [name, type, Buffer.from(content).toString()])).toEqual([['report.pdf', 'application/pdf', 'the report'], ['table.csv', 'text/csv', 'a;b']]);
  expect(await run(['channels', 'send', 'memory', 'ann', '--file', table], here)).toMatchObject({ code: 0 });
  expect((await run(['channels', 'sends'], here)).out).toMatch(/ \[table\.csv\].*\n.* Two files: \[report\.pdf\] \[table\.csv\]/);
  expect(await run(['channels', 'send', 'memory', 'ann'], here)).toMatchObject({ code: 2, err: expect.stringContaining('--file') });
  expect(await run(['channels', 'send', 'memory', 'ann', '--file', join(other.folder, 'none')], here)).toMatchObject({ code: 1, err: expect.stringContaining('none cannot be read') });
  expect(await run(['channels', 'send', 'memory', 'ann', '--file', other.folder], here)).toMatchObject({ code: 1, err: expect.stringContaining('is no file') });
  await writeFile(report, Buffer.alloc(1_400_000));
  expect(await run(['channels', 'send', 'memory', 'ann', '--file', report, '--file', table], here)).toMatchObject({ code: 1, err: expect.stringContaining('1400003 bytes, and 1400000 can go') });
  expect(chat.standing).toHaveLength(4);
}, 60_000);
