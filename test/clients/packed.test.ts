/** What somebody has who installs the published clients. */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formatMessage } from 'publint/utils';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLIENTS, clientProject, npm } from '../support/packed-clients.ts';
import { verifies } from '../requirements/verifies.ts';
import { type ScriptedApi, sse, startScriptedApi } from '../support/scripted-api.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
/** Another Node than the one of the tests, where one is named: the clients run on older ones. */
const NODE = process.env['TEST_NODE'] ?? process.execPath;
let project: Awaited<ReturnType<typeof clientProject>>;
let api: ScriptedApi;
beforeAll(async () => {
  [project, api] = await Promise.all([clientProject(), startScriptedApi(({ path, method }) => (method === 'GET' ? { json: { path } } : sse({ type: 'token', content: 'Hi', id: 't:1' }, { type: 'done', messageId: 'msg_1', id: 't:end' })))]);
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const node = async (name: string, code: string): Promise<string> => {
  await writeFile(join(project.folder, name), code);
  const { stdout, stderr } = await run(NODE, [name], { cwd: project.folder, env: { BASE: api.url } });
  expect(stderr).toBe('');
  return stdout;
};
const installed = (name: string): string => join(project.folder, 'node_modules', name);

test('a stream is read, and a signature checked, by what was installed', async () => {
  const code = `const { OpenClaw } = require('@openclaw/api-client');
const { verifyWebhook } = require('@openclaw/api-client/webhooks');
const { createHmac } = require('node:crypto');
(async () => {
  const words = [];
  for await (const word of new OpenClaw({ baseUrl: process.env.BASE }).messages.stream({ message: 'Hi' })) words.push(word);
  console.log(JSON.stringify([words, verifyWebhook('a', createHmac('sha256', 'b').update('a').digest('hex'), 'b')]));
})();\n`;
  expect(JSON.parse(await node('stream.cjs', code))).toEqual([['Hi'], true]);
  expect(api.asked.at(-1)?.headers['idempotency-key']).toMatch(/^oc-[0-9a-f]{32}$/);
});

/** What npm says is there. */
const listed = async (name: string): Promise<string> => (await npm(['ls', name], project.folder)).stdout;
verifies('s2.install', async () => {
  expect(await listed('@openclaw/api-client')).toMatch(/@openclaw\/api-client@\d+\.\d+\.\d+/);
});
verifies('s4.install', async () => {
  expect(await listed('openclaw-sdk')).toMatch(/openclaw-sdk@\d+\.\d+\.\d+/);
});

describe.each(Object.values(CLIENTS))('%s', (name) => {
  const path = name === 'openclaw-sdk' ? '/api/v1/status' : '/api/v1/health';
  const ask = `new OpenClaw({ baseUrl: process.env.BASE, apiKey: 'key', token: 'key' }).${name === 'openclaw-sdk' ? 'status' : 'health'}()`;

  test('works as an ES module', async () => {
    const code = `import { OpenClaw, OpenClawError } from '${name}';\nimport { verifyWebhook } from '${name}/webhooks';\nconsole.log(JSON.stringify([await ${ask}, verifyWebhook('a', 'b', 'c'), new OpenClawError('x', { code: 'internal' }) instanceof Error]));\n`;
    expect(JSON.parse(await node('module.mjs', code))).toEqual([{ path }, false, true]);
  });

  test('works as CommonJS', async () => {
    const code = `const { OpenClaw } = require('${name}');\nconst { verifyWebhook } = require('${name}/webhooks');\n${ask}.then((answer) => console.log(JSON.stringify([answer, verifyWebhook('a', 'b', 'c')])));\n`;
    expect(JSON.parse(await node('common.cjs', code))).toEqual([{ path }, false]);
  });

  test('needs nothing else, and brings nothing but itself', () => {
    const about: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8')) as Record<string, unknown>; // npm wrote it
    expect(Object.keys(about).filter((key) => /dependencies/i.test(key))).toEqual([]);
    const files = globSync('**/*.*', { cwd: installed(name) });
    expect(files.filter((file) => !/^(dist\/.+\.(js|d\.ts|json)|package\.json|README\.md)$/.test(file))).toEqual([]);
    const imported = files.filter((file) => file.endsWith('.js')).flatMap((file) => [...readFileSync(join(installed(name), file), 'utf8').matchAll(/(?:from |require\()['"]([^.'"][^'"]*)/g)].map(([, from]) => ({ file, from })));
    // Of Node, only what checks webhooks, which stands apart so that browsers need not load it.
    expect(imported.filter(({ file, from }) => from !== 'node:crypto' || !file.endsWith('client-kit/src/webhooks.js'))).toEqual([]);
  });

  test('has the licence and words to read', () => {
    expect(readFileSync(join(installed(name), 'LICENSE'), 'utf8')).toContain('MIT');
    expect(readFileSync(join(installed(name), 'README.md'), 'utf8')).toContain(`npm install ${name}`);
  });

  test('pleases publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed(name), strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});

const TYPED = `
import { OpenClaw, OpenClawError } from '@openclaw/api-client';
import { OpenClaw as Tasks } from 'openclaw-sdk';
import { verifyStandardWebhook } from '@openclaw/api-client/webhooks';
import { verifyWebhook } from 'openclaw-sdk/webhooks';
export const work = async (): Promise<void> => {
  const client = new OpenClaw({ baseUrl: 'http://localhost:3000', apiKey: process.env['KEY'], fetch });
  const { response }: { response: string } = await client.messages.send({ workspace: 'team', userId: 'me', message: 'Hi' });
  for await (const token of client.messages.stream({ message: response })) token.toUpperCase();
  for await (const { id } of client.sessions.all()) await client.sessions.delete(id);
  for await (const event of client.messages.stream({ message: 'Hi' }).events()) if (event.type === 'tool_use') event.tool.trim();
  const result = await new Tasks({ baseUrl: 'http://localhost:3000', token: process.env['TOKEN'] }).tasks.waitForCompletion('task_1', { onStatus: ({ status }) => status === 'running' });
  result.output.trim();
  verifyWebhook('', undefined, '') && verifyStandardWebhook('', new Headers(), '') && verifyStandardWebhook('', { 'webhook-id': ['x'] }, '');
  try { await client.health(); } catch (error) { if (error instanceof OpenClawError && error.code === 'rate_limited') error.headers['x-ratelimit-reset']?.trim(); }
  // @ts-expect-error: a message is text
  await client.messages.send({ message: 7 });
  // @ts-expect-error: there is no such status
  await new Tasks({ baseUrl: '' }).tasks.list({ status: 'gone' });
};
`;

describe.each(['typescript-7', 'typescript'])('types, read by %s', (compiler) => {
  test.each([
    { name: 'an ES module', file: 'typed.mts', options: { module: 'nodenext', moduleResolution: 'nodenext' } },
    { name: 'CommonJS', file: 'typed.cts', options: { module: 'nodenext', moduleResolution: 'nodenext' } },
    { name: 'a bundler', file: 'typed.ts', options: { module: 'esnext', moduleResolution: 'bundler' } },
  ])('from $name', { timeout: 60_000 }, async ({ file, options }) => {
    await writeFile(join(project.folder, file), TYPED);
    // Declarations are checked too (no skipLibCheck), as strictly as there is.
    const compilerOptions = { ...options, target: 'es2022', lib: ['es2022', 'dom', 'dom.iterable'], strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, types: [] };
    const ambient = 'declare const process: { readonly env: Readonly<Record<string, string | undefined>> };\n';
    await writeFile(join(project.folder, 'process.d.ts'), ambient);
    const config = `tsconfig-${compiler}-${file}.json`;
    await writeFile(join(project.folder, config), JSON.stringify({ compilerOptions, files: [file, 'process.d.ts'] }));
    const checked = await run(process.execPath, [join(ROOT, 'node_modules', compiler, 'bin/tsc'), '-p', config], { cwd: project.folder }).catch((thrown: { stdout: string }) => thrown);
    expect(checked.stdout).toBe('');
  });
});
