/** The requests that the documents print, sent as they stand there. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { ModelServer } from '../support/model-server.ts';
import type { TestGateway } from '../support/gateway.ts';
import { verifies } from '../requirements/verifies.ts';
import { ask, like } from './ask.ts';
import { startClaudeGateway } from './claude-gateway.ts';
import { printed, printedJson, type PrintedRequest, printedRequest, printedRequests } from './printed.ts';

let gateway: TestGateway & { readonly model: ModelServer };
beforeAll(async () => {
  gateway = await startClaudeGateway();
});
beforeEach(() => {
  gateway.model.reset();
  gateway.model.script(({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}`, usage: { inputTokens: 800, outputTokens: 42 } }));
});
afterAll(() => gateway[Symbol.asyncDispose]());

const heard = (): string | undefined => gateway.model.requests.at(-1)?.messages.at(-1)?.text;
const bodyOf = ({ body = '{}' }: PrintedRequest): Readonly<Record<string, unknown>> =>
  // Printed bodies are objects.
  JSON.parse(body) as Readonly<Record<string, unknown>>;

describe('the first document', () => {
  const main = { ':sessionKey': 'main' };

  verifies('s0.status', async () => {
    const { status, json } = await ask(gateway, printedRequest('s0-status.http'));
    expect(status).toBe(200);
    const example = printedJson('s0-status-reply.jsonc');
    expect(Object.keys(json)).toEqual(Object.keys(example));
    expect(json).toEqual(like(example));
    expect(json).toMatchObject({ ok: true, agent: 'main', model: 'anthropic/claude-sonnet-4' });
    expect(json['version']).toMatch(/^\d+\.\d+\.\d+/);
  });

  verifies('s0.send', async () => {
    const { status, json } = await ask(gateway, printedRequest('s0-send.http'));
    expect(status).toBe(200);
    expect(heard()).toBe("What's on my calendar today?");
    expect(json).toEqual(like(printedJson('s0-send-reply.jsonc')));
    expect(json).toMatchObject({ response: "Heard: What's on my calendar today?", sessionKey: 'agent:main:main' });
  });

  verifies('s0.list-sessions', async () => {
    await ask(gateway, printedRequest('s0-send.http'));
    const { status, json } = await ask(gateway, printedRequest('s0-list-sessions.http'));
    expect(status).toBe(200);
    expect(json).toMatchObject({ sessions: expect.arrayContaining([expect.objectContaining({ sessionKey: 'agent:main:main', kind: 'main' })]), total: expect.any(Number) });
  });

  verifies('s0.history', async () => {
    const { json: sent } = await ask(gateway, printedRequest('s0-send.http'));
    // A session goes by its short name, its key and its id.
    for (const name of ['main', 'agent:main:main', String(sent['sessionId'])]) {
      const { status, json } = await ask(gateway, printedRequest('s0-history.http', { ':sessionKey': name }));
      expect(status, name).toBe(200);
      const contents = (json['messages'] as { role: string; content: string }[]).slice(-2); // its form is what is checked here
      expect(contents).toMatchObject([
        { role: 'user', content: "What's on my calendar today?" },
        { role: 'assistant', content: "Heard: What's on my calendar today?" },
      ]);
    }
    const { path, ...rest } = printedRequest('s0-history.http', main);
    expect((await ask(gateway, { ...rest, path: `${path}?limit=1` })).json['messages']).toHaveLength(1);
  });

  verifies('s0.create-session', async () => {
    const { status, json } = await ask(gateway, printedRequest('s0-create-session.http'));
    expect(status).toBe(201);
    expect(json).toMatchObject({ label: 'my-custom-session', kind: 'isolated', sessionKey: 'agent:main:my-custom-session' });
    // What was made can be talked to, by its key and by its label.
    for (const key of [String(json['sessionKey']), 'my-custom-session']) {
      const { json: reply } = await ask(gateway, printedRequest('s0-send.http', { 'sessions/main/': `sessions/${key}/` }));
      expect(reply).toMatchObject({ sessionId: json['sessionId'] });
    }
  });

  verifies('s0.separate-sessions', async () => {
    await ask(gateway, printedRequest('s0-send.http', { "What's on my calendar today?": 'The secret word is heron.' }));
    await ask(gateway, printedRequest('s0-send.http', { 'sessions/main/': 'sessions/webhook/' }));
    expect(JSON.stringify(gateway.model.requests.at(-1)?.messages)).not.toContain('heron');
    await ask(gateway, printedRequest('s0-send.http'));
    expect(JSON.stringify(gateway.model.requests.at(-1)?.messages)).toContain('heron');
  });
});

describe('the third document', () => {
  verifies('s2.send', async () => {
    const sent = printedRequest('s2-send.http');
    const { status, json } = await ask(gateway, sent);
    expect(status).toBe(200);
    expect(heard()).toBe('Summarize the latest GitHub activity for the main repo');
    expect(json).toEqual(like(printedJson('s2-send-reply.jsonc')));
    expect(json).toMatchObject({ response: expect.stringMatching(/^Heard: Summarize/), tokensUsed: 842, toolsInvoked: [], finishReason: 'stop' });
    expect(json['messageId']).toMatch(/^msg_\w+$/);
    expect(json['sessionId']).toMatch(/^sess_\w+$/);
    // The session that was named is the session of the next message too.
    expect((await ask(gateway, sent)).json['sessionId']).toBe(json['sessionId']);
    const system = gateway.model.requests.at(-1)?.system ?? '';
    expect(system).toContain('America/New_York');
    expect(system).toContain('"en"');
  });

  verifies('s2.tools-invoked', async () => {
    gateway.model.script(({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'time', input: {} }] } : { text: 'Late.' }));
    expect((await ask(gateway, printedRequest('s2-send.http'))).json).toMatchObject({ response: 'Late.', toolsInvoked: ['time'] });
  });

  verifies('s2.user-session', async () => {
    const { method, path, body } = printedRequest('s2-stream.http', { '/stream': '' });
    const send = async (places: Readonly<Record<string, string>>) =>
      (await ask(gateway, { method, path, body: Object.entries(places).reduce((text, [from, to]) => text.replace(from, to), body ?? '') })).json['sessionId'];
    const first = await send({});
    expect(await send({})).toBe(first);
    expect(await send({ 'api-user': 'other-user' })).not.toBe(first);
    expect(await send({ team: 'admins' })).not.toBe(first);
  });

  verifies('s2.stream', async () => {
    gateway.model.script(({ messages }) =>
      messages.at(-1)?.role === 'user' ? { text: ['Here', ' is'], toolCalls: [{ tool: 'time', input: { timezone: 'UTC' } }], chunkDelayMs: 20 } : { text: [' the spec:'], chunkDelayMs: 20 },
    );
    const { status, headers, text } = await ask(gateway, printedRequest('s2-stream.http'));
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/event-stream');
    const read = (lines: string) => lines.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6)) as Readonly<Record<string, unknown>>] : [])); // data lines are objects
    const [events, example] = [read(text), read(printed('s2-stream-reply.http'))];
    expect(events.map(({ type }) => type)).toEqual(example.map(({ type }) => type));
    for (const [i, event] of events.entries()) expect(event).toEqual(like(example[i] ?? {}));
    expect(events.flatMap(({ content }) => content ?? [])).toEqual(['Here', ' is', ' the spec:']);
    expect(events[2]).toMatchObject({ tool: 'time', input: { timezone: 'UTC' } });
  });

  verifies('s2.health', async () => {
    const { status, json } = await ask(gateway, { method: 'GET', path: '/api/v1/health', body: undefined });
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(Object.keys(printedJson('s2-health-reply.jsonc')));
    expect(json).toEqual(like(printedJson('s2-health-reply.jsonc')));
    expect(json['status']).toBe('ok');
  });

  describe('sessions', () => {
    const requests = (id: string): readonly PrintedRequest[] => printedRequests('s2-sessions.http', { '{sessionId}': id });
    const nth = (id: string, index: number): PrintedRequest => {
      const one = requests(id)[index];
      if (!one) throw new Error(`the document prints no request ${index}`);
      return one;
    };
    let id: string;
    beforeEach(async () => {
      id = String((await ask(gateway, printedRequest('s2-send.http'))).json['sessionId']);
    });

    verifies('s2.list-sessions', async () => {
      const { status, json } = await ask(gateway, nth(id, 0));
      expect(status).toBe(200);
      expect(json).toMatchObject({ sessions: expect.arrayContaining([expect.objectContaining({ id, workspace: 'team' })]), total: expect.any(Number), limit: expect.any(Number), offset: 0 });
    });

    verifies('s2.session', async () => {
      const { status, json } = await ask(gateway, nth(id, 1));
      expect(status).toBe(200);
      expect(json).toEqual(like(printedJson('s2-session.jsonc')));
      expect(json).toMatchObject({ id, workspace: 'team', userId: 'api-user', channel: 'api' });
      expect(json['messageCount']).toBeGreaterThanOrEqual(2);
      expect(json['tokensUsed']).toBeGreaterThanOrEqual(842);
      expect(new Date(String(json['lastActiveAt'])).getTime()).toBeGreaterThanOrEqual(new Date(String(json['createdAt'])).getTime());
      expect((await ask(gateway, nth('sess_gone', 1))).status).toBe(404);
    });

    verifies('s2.history', async () => {
      const request = nth(id, 2);
      expect(request.path).toContain('?limit=20&offset=0');
      const { json } = await ask(gateway, request);
      expect(json).toMatchObject({ limit: 20, offset: 0 });
      const messages = json['messages'] as { role: string; content: string }[]; // its form is what is checked here
      expect(messages.slice(-2).map(({ role, content }) => `${role}: ${content.slice(0, 9)}`)).toEqual(['user: Summarize', 'assistant: Heard: Su']);
      const skipped = await ask(gateway, { ...request, path: request.path.replace('offset=0', 'offset=1') });
      expect(skipped.json['messages']).toEqual(messages.slice(0, -1));
    });

    verifies('s2.delete-session', async () => {
      const { status, json } = await ask(gateway, nth(id, 3));
      expect([status, json]).toEqual([200, { deleted: true }]);
      expect((await ask(gateway, nth(id, 1))).status).toBe(404);
      expect((await ask(gateway, nth(id, 3))).status).toBe(404);
    });

    verifies('s2.delete-workspace', async () => {
      const request = nth(id, 4);
      expect(request).toMatchObject({ method: 'DELETE', path: '/api/v1/sessions?workspace=team' });
      const main = (await ask(gateway, printedRequest('s0-send.http'))).json['sessionId'];
      const { json } = await ask(gateway, request);
      expect(json['deleted']).toBeGreaterThanOrEqual(1);
      expect((await ask(gateway, nth(id, 1))).status).toBe(404);
      expect((await ask(gateway, nth(String(main), 1))).status).toBe(200);
      // Without a workspace nothing is deleted.
      expect((await ask(gateway, { ...request, path: '/api/v1/sessions' })).status).toBe(400);
      expect((await ask(gateway, nth(String(main), 1))).status).toBe(200);
    });
  });
});

describe('the fourth document', () => {
  verifies('s3.send', async () => {
    const sent = printedRequest('s3-send.md');
    const { status, json } = await ask(gateway, sent);
    expect(status).toBe(200);
    expect(json).toMatchObject({ response: "Heard: What's the weather like today?", reply: "Heard: What's the weather like today?", sessionKey: 'agent:main:main' });
    expect(bodyOf(sent)['timeoutSeconds']).toBe(120);
    // To an existing session.
    const missing = await ask(gateway, { ...sent, body: sent.body?.replace('"main"', '"nowhere"') });
    expect(missing).toMatchObject({ status: 404, json: { error: { code: 'session_not_found' } } });
  });

  verifies('s3.timeout', async () => {
    gateway.model.script(() => ({ text: 'late', delayMs: 400 }));
    const sent = printedRequest('s3-send.md', { '"timeoutSeconds": 120': '"timeoutSeconds": 0.1' });
    const { status, json } = await ask(gateway, sent);
    expect(status).toBe(504);
    const turn = (json as { error: { details: { turnId: string } } }).error.details.turnId; // the one form of errors, with where to look later
    await expect.poll(async () => (await ask(gateway, { method: 'POST', path: '/api/native/turns.get', body: JSON.stringify({ turn }) })).json, { timeout: 5_000 }).toMatchObject({ state: 'done', reply: { text: 'late' } });
  });

  verifies('s3.spawn', async () => {
    const { status, json } = await ask(gateway, printedRequest('s3-spawn.md'));
    expect(status).toBe(200);
    expect(gateway.model.requests.at(-1)).toMatchObject({ model: 'claude-sonnet-4-5' });
    expect(json).toMatchObject({ status: 'completed', reply: expect.stringMatching(/^Heard: Research the top 5/), taskId: expect.stringMatching(/^task_\w+$/) });
    // In a session of its own: the main one hears nothing of it.
    expect(json['sessionKey']).not.toBe('agent:main:main');
    expect(gateway.model.requests.at(-1)?.messages).toHaveLength(1);
  });

  verifies('s3.spawn-timeout', async () => {
    gateway.model.script(() => ({ text: 'late', delayMs: 5_000 }));
    const { status, json } = await ask(gateway, printedRequest('s3-spawn.md', { '"runTimeoutSeconds": 300': '"runTimeoutSeconds": 0.2' }));
    expect(status).toBe(504);
    expect(json).toMatchObject({ error: { details: { taskId: expect.stringMatching(/^task_\w+$/) } } });
    await gateway.model.until(() => gateway.model.aborted === 1);
  });

  verifies('s3.list', async () => {
    await ask(gateway, printedRequest('s3-send.md'));
    await ask(gateway, printedRequest('s3-spawn.md'));
    const sent = printedRequest('s3-list.md');
    expect(sent.method).toBe('GET');
    const { kinds, limit, messageLimit } = bodyOf(sent);
    const asked = [sent, { ...sent, body: undefined, path: `${sent.path}?kinds=${String(kinds)}&limit=${String(limit)}&messageLimit=${String(messageLimit)}` }];
    for (const request of asked) {
      const { status, json } = await ask(gateway, request);
      expect(status).toBe(200);
      const sessions = json['sessions'] as { kind: string; messages: unknown[] }[]; // its form is what is checked here
      expect(json).toMatchObject({ limit: 10 });
      expect(new Set(sessions.map(({ kind }) => kind))).toEqual(new Set(['main', 'isolated']));
      for (const { messages } of sessions) expect(messages.length).toBeLessThanOrEqual(5);
      expect(sessions[0]?.messages).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
    }
    const onlyMain = await ask(gateway, { ...sent, body: sent.body?.replace(', "isolated"', '') });
    expect(new Set((onlyMain.json['sessions'] as { kind: string }[]).map(({ kind }) => kind))).toEqual(new Set(['main'])); // its form is checked above
  });

  verifies('s3.history', async () => {
    gateway.model.script(({ messages }) => (messages.at(-1)?.role === 'user' ? { toolCalls: [{ tool: 'time', input: { timezone: 'UTC' } }] } : { text: 'Sunny.' }));
    await ask(gateway, printedRequest('s3-send.md'));
    const sent = printedRequest('s3-history.md');
    const asked = [sent, { ...sent, body: undefined, path: `${sent.path}?sessionKey=main&limit=50&includeTools=true` }];
    for (const request of asked) {
      const { status, json } = await ask(gateway, request);
      expect(status).toBe(200);
      expect(json).toMatchObject({ limit: 50 });
      // Between question and tool stands the step that called it, without words; its form is what is checked here.
      const last = (json['messages'] as { content: string }[]).filter(({ content }) => content !== '').slice(-3);
      expect(last).toMatchObject([{ role: 'user', content: "What's the weather like today?" }, { role: 'tool', content: expect.stringContaining('UTC'), tool: 'time', input: { timezone: 'UTC' } }, { role: 'assistant', content: 'Sunny.' }]);
    }
    const without = await ask(gateway, { ...sent, body: sent.body?.replace('true', 'false') });
    expect(JSON.stringify(without.json)).not.toContain('"role":"tool"');
  });

  verifies('s3.session-status', async () => {
    await ask(gateway, printedRequest('s3-send.md'));
    const { status, json } = await ask(gateway, printedRequest('s3-status.md'));
    expect(status).toBe(200);
    expect(json).toMatchObject({ sessionKey: 'agent:main:main', model: 'anthropic/claude-sonnet-4', usage: { totalTokens: expect.any(Number) }, cost: { usd: expect.any(Number) }, config: { model: 'anthropic/claude-sonnet-4' } });
    expect(json['tokensUsed']).toBeGreaterThanOrEqual(842);
  });

  verifies('s3.codes', async () => {
    const sent = printedRequest('s3-send.md');
    expect((await ask(gateway, sent)).status).toBe(200);
    expect((await ask(gateway, { ...sent, body: '{"sessionKey": "main"}' })).status).toBe(400);
    expect((await ask({ url: gateway.url, token: 'your-token' }, sent)).status).toBe(401);
    expect((await ask(gateway, { ...sent, path: '/api/session/send' })).status).toBe(404);
  });
});

describe('the fifth document', () => {
  let project: string;
  let tasks: TestGateway & { readonly model: ModelServer };
  beforeAll(async () => {
    project = await realpath(await mkdtemp(join(tmpdir(), 'myapp-')));
    tasks = await startClaudeGateway({ config: { tools: { roots: [project] } } });
  });
  beforeEach(() => {
    tasks.model.reset();
    tasks.model.script(({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}`, usage: { inputTokens: 800, outputTokens: 42 } }));
  });
  afterAll(async () => {
    await tasks[Symbol.asyncDispose]();
    await rm(project, { recursive: true, force: true });
  });

  const printedTask = () => printedRequest('s4-create-task.http', { '/home/user/projects/myapp': project });
  const get = (path: string) => ask(tasks, { method: 'GET', path, body: undefined });
  const begin = async () => {
    const made = await ask(tasks, printedTask());
    expect(made.status).toBe(201);
    return made.json;
  };
  const over = async (id: unknown) => {
    await expect.poll(async () => (await get(`/api/v1/tasks/${String(id)}`)).json['status'], { timeout: 5_000 }).not.toBe('running');
    return String(id);
  };
  const resultOf = (id: string) => ask(tasks, printedRequest('s4-task-result.http', { ':id': id }));

  verifies('s4.create-task', async () => {
    const made = await begin();
    expect(made).toEqual(like(printedJson('s4-create-task-reply.jsonc')));
    expect(made).toMatchObject({ id: expect.stringMatching(/^task_\w+$/), status: 'running', created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) });
    await over(made['id']);
    expect(tasks.model.requests.at(-1)).toMatchObject({ model: 'claude-sonnet-4-20250514', maxTokens: 4096, messages: [{ text: 'Summarize the latest git commits in my project' }] });
  });

  verifies('s4.working-directory', async () => {
    await over((await begin())['id']);
    expect(tasks.model.requests.at(-1)?.system).toContain(`Your working directory is ${JSON.stringify(project)}`);
    const elsewhere = await ask(tasks, printedRequest('s4-create-task.http'));
    expect(elsewhere).toMatchObject({ status: 403, json: { error: { code: 'forbidden', message: expect.stringContaining('tools.roots') } } });
  });

  verifies('s4.get-task', async () => {
    const id = await over((await begin())['id']);
    expect(await get(`/api/v1/tasks/${id}`)).toMatchObject({
      status: 200,
      json: {
        id, status: 'completed', prompt: 'Summarize the latest git commits in my project', options: { model: 'claude-sonnet-4-20250514', max_tokens: 4096 },
        working_directory: project, duration_ms: expect.any(Number),
      },
    });
  });

  verifies('s4.task-result', async () => {
    const id = await over((await begin())['id']);
    const { status, json } = await resultOf(id);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id, status: 'completed', output: 'Heard: Summarize the latest git commits in my project', usage: { input_tokens: 800, output_tokens: 42, total_tokens: 842, cost_usd: expect.any(Number) },
    });
  });

  verifies('s4.task-files', async () => {
    tasks.model.script(async () => {
      await writeFile(join(project, 'SUMMARY.md'), 'Ten commits.');
      return { text: 'Written.' };
    });
    const { json } = await resultOf(await over((await begin())['id']));
    expect(json).toMatchObject({ output: 'Written.', files: [{ path: 'SUMMARY.md', change: 'created', size: 12 }] });
  });

  verifies('s4.list-tasks', async () => {
    const id = await over((await begin())['id']);
    const { status, json } = await ask(tasks, printedRequest('s4-list-tasks.http'));
    expect(status).toBe(200);
    expect(json).toMatchObject({ total: expect.any(Number), limit: 20, offset: 0 });
    const listed = json['tasks'] as { id: string; status: string }[]; // its form is what is checked here
    expect(listed[0]).toMatchObject({ id, prompt: 'Summarize the latest git commits in my project', status: 'completed' });
    expect(new Set(listed.map(({ status: state }) => state))).toEqual(new Set(['completed']));
  });

  verifies('s4.list-filters', async () => {
    tasks.model.script(() => ({ status: 400, message: 'no' }));
    const id = await over((await begin())['id']);
    const { path } = printedRequest('s4-list-tasks.http', { completed: 'failed' });
    const today = new Date().toISOString().slice(0, 10);
    const ids = async (more: string) => ((await get(`${path}${more}`)).json['tasks'] as { id: string }[]).map((task) => task.id); // its form is checked above
    expect(await ids(`&from=${today}&search=git%20commits`)).toEqual([id]);
    expect(await ids('&to=2026-03-01')).toEqual([]);
    expect(await ids('&search=weather')).toEqual([]);
    expect((await get('/api/v1/tasks?status=finished')).status).toBe(400);
  });

  verifies('s4.task-events', async () => {
    const done = await over((await begin())['id']);
    tasks.model.script(() => ({ status: 400, message: 'no' }));
    const failed = await over((await begin())['id']);
    const { json } = await ask(tasks, { method: 'POST', path: '/api/native/events.list', body: '{"limit": 200}' });
    const told = (json['events'] as { type: string; data: { taskId?: string } }[]).filter(({ data }) => data.taskId === done || data.taskId === failed); // events are listed in this form
    const data = { taskId: done, prompt: 'Summarize the latest git commits in my project' };
    expect(told.filter(({ type }) => type.startsWith('task.'))).toMatchObject([
      { type: 'task.started', data },
      { type: 'task.completed', data: { ...data, status: 'completed', durationMs: expect.any(Number) } },
      { type: 'task.started', data: { ...data, taskId: failed } },
      { type: 'task.failed', data: { ...data, taskId: failed, status: 'failed', durationMs: expect.any(Number) } },
    ]);
  });
});

describe('limits', () => {
  verifies('s2.rate-limit-headers', async () => {
    await using limited = await startClaudeGateway({ config: { api: { port: null, rateLimit: 100 } } });
    const read = async () => {
      const { headers } = await ask(limited, { method: 'GET', path: '/api/v1/health', body: undefined });
      return ['limit', 'remaining', 'reset'].map((name) => Number(headers[`x-ratelimit-${name}`]));
    };
    const [first, second] = [await read(), await read()];
    expect(first).toEqual([100, 99, expect.any(Number)]);
    expect(second[1]).toBe(98);
    // The end of the minute, in seconds since 1970.
    expect((first[2] ?? 0) * 1000 - Date.now()).toBeGreaterThan(-1_000);
    expect((first[2] ?? 0) * 1000 - Date.now()).toBeLessThanOrEqual(61_000);
  });

  verifies('s4.codes', async () => {
    await using limited = await startClaudeGateway({
      config: { api: { port: null, rateLimit: 6 }, limits: { maxStepsPerTurn: 1 } },
      script: () => ({ toolCalls: [{ tool: 'time', input: {} }] }),
    });
    const made = printedRequest('s0-create-session.http');
    const get = (path: string) => ({ method: 'GET', path, body: undefined });
    const seen = [
      [200, await ask(limited, get('/api/v1/status'))],
      [201, await ask(limited, made)],
      [400, await ask(limited, { ...made, body: '{"target": "nobody"}' })],
      [401, await ask({ url: limited.url, token: 'ocl_your_token_here' }, made)],
      [404, await ask(limited, get('/api/v1/sessions/sess_gone'))],
      // The agent went on for longer than it may.
      [500, await ask(limited, printedRequest('s3-send.md'))],
      [200, await ask(limited, get('/api/v1/status'))],
      [429, await ask(limited, get('/api/v1/status'))],
    ] as const;
    expect(seen.map(([, { status }]) => status)).toEqual(seen.map(([status]) => status));
    const refused = seen[7][1];
    expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    expect(refused.json).toEqual({ error: { code: 'rate_limited', message: `Rate limit exceeded. Try again in ${String(refused.headers['retry-after'])} seconds.`, retry_after: Number(refused.headers['retry-after']) } });
  });

  verifies('s4.status', async () => {
    const { status, json } = await ask(gateway, { method: 'GET', path: '/api/v1/status', body: undefined });
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'ok', version: expect.stringMatching(/^\d+\./), uptime: expect.any(Number), mcp_servers: [] });
  });

  verifies('s4.config', async () => {
    await using house = await startClaudeGateway();
    const [current] = printedRequests('s4-config.http');
    if (!current) throw new Error('the document prints two requests');
    const { status, json, headers } = await ask(house, current);
    expect(status).toBe(200);
    expect(json).toMatchObject({ model: 'anthropic/claude-sonnet-4', models: { providers: { anthropic: { apiKey: '[hidden]' } } } });
    expect(headers['etag']).toMatch(/^"\w+"$/);
  });

  verifies('s4.config-patch', async () => {
    await using house = await startClaudeGateway();
    const [, update] = printedRequests('s4-config.http');
    if (!update) throw new Error('the document prints two requests');
    const { status, json } = await ask(house, update);
    expect(status).toBe(200);
    expect(json).toMatchObject({ model: { provider: 'anthropic', max_context: 8192 }, models: { providers: { anthropic: { apiKey: '[hidden]' } } } });
    // It counts from now on, and the key of the provider is still there.
    const { json: reply } = await ask(house, printedRequest('s2-send.http'));
    expect(reply).toMatchObject({ finishReason: 'stop' });
    expect((await ask(house, { method: 'GET', path: `/api/session/status?sessionKey=${String(reply['sessionId'])}`, body: undefined })).json).toMatchObject({ config: { contextTokens: 8192 } });
  });
});
