import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sendMessage } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startModelServer } from '../support/model-server.ts';
import { type Home, makeHome, run, runGateway, start } from './program.ts';

let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
beforeAll(async () => {
  gateway = await startGateway({
    script: ({ messages }) => {
      const heard = messages.at(-1)?.text ?? '';
      return heard.startsWith('wait') ? { text: ['thinking '], chunkDelayMs: 0, breaks: 'hang' } : { text: [`heard ${messages.length}: `, heard], chunkDelayMs: 1 };
    },
  });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

describe('send', () => {
  test('finds the gateway and the token of this machine, and prints the answer alone', async () => {
    expect(await run(['send', 'Hello', 'there'], env)).toEqual({ code: 0, out: 'heard 1: Hello there\n', err: '' });
  });

  test('reads the message from a pipe, or adds the pipe to it', async () => {
    expect(await run(['send', '--session', 'pipe'], env, 'from a pipe\n')).toMatchObject({ code: 0, out: 'heard 1: from a pipe\n' });
    expect(await run(['send', '-s', 'pipe2', 'Summarise:'], env, 'a\nb')).toMatchObject({ code: 0, out: 'heard 1: Summarise:\n\na\nb\n' });
    expect(await run(['send', '-s', 'pipe3', '-'], env, 'dash')).toMatchObject({ code: 0, out: 'heard 1: dash\n' });
  });

  test('says what it waits for where nobody ends its input', async () => {
    const { child, until, ended } = start(['send', '-s', 'open', 'Hello'], env, undefined, { keepsInput: true });
    await until('Waiting for the rest of the message on standard input');
    child.stdin?.end();
    expect(await ended).toMatchObject({ code: 0, out: 'heard 1: Hello\n' });
  });

  test('keeps to its session, and forgets where told to', async () => {
    expect((await run(['send', '--session', 'work', 'one'], env)).out).toBe('heard 1: one\n');
    expect((await run(['send', '--session', 'agent:main:work', 'two'], env)).out).toBe('heard 3: two\n');
    expect((await run(['send', '--session', 'work', '--no-memory', 'three'], env)).out).toBe('heard 1: three\n');
  });

  test('--json prints the whole reply', async () => {
    const { code, out } = await run(['send', '--json', '--session', 'json', 'Hello'], env);
    expect(code).toBe(0);
    expect(sendMessage.output.parse(JSON.parse(out))).toMatchObject({ text: 'heard 1: Hello', sessionKey: 'agent:main:json', model: 'test/model' });
  });

  test('--stream prints the words as they come', async () => {
    expect(await run(['send', '--stream', '--session', 'stream', 'Hello'], env)).toMatchObject({ code: 0, out: 'heard 1: Hello\n' });
  });

  test('says what is missing for a model it cannot reach', async () => {
    const { code, out, err } = await run(['send', '--model', 'claude-sonnet-4-5', 'Hello'], env);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^openclaw: .*claude-sonnet-4-5.*ANTHROPIC_API_KEY.*\[model_not_configured\]\n$/);
    expect((await run(['send', '--model', 'nonsense', 'Hello'], env)).err).toMatch(/provider\/name.*\[model_not_configured\]/);
  });

  test('without a message says how to give one', async () => {
    expect(await run(['send'], env)).toMatchObject({ code: 2, err: expect.stringContaining('openclaw send "Hello"') });
    expect(await run(['send', '  '], env, '')).toMatchObject({ code: 2 });
  });

  test('a wrong token is said to be one', async () => {
    expect(await run(['send', 'Hello'], { ...env, OPENCLAW_TOKEN: 'not-the-token' })).toMatchObject({ code: 1, err: expect.stringContaining('[auth_invalid]') });
  });

  test('too late is an error that says so', async () => {
    expect(await run(['send', '--session', 'late', '--timeout', '0.3', 'wait'], env)).toMatchObject({ code: 1, err: expect.stringContaining('[timeout]') });
  });

  test('interrupted, it cancels the turn', async () => {
    const before = gateway.model.aborted;
    const sending = start(['send', '--stream', '--session', 'stop', 'wait'], env);
    await sending.until('thinking');
    sending.child.kill('SIGINT');
    expect(await sending.ended).toMatchObject({ code: 130 });
    await gateway.model.until(() => gateway.model.aborted === before + 1);
  });
});

test.each([['send', ['send', 'Tell me']], ['run', ['run', 'Tell me', '--json']]])('%s waits for a gateway that went away in the middle of the answer', async (_, args) => {
  let asked = 0;
  await using model = await startModelServer({ script: () => (++asked === 1 ? { text: ['half an '], chunkDelayMs: 0, breaks: 'hang' } : { text: ['a whole ', 'answer'], chunkDelayMs: 1 }) });
  await using home = await makeHome();
  await mkdir(home.folder);
  await writeFile(join(home.folder, 'openclaw.json'), JSON.stringify({ model: 'test/m', models: { providers: { test: { api: 'openai', baseUrl: model.url } } } }));
  const first = await runGateway(home);
  const asking = start(args, home.env);
  await model.until(() => asked === 1);
  await new Promise((resolve) => setTimeout(resolve, 200));
  first.child.kill('SIGKILL');
  await first.ended;
  await using second = await runGateway(home);
  expect(second.url).not.toBe(first.url);
  const { code, out } = await asking.ended;
  expect(code).toBe(0);
  if (args.includes('--json')) expect(JSON.parse(out)).toMatchObject({ text: 'a whole answer', taskId: expect.stringMatching(/^task_/) });
  else expect(out).toBe('a whole answer\n');
}, 30_000);

describe('without a gateway', () => {
  test('says that none runs, and how to start one', async () => {
    await using home = await makeHome();
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), '{ gateway: { port: 9 } }');
    const { code, err } = await run(['send', 'Hello'], home.env);
    expect(code).toBe(1);
    expect(err).toContain('http://127.0.0.1:9');
    expect(err).toContain('openclaw gateway start');
    expect(err).not.toMatch(/\n +at /);
  });

  test("does not send this machine's token to another", async () => {
    await using home = await makeHome({ OPENCLAW_URL: 'https://gateway.example.com', OPENCLAW_AUTH_TOKEN: 'mine' });
    expect(await run(['send', 'Hello'], home.env)).toMatchObject({ code: 1, err: expect.stringContaining('OPENCLAW_TOKEN') });
  });
});

test('a reader that leaves early is no error', () => {
  const { stderr } = spawnSync('bash', ['-c', `"${process.execPath}" packages/gateway/src/app/main.ts --help | head -n 1`], { encoding: 'utf8' });
  expect(stderr).toBe('');
});
