import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Message, sendMessage, Session, sessionStatus } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { type Home, MAIN, makeHome, run } from './program.ts';
import { CTRL_C, ENTER, onTerminal } from './terminal.ts';

let model: ModelServer;
let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
beforeAll(async () => {
  model = await startModelServer({
    script: ({ messages }) => {
      const last = messages.at(-1);
      if (last?.text.startsWith('time')) return { toolCalls: [{ tool: 'time', input: {} }] };
      return { text: `re: ${last?.role === 'tool' ? 'a tool' : (last?.text ?? '')}`, usage: { inputTokens: 20, outputTokens: 10 } };
    },
  });
  const prices = { 'test/model': { input: 100, output: 100 } };
  gateway = await startGateway({ config: { models: { providers: { test: { api: 'openai', baseUrl: model.url } }, prices } } });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
  await run(['send', 'Hello'], env);
  await run(['send', '--session', '日本語の部屋', 'Hello'], env);
  await run(['send', '--session', 'work', 'time please'], env);
  await run(['run', '--label', 'Sum up the news of the day', 'one task'], env);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await model.close();
  await home[Symbol.asyncDispose]();
});

const sessions = (...args: readonly string[]) => run(['sessions', ...args], env);

describe('sessions list', () => {
  test('is a table, the most recent first', async () => {
    const { code, out } = await sessions('list');
    expect(code).toBe(0);
    const [head, ...rows] = out.trimEnd().split('\n');
    expect(head).toMatch(/^SESSION +KIND +MESSAGES +TOKENS +COST +LAST ACTIVE +LABEL$/);
    expect(rows).toHaveLength(4);
    expect(rows[0]).toMatch(/^agent:main:task-\S+ +isolated +2 +30 +\$0\.003\d* +(now|\d+ seconds? ago) +Sum up the news of the day$/);
    expect(rows[3]).toMatch(/^agent:main:main +main +2 /);
  });

  test('fits its terminal, whatever the names are made of', async () => {
    await using listing = onTerminal([process.execPath, MAIN, 'sessions', 'list'], env, 60);
    expect(await listing.ended).toBe(0);
    const lines = listing.screen().trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    const columns = (text: string): number => [...text].reduce((sum, one) => sum + (/\p{Script=Han}|\p{Script=Hiragana}/u.test(one) ? 2 : 1), 0);
    for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(60);
    const seconds = lines.map((line) => columns(line.slice(0, line.search(/ (KIND|main|isolated) /))));
    // The long name of the task gave way, so that the rest can be seen.
    expect(seconds).toEqual(Array.from({ length: 5 }, () => 25));
  });

  test('--kind, --limit and --json', async () => {
    const { out } = await sessions('list', '--kind', 'isolated', '--json');
    const { sessions: found, total } = z.object({ sessions: z.array(Session), total: z.number() }).parse(JSON.parse(out));
    expect([found.length, total, found[0]?.kind]).toEqual([3, 3, 'isolated']);
    expect(JSON.parse((await sessions('list', '--kind', 'main', '--json')).out)).toMatchObject({ total: 1, sessions: [{ key: 'agent:main:main' }] });
    expect(await sessions('list', '--limit', '2')).toMatchObject({ code: 0, out: expect.stringMatching(/^(.+\n){3}$/), err: '2 of 4; --limit 4 shows all\n' });
    expect(await sessions('list', '--kind', 'other')).toMatchObject({ code: 1, err: expect.stringContaining('main, isolated') });
  });
});

test('sessions show: what it used, what it cost, what its turns run with', async () => {
  const { code, out } = await sessions('show', 'main');
  expect(code).toBe(0);
  expect(out).toMatch(/^Session +agent:main:main\n/);
  expect(out).toMatch(/\nTokens +20 in, 10 out\n/);
  expect(out).toMatch(/\nCost +\$0\.003\d*\n/);
  expect(out).toMatch(/\nModel +test\/model\n/);
  sessionStatus.output.parse(JSON.parse((await sessions('show', '--json')).out));
  expect(await sessions('show', 'nowhere')).toMatchObject({ code: 1, err: expect.stringContaining('[session_not_found]') });
});

test('sessions history: the newest, with tools where wanted', async () => {
  expect((await sessions('history', 'main')).out).toMatch(/^You .*\nHello\n\ntest\/model .*\nre: Hello\n\n$/);
  expect((await sessions('history', 'work', '--limit', '1')).out).toMatch(/^test\/model .*\nre: a tool\n\n$/);
  const { out } = await sessions('history', 'work', '--tools');
  expect(out).toMatch(/time please\n[^]*· time \{\}\n[^]*re: a tool\n/);
});

describe('sessions export', () => {
  test('brings out the whole history, in order, over all its pages', async () => {
    for (let turn = 0; turn < 110; turn++) await gateway.client.call(sendMessage, { session: 'long', text: `message ${turn}` });
    const file = join(home.folder, '..', 'long.jsonl');
    expect(await sessions('export', 'long', '--format', 'jsonl', '-o', file)).toMatchObject({ code: 0, out: '', err: expect.stringContaining('220 messages') });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const messages = (await readFile(file, 'utf8')).trimEnd().split('\n').map((line) => Message.parse(JSON.parse(line)));
    expect(messages.map(({ text }) => text)).toEqual(Array.from({ length: 110 }, (_, turn) => [`message ${turn}`, `re: message ${turn}`]).flat());
    expect(await sessions('export', 'long', '-o', file)).toMatchObject({ code: 1, err: expect.stringContaining('--force') });
    expect(await sessions('export', 'long', '-o', file, '--force')).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toMatch(/^# agent:main:long\n/);
  });

  test('as JSON is what the gateway has', async () => {
    const { out } = await sessions('export', 'work', '--format', 'json');
    const { session, messages } = z.object({ session: Session, messages: z.array(Message) }).parse(JSON.parse(out));
    expect(session.key).toBe('agent:main:work');
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
  });

  test('as Markdown can be read, and what tools said does not break out of its fence', async () => {
    const { out } = await sessions('export', 'work');
    expect(out).toMatch(/^# agent:main:work\n[^]*## User, [^]*time please[^]*### Tool `time` \(done\)[^]*```\n\{\}\n```[^]*## Assistant \(test\/model\)[^]*re: a tool\n/);
  });
});

describe('sessions clear', () => {
  test('deletes what it is told to, once somebody agreed', async () => {
    await run(['send', '--session', 'old', 'Hello'], env);
    expect(await sessions('clear', 'old')).toMatchObject({ code: 2, err: expect.stringContaining('--yes') });
    expect(await sessions('clear')).toMatchObject({ code: 2, err: expect.stringContaining('openclaw sessions clear work') });
    expect(await sessions('clear', 'old', 'nowhere', '--yes')).toMatchObject({ code: 1, out: '' });
    for (const [keys, code, left] of [[`n${ENTER}`, 1, 0], [CTRL_C, 1, 0], [`y${ENTER}`, 0, 1]] as const) {
      await using asking = onTerminal([process.execPath, MAIN, 'sessions', 'clear', 'old'], env);
      await asking.until('Delete agent:main:old (2 messages)?');
      asking.type(keys);
      expect(await asking.ended).toBe(code);
      expect((await sessions('show', 'old')).code).toBe(left);
    }
  });

  test('--all deletes a workspace and no other', async () => {
    expect(await sessions('clear', '--all', '--workspace', 'elsewhere', '--yes')).toMatchObject({ code: 0, out: '0 sessions deleted\n' });
    expect(await sessions('clear', '--all', '--yes')).toMatchObject({ code: 0, out: '5 sessions deleted\n' });
    expect(await sessions('list')).toMatchObject({ code: 0, out: '', err: expect.stringContaining('openclaw send') });
  });
});
