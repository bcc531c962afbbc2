/** Printed curl commands, shell scripts and JavaScript clients, run as programs. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import { needs } from '../support/debian.ts';
import type { ModelServer } from '../support/model-server.ts';
import type { TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { type Desk, makeDesk } from './desk.ts';
import { printed, printedJson } from './printed.ts';
import { like } from './ask.ts';
import { refuseFirst } from './refuse-first.ts';

let gateway: TestGateway & { readonly model: ModelServer };
let desk: Desk;
beforeAll(async () => {
  [gateway, desk] = await Promise.all([startClaudeGateway(), makeDesk()]);
});
beforeEach(() => {
  gateway.model.reset();
  gateway.model.script(({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}`, usage: { inputTokens: 800, outputTokens: 42 } }));
});
afterAll(async () => {
  await desk[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const heard = (): string | undefined => gateway.model.requests.at(-1)?.messages.at(-1)?.text;
const bash = (script: string, env: Readonly<Record<string, string>> = {}) => desk.run('bash', ['-c', script], env).ended;
const parse = (text: string): Readonly<Record<string, unknown>> =>
  // Every answer of the gateway is an object.
  JSON.parse(text) as Readonly<Record<string, unknown>>;

const missing = await needs('curl', 'jq');
describe.skipIf(missing)(`curl and jq${missing}`, () => {
  verifies('s0.status-curl', async () => {
    const { out } = await bash(printed('s0-status-curl.sh', { 'http://localhost:18789': gateway.url, 'your-secret-token': gateway.token }));
    expect(parse(out)).toEqual(like(printedJson('s0-status-reply.jsonc')));
  });

  verifies('s0.research', async () => {
    await mkdir(join(desk.folder, 'reports'));
    const script = await desk.write('research.sh', printed('s0-research.sh', { 'http://localhost:18789': gateway.url }));
    const { code, err } = await desk.run('bash', [script], { TOKEN: gateway.token }).ended;
    expect([code, err]).toEqual([0, '']);
    const [report = '', ...more] = await readdir(join(desk.folder, 'reports'));
    expect(more).toEqual([]);
    expect(report).toMatch(/^\d{4}-\d\d-\d\d\.md$/);
    expect(await readFile(join(desk.folder, 'reports', report), 'utf8')).toBe('Heard: Search for the latest AI agent news and write a summary\n');
  });

  verifies('s2.health-curl', async () => {
    const { out } = await bash(printed('s2-health.sh', { 'http://localhost:3000': gateway.url, 'your-api-key': gateway.token }));
    expect(parse(out)).toEqual(like(printedJson('s2-health-reply.jsonc')));
  });

  verifies('s2.deploy-curl', async () => {
    // GitHub has put in its values before the shell sees the script.
    const script = printed('s2-deploy.sh', { '${{ github.sha }}': 'abc123', '${{ github.event.pull_request.html_url }}': 'https://github.com/o/r/pull/7' }).replace(/^run: \|\n/, '');
    const { out } = await bash(script, { OPENCLAW_URL: gateway.url, OPENCLAW_API_KEY: gateway.token });
    expect(parse(out)).toEqual(like(printedJson('s2-send-reply.jsonc')));
    expect(heard()).toBe('Deployment of abc123 to production completed successfully. Summarize the changes in this PR: https://github.com/o/r/pull/7');
  });

  verifies('s3.send-curl', async () => {
    const { out } = await bash(printed('s3-send-curl.sh', { 'http://localhost:3000': gateway.url, 'your-secret-gateway-token-here': gateway.token }));
    expect(parse(out)).toMatchObject({ response: 'Heard: Hello from the API!', sessionKey: 'agent:main:main' });
  });

  verifies('s4.status-curl', async () => {
    const { code, out } = await bash(printed('s4-status.sh', { 'http://localhost:3000': gateway.url }), { TOKEN: gateway.token });
    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({ status: 'ok', mcp_servers: [] });
  });

  const begin = () => bash(printed('s4-test-it.sh', { 'http://localhost:3000': gateway.url }), { TOKEN: gateway.token });

  verifies('s4.test-it', async () => {
    const { code, out } = await begin();
    expect(code).toBe(0);
    expect(parse(out)).toEqual(like(printedJson('s4-create-task-reply.jsonc')));
    await gateway.model.until(() => heard() === 'List the files in the current directory');
  });

  verifies('s4.task-curl', async () => {
    const id = String(parse((await begin()).out)['id']);
    const status = () => bash(printed('s4-task-status.sh', { 'http://localhost:3000': gateway.url, task_abc123: id }), { TOKEN: gateway.token });
    await expect.poll(async () => (await status()).out, { timeout: 10_000 }).toBe('"completed"\n');
  });
});

describe('JavaScript', () => {
  /** Runs a client that asks for paths of the gateway's own page, as one on that page would: what `fetch` gets without a host is the gateway's. */
  const onItsPage = async (code: string, env: Readonly<Record<string, string>> = {}) => {
    const base = await desk.write('base.mjs', `const plain = globalThis.fetch;\nglobalThis.fetch = (path, init) => plain(new URL(path, ${JSON.stringify(gateway.url)}), init);\n`);
    return desk.run('node', ['--import', base, await desk.write('page.mjs', code)], env).ended;
  };

  /** Express is not among our packages. This takes its place for the printed handler: `app.post`, a parsed `req.body`, `res.sendStatus`. */
  const express = (handler: string): string => `
import { createServer } from 'node:http';
const routes = new Map();
const app = { post: (path, one) => routes.set(path, one) };
${handler}
const server = createServer(async (request, response) => {
  const chunks = await request.toArray();
  routes.get(request.url)({ body: JSON.parse(Buffer.concat(chunks)) }, { sendStatus: (status) => response.writeHead(status).end() });
});
server.listen(0, '127.0.0.1', () => console.log('port', server.address().port, 'open'));
`;

  verifies('s0.express', async () => {
    const handler = printed('s0-express-webhook.js', { 'http://localhost:18789': gateway.url, 'your-token': gateway.token });
    const server = desk.run('node', [await desk.write('express.mjs', express(handler))]);
    await server.until('open');
    const port = /port (\d+) open/.exec(server.said().out)?.[1];
    const event = { action: 'opened', repository: { name: 'openclaw' }, pull_request: { title: 'Mend the door' } };
    const response = await fetch(`http://127.0.0.1:${port}/webhook/github`, { method: 'POST', body: JSON.stringify(event) });
    expect(response.status).toBe(200);
    await gateway.model.until(() => heard() !== undefined);
    expect(heard()).toBe('GitHub event: opened on openclaw. Mend the door');
    await server.stop();
  });

  verifies('s0.dashboard', async () => {
    await gateway.request('/api/sessions/main/messages', { json: { message: 'Hello!' } });
    const { out, err } = await onItsPage(
      `const authHeaders = { Authorization: 'Bearer ${gateway.token}' };\n${printed('s0-dashboard.js')}\nconsole.log(JSON.stringify(await getDashboard()));\n`,
    );
    expect(err).toBe('');
    const { status, sessions, recentMessages } = parse(out);
    expect(status).toEqual(like(printedJson('s0-status-reply.jsonc')));
    expect(sessions).toMatchObject({ sessions: expect.arrayContaining([expect.objectContaining({ sessionKey: 'agent:main:main' })]) });
    const { messages } = recentMessages as { messages: readonly { content: string }[] }; // its form is what is checked here
    expect(messages.length).toBeLessThanOrEqual(10);
    expect(messages.slice(-2)).toMatchObject([{ role: 'user', content: 'Hello!' }, { role: 'assistant', content: 'Heard: Hello!' }]);
  });

  verifies('s2.stream-client', async () => {
    gateway.model.script(() => ({ text: ['A bridge ', 'joins ', 'containers.'], chunkDelayMs: 30, usage: { inputTokens: 800, outputTokens: 42 } }));
    const { code, out, err } = await onItsPage(printed('s2-stream.mjs'), { OPENCLAW_API_KEY: gateway.token });
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe('A bridge joins containers.\n\nDone: 842 tokens\n');
    expect(heard()).toBe('Explain Docker networking in 3 paragraphs');
  });

  verifies('s3.javascript-client', async () => {
    const client = printed('s3-client.mjs', { 'http://localhost:3000': gateway.url, 'your-token': gateway.token });
    const { code, out, err } = await desk.run('node', [await desk.write('client.mjs', `${client}\nconsole.log(JSON.stringify(await client.getSessionStatus()));\n`)]).ended;
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain("reply: 'Heard: Hello from JavaScript!'");
    expect(out).toMatch(/Task result: \{\n {2}status: 'completed',[^]*reply: 'Heard: Generate a haiku about programming'/);
    expect(gateway.model.requests.map(({ model }) => model)).toEqual(['claude-sonnet-4', 'claude-haiku-4']);
    expect(parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ sessionKey: 'agent:main:main', usage: { totalTokens: expect.any(Number) } });
    const wrong = await desk.run('node', [await desk.write('wrong.mjs', client.replace(gateway.token, 'wrong'))]).ended;
    expect(wrong.err).toContain('API error: 401');
  });

  verifies('s4.backoff', async () => {
    await using front = await refuseFirst(2, gateway, { 'retry-after': '1' });
    const ask = `const response = await apiCall('${front.url}/api/v1/status', { headers: { Authorization: 'Bearer ${gateway.token}' } });`;
    const { out, err } = await desk.run('node', [await desk.write('backoff.mjs', `${printed('s4-backoff.js')}\n${ask}\nconsole.log(await response.text());\n`)]).ended;
    expect(err).toBe('');
    expect(parse(out)).toMatchObject({ status: 'ok' });
    expect(front.refusedForMs()).toBeGreaterThanOrEqual(1_900);
  });
});
