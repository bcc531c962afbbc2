import { runTask, testModel } from '@openclaw/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startModelServer } from '../support/model-server.ts';
import { type Home, makeHome, run, start } from './program.ts';

let gateway: TestGateway;
let home: Home;
let env: Record<string, string>;
beforeAll(async () => {
  gateway = await startGateway({
    script: ({ messages, model }) => {
      if (model === 'broken') return { status: 401, message: 'no such key' };
      const heard = messages.at(-1)?.text ?? '';
      return heard === 'wait' ? { text: ['thinking '], chunkDelayMs: 0, breaks: 'hang' } : { text: [`heard ${messages.length}: `, heard], chunkDelayMs: 1 };
    },
  });
  home = await makeHome();
  env = { ...home.env, OPENCLAW_STATE_DIR: gateway.folder };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

test('models list marks the one that answers, and says where a list could not be had', async () => {
  expect(await run(['models', 'list'], env)).toEqual({ code: 0, out: '* test/model\n  test/test-model\n  openclaw/demo\n', err: '' });
  const silent = await startModelServer();
  await silent.close();
  await using other = await startGateway({ config: { model: 'gone/far', models: { providers: { gone: { api: 'openai', baseUrl: silent.url } } } } });
  const { out } = await run(['models', 'list'], { ...home.env, OPENCLAW_STATE_DIR: other.folder });
  expect(out).toMatch(/^\* gone\/far\n! gone: .+\n {2}openclaw\/demo\n$/);
});

test('models test prints the answer and what it took', async () => {
  const { code, out } = await run(['models', 'test'], env);
  expect(code).toBe(0);
  expect(out).toMatch(/^Model +test\/model\nAnswer +heard 1: Say hello\.\nTime +\d+\.\d\d s\nTokens +\d+ in, \d+ out\nCost +.+\n$/);
  testModel.output.parse(JSON.parse((await run(['models', 'test', '--json', 'openclaw/demo'], env)).out));
});

test('models test ends with 1 and says what to set', async () => {
  const unset = await run(['models', 'test', 'anthropic/claude-sonnet-4-5'], env);
  expect(unset).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/ANTHROPIC_API_KEY.*models\.providers\.anthropic\.apiKey.*\[model_not_configured\]/) });
  const refused = await run(['models', 'test', 'test/broken'], env);
  expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/no such key.*models\.providers\.test\.apiKey/) });
});

test('run does a task in a session of its own', async () => {
  expect(await run(['run', 'Count', 'to', 'three'], env)).toEqual({ code: 0, out: 'heard 1: Count to three\n', err: '' });
  const { out } = await run(['run', '--json', '-'], env, 'from a pipe');
  const result = runTask.output.parse(JSON.parse(out));
  expect(result).toMatchObject({ text: 'heard 1: from a pipe', taskId: expect.stringMatching(/^task_/), sessionKey: expect.stringMatching(/^agent:main:task-/) });
  expect(await run(['run', '--stream', 'Hello'], env)).toMatchObject({ code: 0, out: 'heard 1: Hello\n' });
  expect((await run(['run', '--model', 'openclaw/demo', 'Hello'], env)).out).toContain('You said: "Hello"');
  expect(await run(['run'], env)).toMatchObject({ code: 2, err: expect.stringContaining('openclaw run "') });
});

test('a task that takes too long is stopped, and says so; so is one that is interrupted', async () => {
  const before = gateway.model.aborted;
  expect(await run(['run', '--timeout', '0.3', 'wait'], env)).toMatchObject({ code: 1, err: expect.stringContaining('[turn_deadline]') });
  const running = start(['run', '--stream', 'wait'], env);
  await running.until('thinking');
  running.child.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 130 });
  await gateway.model.until(() => gateway.model.aborted === before + 2);
});
