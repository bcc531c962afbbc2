/** The programs that the documents write with the published clients, run with these as somebody has installed them. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ModelServer } from '../support/model-server.ts';
import { clientProject } from '../support/packed-clients.ts';
import { type ApiScript, refusal, startScriptedApi } from '../support/scripted-api.ts';
import type { TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed } from './printed.ts';

let gateway: TestGateway & { readonly model: ModelServer };
let project: Awaited<ReturnType<typeof clientProject>>;
let desk: Desk;
beforeAll(async () => {
  [gateway, project] = await Promise.all([startClaudeGateway(), clientProject()]);
  desk = await makeDesk(join(project.folder, 'node_modules'));
});
beforeEach(() => {
  gateway.model.reset();
  gateway.model.script(({ messages }) => ({ text: ['Heard: ', String(messages.at(-1)?.text)], chunkDelayMs: 20, usage: { inputTokens: 800, outputTokens: 42 } }));
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const run = async (name: string, code: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
  const { code: exit, out, err } = await desk.run('node', [await desk.write(name, code)], { NODE_NO_WARNINGS: '1', ...env }).ended;
  expect([exit, err]).toEqual([0, '']);
  return out;
};
const heard = (): readonly (string | undefined)[] => gateway.model.requests.map(({ messages }) => messages.at(-1)?.text);
/** What stands around a part of a program that is printed without its beginning. */
const withClient = (url: string): string => `import { OpenClaw } from '@openclaw/api-client';\nconst client = new OpenClaw({ baseUrl: '${url}', apiKey: '${gateway.token}' });\n`;

verifies('s2.client', async () => {
  const out = await run('client.mts', printed('s2-client.mts'), { OPENCLAW_URL: gateway.url, OPENCLAW_API_KEY: gateway.token });
  expect(out).toMatch(/^Heard: What is the status of our deployment\?\nResponse: Heard: Write a comprehensive deployment checklistTotal messages this month: \d+\n$/);
  expect(heard()).toEqual(['What is the status of our deployment?', 'Write a comprehensive deployment checklist']);
});

verifies('s2.standup', async () => {
  const slack = "const slackClient = { chat: { postMessage: async (message) => console.log(JSON.stringify(message)) } };\n";
  const out = await run('standup.mjs', withClient(gateway.url) + slack + printed('s2-standup.js'));
  expect(JSON.parse(out)).toEqual({ channel: '#standup', text: `Heard: ${heard()[0]}` });
  expect(heard()[0]).toContain('for the team standup.');
});

verifies('s2.client-errors', async () => {
  const handled = async (script: ApiScript): Promise<string> => {
    await using refusing = await startScriptedApi(script);
    // It has patience by itself; here it shall have none.
    const client = withClient(refusing.url).replace(' });', ', maxRetries: 0 });');
    return await run('errors.mjs', client + printed('s2-errors.js', { '{ ... }': "{ message: 'Hi' }" }));
  };
  expect(await handled(() => refusal(429, 'rate_limited', { retry_after: 45 }, { 'X-RateLimit-Reset': '1746005400' }))).toBe(`Rate limited. Retry after ${String(new Date(1746005400_000))}\n`);
  expect(await handled(() => refusal(503, 'starting'))).toBe('OpenClaw is starting up, retry in a few seconds\n');
  expect(await handled(() => ({ json: { response: 'Fine' } }))).toBe('');
});

test('any other error goes on to whoever called', async () => {
  const { code, err } = await desk.run('node', [await desk.write('other.mjs', withClient(gateway.url).replace(gateway.token, 'wrong') + printed('s2-errors.js', { '{ ... }': "{ message: 'Hi' }" }))]).ended;
  expect([code, err]).toEqual([1, expect.stringContaining('OpenClawError')]);
});

verifies('s4.client', async () => {
  const out = await run('sdk.mjs', printed('s4-client.mjs', { 'http://localhost:3000': gateway.url }), { OPENCLAW_TOKEN: gateway.token });
  expect(out).toBe('Heard: Analyze the error logs from today\n');
});
