import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { startModelServer } from '../support/model-server.ts';
import { type Home, MAIN, makeHome, run, runGateway, start } from './program.ts';
import { CTRL_C, CTRL_D, ENTER, onTerminal, type OnTerminal, UP } from './terminal.ts';

const chatting = (env: Readonly<Record<string, string>>, ...flags: readonly string[]): OnTerminal => onTerminal([process.execPath, MAIN, 'chat', ...flags], env);

const withModel = async (home: Home, url: string): Promise<void> => {
  await mkdir(home.folder, { recursive: true });
  await writeFile(join(home.folder, 'openclaw.json'), JSON.stringify({ model: 'test/model', models: { providers: { test: { api: 'openai', baseUrl: url } } } }));
};

describe('chat', () => {
  test('streams answers, keeps to its session, remembers what was typed', async () => {
    await using gateway = await startGateway({ script: ({ messages }) => ({ text: [`heard ${messages.length}: `, messages.at(-1)?.text ?? ''], chunkDelayMs: 1 }) });
    await using home = await makeHome();
    const env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
    await using chat = chatting(env);
    await chat.until(/Talking to test\/model\.[^]*main> /);
    chat.type(`Hello${ENTER}`);
    await chat.until(/heard 1: Hello\n[^]*main> /);
    chat.type(`two \\${ENTER}`);
    await chat.until('… ');
    chat.type(`lines${ENTER}`);
    await chat.until(/heard 3: two \nlines\n[^]*main> /);
    chat.type(`/session work${ENTER}`);
    await chat.until('work> ');
    chat.type(`Hello${ENTER}`);
    await chat.until(/heard 1: Hello\n[^]*work> /);
    chat.type(`/history${ENTER}`);
    await chat.until(/You .*\nHello\n\ntest\/model .*\nheard 1: Hello\n[^]*work> /);
    chat.type(`/new plans${ENTER}`);
    await chat.until(/This is agent:main:\S+ now/);
    chat.type(`/model nonsense${ENTER}Hello${ENTER}`);
    await chat.until('> ');
    chat.type(CTRL_D);
    expect(await chat.ended).toBe(0);

    const file = join(gateway.folder, 'chat.history');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, 'utf8')).split('\n').slice(0, 4)).toEqual(['Hello', 'two ', 'lines', '/session work']);
    await using again = chatting(env, '--session', 'later');
    await again.until('later> ');
    again.type(`${UP}${UP}${UP}`);
    await again.until('/new plans');
    again.type(CTRL_C);
    again.type(`/quit${ENTER}`);
    expect(await again.ended).toBe(0);
  });

  test('a pasted text is one message', async () => {
    await using gateway = await startGateway({ script: ({ messages }) => ({ text: `heard ${messages.length}` }) });
    await using home = await makeHome();
    await using chat = chatting({ ...home.env, OPENCLAW_STATE_DIR: gateway.folder });
    await chat.until('main> ');
    chat.type('one\rtwo\rthree\r');
    await chat.until(/heard 1\n[^]*main> /);
    expect(gateway.model.requests.map(({ messages }) => messages.at(-1)?.text)).toEqual(['one\ntwo\nthree']);
  });

  test('what is typed while an answer comes waits its turn, and is not mixed into it', async () => {
    await using gateway = await startGateway({ script: ({ messages }) => (messages.length === 1 ? { text: ['slow ', 'and ', 'steady'], chunkDelayMs: 150 } : { text: 'and the second' }) });
    await using home = await makeHome();
    await using chat = chatting({ ...home.env, OPENCLAW_STATE_DIR: gateway.folder });
    await chat.until('main> ');
    chat.type(`first${ENTER}`);
    await chat.until('slow');
    chat.type(`next${ENTER}half`);
    await chat.until(/^ ?and steady\nmain> next\nand the second\nmain> half/);
    expect(gateway.model.requests.map(({ messages }) => messages.at(-1)?.text)).toEqual(['first', 'next']);
    chat.type(CTRL_C);
  });

  test('Ctrl-C cancels the answer and not the chat; twice at the prompt leaves', async () => {
    await using gateway = await startGateway({ script: ({ messages }) => (messages.at(-1)?.text === 'wait' ? { text: ['thinking '], chunkDelayMs: 0, breaks: 'hang' } : { text: 'still here' }) });
    await using home = await makeHome();
    await using chat = chatting({ ...home.env, OPENCLAW_STATE_DIR: gateway.folder });
    await chat.until('main> ');
    const before = gateway.model.aborted;
    chat.type(`wait${ENTER}`);
    await chat.until('thinking');
    chat.type(CTRL_C);
    await chat.until(/cancelled[^]*main> /);
    await gateway.model.until(() => gateway.model.aborted === before + 1);
    chat.type(`go on${ENTER}`);
    await chat.until(/still here\n[^]*main> /);
    chat.type(CTRL_C);
    await chat.until('Ctrl-C again leaves');
    chat.type(CTRL_C);
    expect(await chat.ended).toBe(0);
  });

  test('says what went wrong and goes on; a tool call is shown; no model moves the cursor', async () => {
    await using gateway = await startGateway({
      script: ({ messages }) => {
        const last = messages.at(-1);
        if (last?.role === 'tool') return { text: 'it is \u001b[2Jlate\u0007\u009b31m' };
        return last?.text === 'time' ? { toolCalls: [{ tool: 'time', input: {} }] } : { status: 400, message: 'no \u001b[31mthanks' };
      },
    });
    await using home = await makeHome();
    await using chat = chatting({ ...home.env, OPENCLAW_STATE_DIR: gateway.folder });
    await chat.until('main> ');
    chat.type(`fail${ENTER}`);
    await chat.until(/no .*thanks[^]*\[model_failed\][^]*main> /);
    chat.type(`time${ENTER}`);
    await chat.until(/· time [^]*it is \[2Jlate31m\n[^]*main> /);
    expect(chat.raw()).not.toContain('\u001b[2J');
    expect(chat.raw()).not.toContain('\u0007');
    expect(chat.raw()).not.toContain('\u009b');
    expect(chat.raw()).toContain('\u001b[90m· time');
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('picks the answer up again when the gateway went away in the middle of it (%s)', async (signal) => {
    let asked = 0;
    await using model = await startModelServer({ script: () => (++asked === 1 ? { text: ['half an '], chunkDelayMs: 0, breaks: 'hang' } : { text: ['a whole ', 'answer'], chunkDelayMs: 1 }) });
    await using home = await makeHome();
    await withModel(home, model.url);
    const first = await runGateway(home);
    await using chat = chatting(home.env);
    await chat.until('main> ');
    chat.type(`Tell me${ENTER}`);
    await chat.until('half an');
    first.child.kill(signal);
    await first.ended;
    await chat.until(/waiting for it/);
    await using second = await runGateway(home);
    expect(second.url).not.toBe(first.url);
    const seen = await chat.until(/a whole answer\n[^]*main> /);
    expect(seen.match(/a whole answer/g)).toHaveLength(1);
    const history = await run(['sessions', 'history', '--json'], home.env);
    expect(JSON.parse(history.out)).toMatchObject({ messages: [{ role: 'user', text: 'Tell me' }, { role: 'assistant', text: 'a whole answer' }] });
    // A gateway told to stop gives a turn that runs most of ten seconds.
  }, 40_000);

  test('waits for a terminal and for a gateway, and says so', async () => {
    await using home = await makeHome();
    expect(await run(['chat'], home.env)).toMatchObject({ code: 2, err: expect.stringContaining('openclaw send') });
    await mkdir(home.folder);
    await writeFile(join(home.folder, 'openclaw.json'), '{ gateway: { port: 9 } }');
    await using chat = chatting(home.env);
    await chat.until('openclaw gateway start');
    expect(await chat.ended).toBe(1);
  });
});

test('NO_COLOR is respected, and what is sent into a pipe stays as it was said', async () => {
  await using gateway = await startGateway({ script: ({ messages }) => (messages.at(-1)?.role === 'tool' ? { text: 'red \u001b[31m' } : { toolCalls: [{ tool: 'time', input: {} }] }) });
  await using home = await makeHome({ NO_COLOR: '1' });
  const env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
  await using sending = onTerminal([process.execPath, MAIN, 'send', 'Hello'], env);
  expect(await sending.ended).toBe(0);
  expect(sending.raw()).toContain('· time');
  expect(sending.raw()).not.toContain('\u001b');
  const piped = start(['send', '--session', 'pipe', 'Hello'], env);
  expect(await piped.ended).toMatchObject({ code: 0, out: 'red \u001b[31m\n', err: '' });
});
