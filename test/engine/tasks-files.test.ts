/** Where a task works, what it finds there, and what it leaves there. */
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTask, getTask, listEvents, runTask, sendMessage, taskResult } from '@openclaw/contract';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { readFileTool } from '../../packages/gateway/src/drivers/tools/read-file/index.ts';
import { defineTool } from '../../packages/gateway/src/engine/ports/tool.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';

let place: string;
beforeEach(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'task-files-')));
  await mkdir(join(place, 'roots/app'), { recursive: true });
});
afterEach(() => rm(place, { recursive: true, force: true }));

const app = (): string => join(place, 'roots/app');
const config = () => ({ tools: { roots: [join(place, 'roots')] } });

/** What an agent's hand would do. */
const writeTool = defineTool({
  name: 'write',
  description: 'Writes a file.',
  effect: 'idempotent',
  input: z.strictObject({ path: z.string(), text: z.string() }),
  run: async ({ path, text }, { workingDirectory, workspaceFolder }) => {
    await writeFile(join(workingDirectory ?? workspaceFolder, path), text);
    return 'written';
  },
});

/** Calls a tool once, then says what it gave. */
const calling = (tool: string, input: unknown): ModelScript => ({ messages }) => {
  const last = messages.at(-1);
  return last?.role === 'tool' ? { text: last.text } : { toolCalls: [{ tool, input }] };
};

const over = async ({ client }: TestGateway, task: string) => {
  await expect.poll(async () => (await client.call(getTask, { task })).status, { timeout: 5_000 }).not.toBe('running');
  return client.call(taskResult, { task });
};

test('its working directory is told to the agent, and is where its tools begin', async () => {
  await writeFile(join(app(), 'README.md'), 'An app.');
  await using gateway = await startGateway({ config: config(), tools: [readFileTool], script: calling('read_file', { path: 'README.md' }) });
  const { text, taskId } = await gateway.client.call(runTask, { task: 'Read it', options: { workingDirectory: app() } });
  expect(text).toBe('An app.');
  expect(gateway.model.requests[0]?.system).toContain(`Your working directory is ${JSON.stringify(app())}.`);
  expect(await gateway.client.call(getTask, { task: taskId })).toMatchObject({ workingDirectory: app(), status: 'completed' });
  // Another task and a plain message know nothing of it.
  expect((await gateway.client.call(runTask, { task: 'Read it' })).text).toContain('There is no file README.md');
  expect(await gateway.client.call(sendMessage, { text: 'Read it' })).toMatchObject({ text: expect.stringContaining('There is no file README.md') });
  expect(gateway.model.requests.at(-1)?.system).not.toContain('working directory');
});

test('what it created and what it modified stands in its result', async () => {
  await writeFile(join(app(), 'old.md'), 'old');
  await writeFile(join(app(), 'untouched.md'), 'old');
  await new Promise((resolve) => setTimeout(resolve, 60));
  let calls = 0;
  await using gateway = await startGateway({
    config: config(),
    tools: [writeTool],
    script: () => (++calls === 1 ? { toolCalls: [{ tool: 'write', input: { path: 'new.md', text: 'new' } }, { tool: 'write', input: { path: 'old.md', text: 'not old' } }] } : { text: 'Done.' }),
  });
  const { taskId } = await gateway.client.call(runTask, { task: 'Write', options: { workingDirectory: app() } });
  const files = [{ path: 'new.md', change: 'created', size: 3 }, { path: 'old.md', change: 'modified', size: 7 }];
  expect(await gateway.client.call(taskResult, { task: taskId })).toMatchObject({ status: 'completed', output: 'Done.', files, filesCutOff: false });
});

test("without one, it is the agent's own folder; and a task that fails leaves what it wrote", async () => {
  await using gateway = await startGateway({
    tools: [writeTool],
    script: ({ messages }) => (messages.at(-1)?.role === 'tool' ? { status: 400, message: 'no' } : { toolCalls: [{ tool: 'write', input: { path: 'half.md', text: 'half' } }], usage: { inputTokens: 7, outputTokens: 3 } }),
  });
  const { id } = await gateway.client.call(createTask, { prompt: 'Write' });
  expect(await over(gateway, id)).toMatchObject({
    status: 'failed', output: null, error: { code: 'model_failed' }, files: [{ path: 'half.md', change: 'created', size: 4 }],
    usage: { inputTokens: 7, outputTokens: 3 },
  });
  const { events } = await gateway.client.call(listEvents, {});
  expect(events.at(-1)).toMatchObject({ type: 'task.failed', data: { taskId: id, prompt: 'Write', status: 'failed', durationMs: expect.any(Number), error: { code: 'model_failed' } } });
});

test('a restart in the middle loses nothing of what was written before it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'task-restart-'));
  let asked = 0;
  const script: ModelScript = () => (++asked === 1 ? { toolCalls: [{ tool: 'write', input: { path: 'before.md', text: 'b' } }] } : asked === 2 ? { text: ['on it'], chunkDelayMs: 0, breaks: 'hang' } : { text: 'Done.' });
  try {
    const options = { folder, config: config(), tools: [writeTool], script };
    const first = await startGateway(options);
    const { id } = await first.client.call(createTask, { prompt: 'Write', options: { workingDirectory: app() } });
    await first.model.until(() => asked === 2);
    await first[Symbol.asyncDispose]();
    await using second = await startGateway(options);
    expect(await over(second, id)).toMatchObject({ status: 'completed', output: 'Done.', files: [{ path: 'before.md', change: 'created' }] });
    const { events } = await second.client.call(listEvents, {});
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('task.'))).toEqual(['task.started', 'task.completed']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 30_000);

test('what was allowed when it was accepted is looked at again when it begins', async () => {
  await mkdir(join(place, 'secret'));
  await writeFile(join(place, 'secret/main.txt'), 'the secret');
  await using gateway = await startGateway({
    config: { ...config(), limits: { maxConcurrentTurns: 1 } },
    tools: [readFileTool],
    script: async (request) => (request.messages[0]?.text === 'first' ? { delayMs: 300, text: 'ok' } : calling('read_file', { path: 'main.txt' })(request)),
  });
  await gateway.client.call(createTask, { prompt: 'first' });
  const { id } = await gateway.client.call(createTask, { prompt: 'second', options: { workingDirectory: app() } });
  expect(await gateway.client.call(getTask, { task: id })).toMatchObject({ status: 'running', startedAt: null });
  await rename(app(), join(place, 'aside'));
  await symlink(join(place, 'secret'), app());
  expect(await over(gateway, id)).toMatchObject({ status: 'failed', error: { code: 'forbidden', message: expect.stringContaining('tools.roots') }, files: [] });
  expect(JSON.stringify(gateway.model.requests)).not.toContain('the secret');
});

test('a folder full of files holds nobody up', async () => {
  await mkdir(join(app(), 'many'));
  for (let i = 0; i < 3_000; i++) await writeFile(join(app(), 'many', `${i}.txt`), '');
  await new Promise((resolve) => setTimeout(resolve, 60));
  await using gateway = await startGateway({ config: config(), script: () => ({ text: 'ok' }) });
  let longest = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const { taskId } = await gateway.client.call(runTask, { task: 'Look', options: { workingDirectory: app() } });
  clearInterval(ticking);
  expect(await gateway.client.call(taskResult, { task: taskId })).toMatchObject({ files: [], filesCutOff: false });
  expect(longest).toBeLessThan(250);
});

test('no folder is looked through for a plain message', async () => {
  const looked: boolean[] = [];
  await using gateway = await startGateway({
    script: () => ({ text: 'ok' }),
    store: (store) => ({ ...store, endTurn: (fence, end) => (looked.push(end.files !== undefined), store.endTurn(fence, end)) }),
  });
  await gateway.client.call(sendMessage, { text: 'Hi' });
  await gateway.client.call(runTask, { task: 'Hi' });
  expect(looked).toEqual([false, true]);
});
