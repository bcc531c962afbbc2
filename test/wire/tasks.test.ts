/** `/api/v1/tasks` as its clients see it. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Authenticator, owner } from '../../packages/gateway/src/engine/access/index.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import type { ModelScript } from '../support/model-server.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const Page = z.object({ tasks: z.array(z.looseObject({ id: z.string(), prompt: z.string(), status: z.string() })), total: z.number(), limit: z.number(), offset: z.number() });

/** `team-…` may enter the workspace `team` only; `reader` may not write. */
const authenticator = (ours: Authenticator): Authenticator => ({
  ...ours,
  authenticate: (credential, address) => {
    if (credential === 'team-key') return { ...owner, id: 'team', workspaces: new Set(['team']) };
    if (credential === 'reader') return { ...owner, id: 'reader', permissions: new Set(['messages:read'] as const) };
    return ours.authenticate(credential, address);
  },
});

let place: string;
let gateway: TestGateway;
let script: ModelScript;
beforeAll(async () => {
  place = await realpath(await mkdtemp(join(tmpdir(), 'tasks-wire-')));
  await mkdir(join(place, 'app'));
  gateway = await startGateway({ script: (request) => script(request), config: { tools: { roots: [join(place, 'app')] } }, wire: { authenticator } });
});
beforeEach(() => {
  script = ({ messages }) => ({ text: `Heard: ${messages.at(-1)?.text}`, usage: { inputTokens: 800, outputTokens: 42 } });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(place, { recursive: true, force: true });
});

const as = (token?: string) => (token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

const ask = async (method: string, path: string, { json, token, headers = {} }: { json?: unknown; token?: string; headers?: Record<string, string> } = {}, at = gateway) => {
  const response = await at.request(`/api/v1/tasks${path}`, { method, ...(json !== undefined && { json }), headers: { ...as(token).headers, ...headers } });
  const text = await response.text();
  // Every JSON answer is an object.
  return { status: response.status, text, json: (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown> & { error?: { code: string; message: string; details?: Record<string, unknown> } } };
};

const create = async (prompt: string, more: object = {}, token?: string): Promise<string> => {
  const { status, json, text } = await ask('POST', '', { json: { prompt, ...more }, ...(token !== undefined && { token }) });
  expect([status, text]).toEqual([201, expect.any(String)]);
  return String(json['id']);
};

const until = async (id: string, status: string) => {
  const patience = Date.now() + 5_000;
  let seen: unknown;
  while ((seen = (await ask('GET', `/${id}`)).json['status']) !== status) {
    if (Date.now() > patience) throw new Error(`the task ${id} is ${String(seen)}, and not ${status}`);
    await pause(20);
  }
};

const hang: ModelScript = () => ({ text: ['thinking '], chunkDelayMs: 0, breaks: 'hang' });

describe('a task', () => {
  test('is answered at once, can be asked for, and has a result in the end', async () => {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => (go = resolve));
    script = async () => {
      await gate;
      return { text: 'Ten commits.', usage: { inputTokens: 800, outputTokens: 42, cacheReadTokens: 10 } };
    };
    const made = await ask('POST', '', { json: { prompt: 'Summarize', label: 'daily', options: { max_tokens: 4096, working_directory: join(place, 'app'), timeout_seconds: 60 } } });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({ id: expect.stringMatching(/^task_\w+$/), status: 'running', created_at: expect.stringMatching(TIME), session_id: expect.stringMatching(/^sess_/) });
    const id = String(made.json['id']);

    const running = await ask('GET', `/${id}`);
    expect(running.json).toMatchObject({
      id, status: 'running', prompt: 'Summarize', label: 'daily', workspace: 'main', origin: 'api', created_at: made.json['created_at'], completed_at: null, duration_ms: null,
      options: { max_tokens: 4096, timeout_seconds: 60 }, working_directory: join(place, 'app'),
    });
    const early = await ask('GET', `/${id}/result`);
    expect(early).toMatchObject({ status: 409, json: { error: { code: 'conflict', message: expect.stringContaining('still running'), details: { taskId: id, status: 'running' } } } });
    go();
    await until(id, 'completed');

    const { json } = await ask('GET', `/${id}`);
    expect(json).toMatchObject({ status: 'completed', started_at: expect.stringMatching(TIME), completed_at: expect.stringMatching(TIME), duration_ms: expect.any(Number) });
    expect(json).not.toHaveProperty('error');
    expect((await ask('GET', `/${id}/result`)).json).toEqual({
      id, status: 'completed', output: 'Ten commits.', model: 'test/model', files: [], files_cut_off: false, duration_ms: json['duration_ms'],
      usage: { input_tokens: 800, output_tokens: 42, cache_read_tokens: 10, cache_write_tokens: 0, total_tokens: 852, cost_usd: 0 },
    });
  });

  test('names the files that were made meanwhile', async () => {
    script = async () => {
      await writeFile(join(place, 'app', 'report.md'), 'A report.');
      return { text: 'ok' };
    };
    const id = await create('Write', { options: { working_directory: join(place, 'app') } });
    await until(id, 'completed');
    expect((await ask('GET', `/${id}/result`)).json['files']).toEqual([{ path: 'report.md', change: 'created', size: 9 }]);
  });

  test('that fails says why', async () => {
    script = () => ({ status: 400, message: 'the tools are wrong' });
    const id = await create('Fail');
    await until(id, 'failed');
    const error = { code: 'model_failed', message: expect.stringContaining('the tools are wrong') };
    expect((await ask('GET', `/${id}`)).json).toMatchObject({ status: 'failed', error });
    expect(await ask('GET', `/${id}/result`)).toMatchObject({ status: 200, json: { status: 'failed', output: null, error } });
  });

  test('is stopped at its own deadline', async () => {
    script = hang;
    const id = await create('Wait', { options: { timeout_seconds: 0.2 } });
    await until(id, 'failed');
    expect((await ask('GET', `/${id}/result`)).json).toMatchObject({ error: { code: 'turn_deadline' } });
  });

  test('is cancelled while it runs and while it waits; what is over stays as it is', async () => {
    script = hang;
    const id = await create('Wait');
    await gateway.model.until(() => gateway.model.requests.some(({ messages }) => messages.at(-1)?.text === 'Wait'));
    expect(await ask('POST', `/${id}/cancel`)).toMatchObject({ status: 200, json: { id, status: 'cancelled', error: { code: 'turn_cancelled' } } });
    expect(await ask('POST', `/${id}/cancel`, { json: {} })).toMatchObject({ status: 200, json: { status: 'cancelled' } });
    expect(await ask('GET', `/${id}/result`)).toMatchObject({ status: 200, json: { status: 'cancelled', output: null, error: { code: 'turn_cancelled' } } });
    script = () => ({ text: 'ok' });
    const over = await create('Quick');
    await until(over, 'completed');
    expect(await ask('POST', `/${over}/cancel`)).toMatchObject({ status: 200, json: { status: 'completed' } });
  });

  test('is deleted with its session, running or not', async () => {
    const session = async (id: string) => String((await ask('GET', `/${id}`)).json['session_id']);
    const over = await create('Quick');
    await until(over, 'completed');
    script = hang;
    const running = await create('Wait');
    const before = gateway.model.aborted;
    for (const id of [over, running]) {
      const its = await session(id);
      expect(await ask('DELETE', `/${id}`)).toMatchObject({ status: 200, json: { deleted: true } });
      expect((await ask('GET', `/${id}`)).status).toBe(404);
      expect((await gateway.request(`/api/v1/sessions/${its}`)).status).toBe(404);
    }
    await gateway.model.until(() => gateway.model.aborted === before + 1);
  });

  test('is made once with one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'task-once' };
    const [first, second] = [await ask('POST', '', { json: { prompt: 'once' }, headers }), await ask('POST', '', { json: { prompt: 'once' }, headers })];
    expect(second).toEqual(first);
    expect(await ask('POST', '', { json: { prompt: 'twice' }, headers })).toMatchObject({ status: 409, json: { error: { code: 'idempotency_conflict' } } });
  });

  test.each([
    ['no body', undefined], ['no prompt', {}], ['an empty prompt', { prompt: ' ' }], ['a number', { prompt: 7 }], ['options that are none', { prompt: 'x', options: [] }],
    ['tokens that are no number', { prompt: 'x', options: { max_tokens: '4096' } }], ['too few tokens', { prompt: 'x', options: { max_tokens: 0 } }],
    ['a model nobody serves', { prompt: 'x', options: { model: 'claude-sonnet-4' } }], ['no workspace name', { prompt: 'x', workspace: '../x' }],
    ['a directory that is no text', { prompt: 'x', options: { working_directory: 7 } }],
  ])('is refused with 400: %s', async (_, json) => {
    const before = Page.parse((await ask('GET', '')).json).total;
    expect((await ask('POST', '', json === undefined ? {} : { json })).status).toBe(400);
    expect(Page.parse((await ask('GET', '')).json).total).toBe(before);
  });
});

describe('a working directory', () => {
  beforeAll(async () => {
    await mkdir(join(place, 'secret'));
    await symlink(join(place, 'secret'), join(place, 'app', 'out'));
    await writeFile(join(place, 'app', 'file.txt'), '');
  });

  test.each([
    ['/', 403], ['/proc/self', 403], ['/etc', 403], ['..', 403], ['../..', 403], ['/not/there', 403], ['app:/out', 403], ['app:/out/not/there', 403], ['app:/..', 403],
    ['~', 400], ['~root', 400], ['app:/absent', 400], ['app:/file.txt', 400], ['app:\0', 400], ['', 400], ['x'.repeat(5_120), 400], [`/${'x/'.repeat(2_560)}`, 400],
  ])('%j is refused with %i, and begins nothing', async (path, status) => {
    const before = gateway.model.requests.length;
    const refused = await ask('POST', '', { json: { prompt: 'Look', options: { working_directory: path.replace('app:', join(place, 'app')) } } });
    expect([refused.status, refused.json.error?.code]).toEqual([status, status === 403 ? 'forbidden' : 'invalid_request']);
    if (status === 403) expect(refused.json.error).toMatchObject({ message: expect.stringContaining('tools.roots'), details: { key: 'tools.roots' } });
    expect(gateway.model.requests).toHaveLength(before);
  });
});

describe('a list of tasks', () => {
  const list = async (query: string, token?: string) => Page.parse((await ask('GET', `?${query}`, token === undefined ? {} : { token })).json);
  const prompts = async (query: string): Promise<readonly string[]> => (await list(`workspace=listed&${query}`)).tasks.map(({ prompt }) => prompt);

  beforeAll(async () => {
    script = ({ messages }) => (messages.at(-1)?.text.startsWith('Fail') ? { status: 400, message: 'no' } : messages.at(-1)?.text.startsWith('Wait') ? { delayMs: 60_000 } : { text: 'ok' });
    for (const [prompt, status] of [['One report', 'completed'], ['Fail 100%', 'failed'], ['Größe Report', 'completed'], ['Wait', 'running']] as const) await until(await create(prompt, { workspace: 'listed' }), status);
  });

  afterAll(async () => {
    for (const { id } of (await list('workspace=listed')).tasks) await ask('DELETE', `/${id}`);
  });

  test('is newest first, in pages', async () => {
    const all = ['Wait', 'Größe Report', 'Fail 100%', 'One report'];
    expect(await list('workspace=listed')).toMatchObject({ total: 4, limit: 50, offset: 0 });
    expect(await prompts('')).toEqual(all);
    expect(await prompts('limit=2')).toEqual(all.slice(0, 2));
    expect(await prompts('limit=2&offset=2')).toEqual(all.slice(2));
    expect(await list('workspace=listed&limit=2&offset=9')).toEqual({ tasks: [], total: 4, limit: 2, offset: 9 });
  });

  test('is filtered by status, words and time', async () => {
    expect(await prompts('status=completed')).toEqual(['Größe Report', 'One report']);
    expect(await prompts('status=running,failed')).toEqual(['Wait', 'Fail 100%']);
    expect(await prompts('status=running&status=failed')).toEqual(['Wait', 'Fail 100%']);
    expect(await prompts('status=cancelled')).toEqual([]);
    expect(await prompts('search=REPORT')).toEqual(['Größe Report', 'One report']);
    expect(await prompts(`search=${encodeURIComponent('grÖße')}`)).toEqual(['Größe Report']);
    expect(await prompts('search=%25')).toEqual(['Fail 100%']);
    expect(await prompts('search=report&status=failed')).toEqual([]);
    const { tasks } = await list('workspace=listed&search=fail');
    const made = String(tasks[0]?.['created_at']);
    const day = made.slice(0, 10);
    const tomorrow = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
    const yesterday = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
    for (const [from, to] of [['from', 'to'], ['created_after', 'created_before']]) {
      // A day is meant whole, and so is a second.
      expect(await prompts(`search=fail&${from}=${yesterday}&${to}=${day}`)).toHaveLength(1);
      expect(await prompts(`search=fail&${from}=${made}&${to}=${made}`)).toHaveLength(1);
      expect(await prompts(`search=fail&${from}=${made.slice(0, -1)}&${to}=${encodeURIComponent(made.replace('Z', '+00:00'))}`)).toHaveLength(1);
      expect(await prompts(`${from}=${tomorrow}`)).toEqual([]);
      expect(await prompts(`${to}=${yesterday}`)).toEqual([]);
      expect(await prompts(`${from}=${encodeURIComponent(made.replace('Z', '-01:00'))}`)).toEqual([]);
    }
  });

  test.each(['status=done', 'status=Completed', 'status=', 'status=completed,queued'])('%s is refused, with the statuses there are', async (query) => {
    const { status, json } = await ask('GET', `?${query}`);
    expect([status, json.error?.message]).toEqual([400, expect.stringContaining('running, completed, failed, cancelled')]);
  });

  test.each(['limit=0', 'limit=201', 'limit=x', 'offset=-1', 'from=yesterday', 'to=2026-02-30', 'from=2026-03-01T25:00:00Z', 'from=1740000000', 'search=%00', `search=${'x'.repeat(201)}`, 'workspace=..'])('%s is refused', async (query) => {
    const { status, json } = await ask('GET', `?${query}`);
    expect([status, json.error?.code]).toEqual([400, 'invalid_request']);
  });
});

describe('a task of a workspace the caller may not enter', () => {
  test('is not there for them, whatever they ask', async () => {
    script = hang;
    const [mine, theirs] = [await create('Mine', { workspace: 'ops' }), await create('Theirs', { workspace: 'team' }, 'team-key')];
    const paths = [['GET', ''], ['GET', '/result'], ['GET', '/events'], ['POST', '/cancel'], ['DELETE', '']] as const;
    for (const [method, path] of paths) {
      const [foreign, absent] = [await ask(method, `/${mine}${path}`, { token: 'team-key' }), await ask(method, `/task_absent${path}`, { token: 'team-key' })];
      expect([method, path, foreign.status, foreign.json.error?.code]).toEqual([method, path, 404, 'task_not_found']);
      expect(foreign.text).toBe(absent.text.replaceAll('task_absent', mine));
    }
    const seen = Page.parse((await ask('GET', '', { token: 'team-key' })).json);
    expect(seen.tasks.map(({ id }) => id)).toEqual([theirs]);
    expect((await ask('GET', `/${theirs}`, { token: 'team-key' })).status).toBe(200);
    expect((await ask('POST', '', { json: { prompt: 'x', workspace: 'ops' }, token: 'team-key' })).status).toBe(403);
    expect((await ask('GET', `/${mine}`)).json['status']).toBe('running');
    await ask('DELETE', `/${mine}`);
    await ask('DELETE', `/${theirs}`);
  });

  test('reading needs no more than the right to read, and gives none to write', async () => {
    script = () => ({ text: 'ok' });
    const id = await create('Read me');
    await until(id, 'completed');
    for (const path of ['', `/${id}`, `/${id}/result`, `/${id}/events`]) expect([path, (await ask('GET', path, { token: 'reader' })).status]).toEqual([path, 200]);
    for (const [method, path, json] of [['POST', '', { prompt: 'x' }], ['POST', `/${id}/cancel`, {}], ['DELETE', `/${id}`, undefined]] as const) {
      expect((await ask(method, path, { token: 'reader', json })).status).toBe(403);
    }
    const nobody = { authorization: 'Bearer ocl_your_token_here' };
    expect((await ask('GET', '', { headers: nobody })).status).toBe(401);
  });
});

describe('the events of a task', () => {
  const Event = z.looseObject({ type: z.string() });
  const parse = (text: string) => text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [Event.parse(JSON.parse(line.slice(6)))] : []));
  const said = (text: string) => parse(text).map(({ type, content }) => (typeof content === 'string' ? content : type));
  const lastId = (text: string): string => [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  const events = (id: string, headers: Record<string, string> = {}, at = gateway) => at.request(`/api/v1/tasks/${id}/events`, { headers });
  const count: ModelScript = () => ({ text: ['one ', 'two ', 'three ', 'four'], chunkDelayMs: 80 });
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tasks-events-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('are what it does, and last its result', async () => {
    script = ({ messages }) => (messages.at(-1)?.role === 'user' ? { text: ['Let me look.'], toolCalls: [{ tool: 'time', input: { timezone: 'UTC' } }], chunkDelayMs: 5 } : { text: ['It is late.'], chunkDelayMs: 5 });
    const id = await create('How late is it?');
    const response = await events(id);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    const seen = parse(await response.text());
    expect(seen.map(({ type }) => type)).toEqual(['status', 'token', 'tool_call', 'tool_result', 'token', 'completed']);
    expect(seen).toMatchObject([
      { id, status: 'running' }, { content: 'Let me look.' }, { tool: 'time', input: { timezone: 'UTC' } }, { tool: 'time', is_error: false }, { content: 'It is late.' },
      { id, status: 'completed', output: 'It is late.', files: [], usage: { total_tokens: expect.any(Number) }, duration_ms: expect.any(Number) },
    ]);
    expect(seen[3]?.['id']).toBe(seen[2]?.['id']);
    // Of one that is over, it is told again.
    expect(said(await (await events(id)).text())).toEqual(['status', 'Let me look.', 'tool_call', 'tool_result', 'It is late.', 'completed']);
  });

  test('end with how it failed or was cancelled', async () => {
    script = () => ({ status: 400, message: 'no' });
    const failed = parse(await (await events(await create('Fail'))).text());
    expect(failed.at(-1)).toMatchObject({ type: 'failed', status: 'failed', error: { code: 'model_failed' } });
    script = hang;
    const id = await create('Wait');
    const reading = events(id).then((response) => response.text());
    await gateway.model.until(() => gateway.model.requests.at(-1)?.messages.at(-1)?.text === 'Wait');
    await ask('POST', `/${id}/cancel`);
    expect(parse(await reading).at(-1)).toMatchObject({ type: 'cancelled', error: { code: 'turn_cancelled' } });
  });

  const readUntil = async (response: Response, part: string): Promise<string> => {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let read = '';
    while (!read.includes(part)) {
      const { value, done } = (await reader?.read()) ?? { done: true };
      if (done) throw new Error(`the stream ended before ${part}: ${read}`);
      read += value ?? '';
    }
    await reader?.cancel();
    return read;
  };

  test('go on after a connection that was lost, and are over once they were told', async () => {
    script = count;
    const id = await create('Count');
    const read = await readUntil(await events(id), 'two');
    const rest = await (await events(id, { 'last-event-id': lastId(read) })).text();
    expect([...said(read), ...said(rest)]).toEqual(['status', 'one ', 'two ', 'three ', 'four', 'completed']);
    expect((await events(id, { 'last-event-id': lastId(rest) })).status).toBe(204);
    // Who lost the connection just before the end is told it, and then that there is no more.
    const four = [...rest.matchAll(/^id: (.*)$/gm)].at(-2)?.[1] ?? '';
    const end = await (await events(id, { 'last-event-id': four })).text();
    expect([said(end), lastId(end)]).toEqual([['completed'], lastId(rest)]);
  });

  test('go on after a restart of the gateway, with the words of the answer anew', async () => {
    let read = '';
    let id = '';
    {
      await using first = await startGateway({ folder, script: () => ({ text: Array.from({ length: 400 }, (_, i) => `${i} `), chunkDelayMs: 50 }) });
      id = String((await ask('POST', '', { json: { prompt: 'Count' } }, first)).json['id']);
      const reading = (await events(id, {}, first)).text();
      await first.model.until(() => first.model.requests.length === 1);
      await pause(200);
      await first.stop();
      read = await reading;
    }
    expect(read).toMatch(/\nretry: 1000\ndata: \{"type":"error","code":"draining".*\n\n$/);
    await using second = await startGateway({ folder, script: count });
    const rest = await (await events(id, { 'last-event-id': lastId(read) }, second)).text();
    expect(said(rest)[0]).toBe('retry');
    expect(said(rest).slice(1, -1).join('')).toBe('one two three four');
    expect(parse(rest).at(-1)).toMatchObject({ type: 'completed', id, output: 'one two three four' });
    expect((await ask('GET', `/${id}/result`, {}, second)).json).toMatchObject({ status: 'completed', output: 'one two three four' });
  }, 20_000);

  test('of another task are not told by its places', async () => {
    script = count;
    const [one, other] = [await create('Count'), await create('Count')];
    const place1 = lastId(await readUntil(await events(one), 'two'));
    expect((await events(other, { 'last-event-id': place1 })).status).toBe(400);
    for (const id of ['-1', 'turn_none:0.msg.1.0.0', "' OR 1=1--"]) expect((await events(one, { 'last-event-id': id })).status).toBe(400);
    await until(other, 'completed');
  });
});
