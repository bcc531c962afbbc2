import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTask, getTask, Task, TaskResult } from '@openclaw/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type ModelScript, type ModelServer, startModelServer } from '../support/model-server.ts';
import { type Home, makeHome, run, runGateway, start } from './program.ts';

let model: ModelServer;
let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
let script: ModelScript;
const answer: ModelScript = ({ messages }) => {
  const heard = messages.at(-1)?.text ?? '';
  if (heard.startsWith('wait')) return { text: ['thinking '], chunkDelayMs: 0, breaks: 'hang' };
  return heard.startsWith('fail') ? { status: 400, message: 'no' } : { text: ['heard: ', heard], chunkDelayMs: 1, usage: { inputTokens: 20, outputTokens: 10 } };
};
beforeAll(async () => {
  model = await startModelServer({ script: (request) => script(request) });
  const prices = { 'test/model': { input: 100, output: 100 } };
  gateway = await startGateway({ config: { models: { providers: { test: { api: 'openai', baseUrl: model.url } }, prices } } });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
});
beforeEach(() => {
  script = answer;
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await model.close();
  await home[Symbol.asyncDispose]();
});

const tasks = (...args: readonly string[]) => run(['tasks', ...args], env);

const begin = async (prompt: string, until: string): Promise<string> => {
  const { id } = await gateway.client.call(createTask, { prompt });
  await expect.poll(async () => (await gateway.client.call(getTask, { task: id })).status, { timeout: 5_000 }).toBe(until);
  return id;
};

test('run says which task it is', async () => {
  const { code, out, err } = await run(['run', '--stream', 'Hello'], env);
  expect([code, out]).toEqual([0, 'heard: Hello\n']);
  const id = /^· (task_\w+): openclaw tasks result/.exec(err)?.[1] ?? '';
  expect(await tasks('show', id)).toMatchObject({ code: 0, out: expect.stringMatching(/^Task +task_\w+\nStatus +completed\n[^]*\nBy +cli\n[^]*\n\nHello\n$/) });
  const json = JSON.parse((await run(['run', '--json', 'Hello'], env)).out) as { taskId: string }; // `run --json` prints an object
  expect(await tasks('result', json.taskId)).toMatchObject({ code: 0, out: 'heard: Hello\n' });
});

test('run --directory says where, from where one stands', async () => {
  expect(await run(['run', '--directory', '/etc', 'Look'], env)).toMatchObject({ code: 1, err: expect.stringMatching(/tools\.roots.*\[forbidden\]/) });
  const folder = join(gateway.folder, 'workspaces', 'main');
  await mkdir(join(folder, 'sub'), { recursive: true });
  const { code, err } = await run(['run', '--directory', join(folder, 'sub'), 'Look'], env);
  expect([code, err]).toEqual([0, '']);
});

describe('tasks list', () => {
  test('is a table, the newest first, and filtered', async () => {
    await begin('fail now', 'failed');
    await begin('Write a report about\nherons', 'completed');
    const { code, out } = await tasks('list', '--limit', '2');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^TASK +STATUS +MADE +TOOK +BY +PROMPT$/);
    expect(lines[1]).toMatch(/^task_\w+ +completed +(now|\d+ seconds? ago) +\d+\.\d\d s +api +Write a report about herons$/);
    expect(lines[2]).toMatch(/ failed .* fail now$/);
    expect((await tasks('list', '--search', 'HERONS')).out.split('\n')).toHaveLength(3);
    const { tasks: found, total } = z.object({ tasks: z.array(Task), total: z.number() }).parse(JSON.parse((await tasks('list', '--status', 'failed', '--json')).out));
    expect([found.length, total, found[0]?.prompt]).toEqual([1, 1, 'fail now']);
    expect(await tasks('list', '--to', '2026-01-01')).toMatchObject({ code: 0, out: '', err: expect.stringContaining('openclaw run') });
    expect(await tasks('list', '--status', 'done')).toMatchObject({ code: 1, err: expect.stringContaining('running, completed, failed, cancelled') });
    expect(await tasks('list', '--from', 'yesterday')).toMatchObject({ code: 1, err: expect.stringContaining('a date (2026-03-02)') });
  });
});

describe('tasks result', () => {
  test('prints the output alone; what was made and used is said beside it', async () => {
    script = async () => {
      await writeFile(join(gateway.folder, 'workspaces', 'main', 'report.md'), 'A report.');
      return { text: 'Written.', usage: { inputTokens: 20, outputTokens: 10 } };
    };
    const id = await begin('Write', 'completed');
    const { code, out, err } = await tasks('result', id);
    expect([code, out]).toEqual([0, 'Written.\n']);
    expect(err).toMatch(/^· created report\.md \(9 bytes\)\n· \d\.\d\d s, 20 in, 10 out, \$0\.003\d*\n$/);
    expect(TaskResult.parse(JSON.parse((await tasks('result', id, '--json')).out))).toMatchObject({ output: 'Written.', files: [{ path: 'report.md' }] });
  });

  test('of one that failed, runs or is not there says so', async () => {
    expect(await tasks('result', await begin('fail', 'failed'))).toMatchObject({ code: 1, out: '', err: expect.stringContaining('[model_failed]') });
    const running = await begin('wait', 'running');
    expect(await tasks('result', running)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/still running.*\[conflict\]/) });
    for (const command of ['show', 'result', 'watch', 'cancel']) {
      expect(await tasks(command, 'task_none')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('[task_not_found]') });
    }
    expect(await tasks('cancel', running, 'task_none')).toMatchObject({ code: 1, out: '' });
    expect(await tasks('cancel', running)).toMatchObject({ code: 0, out: `${running} is cancelled\n` });
  });
});

describe('tasks watch', () => {
  test('shows a task to its end, whoever began it', async () => {
    script = () => ({ text: ['one ', 'two ', 'three'], chunkDelayMs: 100 });
    const { id } = await gateway.client.call(createTask, { prompt: 'Count' });
    expect(await tasks('watch', id)).toEqual({ code: 0, out: 'one two three\n', err: '' });
    expect(JSON.parse((await tasks('watch', id, '--json')).out)).toMatchObject({ text: 'one two three', taskId: id });
    expect(await tasks('watch', await begin('fail', 'completed'))).toMatchObject({ code: 0 });
  });

  test('left with Ctrl-C leaves it running', async () => {
    const { id } = await gateway.client.call(createTask, { prompt: 'wait' });
    const watching = start(['tasks', 'watch', '--stream', id], env);
    await watching.until('thinking');
    watching.child.kill('SIGINT');
    await watching.ended;
    expect((await gateway.client.call(getTask, { task: id })).status).toBe('running');
    await tasks('cancel', id);
  });

  test('goes on over a restart of the gateway', async () => {
    let asked = 0;
    await using ownModel = await startModelServer({ script: () => (++asked === 1 ? { text: ['half an '], chunkDelayMs: 0, breaks: 'hang' } : { text: ['a whole ', 'answer'], chunkDelayMs: 1 }) });
    await using own = await makeHome();
    await mkdir(own.folder);
    await writeFile(join(own.folder, 'openclaw.json'), JSON.stringify({ model: 'test/m', models: { providers: { test: { api: 'openai', baseUrl: ownModel.url } } } }));
    const first = await runGateway(own);
    const running = start(['run', 'Tell me', '--stream'], own.env);
    await running.until('half an');
    const id = /(task_\w+)/.exec(running.said().err)?.[1] ?? '';
    const watching = start(['tasks', 'watch', id], own.env);
    await new Promise((resolve) => setTimeout(resolve, 500));
    first.child.kill('SIGKILL');
    await first.ended;
    await using second = await runGateway(own);
    expect(second.url).not.toBe(first.url);
    expect(await watching.ended).toMatchObject({ code: 0, out: 'a whole answer\n' });
    await running.ended;
  }, 30_000);
});
