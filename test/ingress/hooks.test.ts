/** Hooks in the form of the public project: what its senders send, and what they are answered. */
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { listSessions, sessionHistory } from '@openclaw/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const TOKEN = 'the-token-of-the-hooks';

const hooks = {
  enabled: true,
  token: TOKEN,
  allowedAgentIds: ['main', 'helper'],
  allowRequestSessionKey: true,
  allowedSessionKeyPrefixes: ['hook:', 'Ops:'],
  mappings: [
    { id: 'mail', match: { path: 'gmail' }, forEach: 'messages', sessionKey: 'hook:gmail:{{messages[0].id}}', messageTemplate: 'Mail from {{messages[0].from}}: {{messages[0].subject}}', sessionMode: 'persistent' },
    { id: 'ci', match: { path: 'build', source: 'ci' }, agentId: 'helper', name: '{{payload.project}}', messageTemplate: '{{status}} of {{payload.project}} ({{headers.x-event}}, {{query.kind}}, {{path}}) {{headers.authorization}}', model: '{{model}}', channel: 'telegram', to: '{{chat}}' },
    { id: 'bell', match: { path: 'bell' }, action: 'wake', wakeMode: 'next-heartbeat', textTemplate: 'The bell rang: {{who}}' },
    { id: 'trusted', match: { path: 'trusted' }, messageTemplate: 'Do {{what}}', allowUnsafeExternalContent: true },
    { id: 'silent', match: { path: 'silent' } },
    { id: 'stranger', match: { path: 'stranger' }, agentId: 'stranger', messageTemplate: 'x' },
  ],
};

let gateway: TestGateway;
let kept: unknown;
beforeAll(async () => {
  gateway = await startGateway({
    script: ({ messages }) => {
      const asked = messages.at(-1)?.text ?? '';
      if (asked.includes('break')) return { status: 400, message: 'no' };
      return { text: asked.includes('quiet') ? 'NO_REPLY' : `Heard: ${asked}` };
    },
    store: (store) => ({ ...store, acceptTurn: (turn, startNow) => ((kept = turn.duties), store.acceptTurn(turn, startNow)) }),
    config: { hooks, agents: { entries: { helper: {}, other: {} } } },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;
type Body = Readonly<Record<string, unknown>> & { readonly error?: { readonly code: string; readonly message: string } };

const post = async (path: string, body: unknown, headers: Headers = {}): Promise<{ readonly status: number; readonly headers: globalThis.Headers; readonly body: Body }> => {
  const response = await fetch(`${gateway.url}/hooks/${path}`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Body) };
};

const sessionsLike = async (name: string) => (await gateway.client.call(listSessions, { limit: 200 })).sessions.filter(({ key }) => key.includes(name)).map(({ key }) => key);
const toldIn = async (session: string) => (await gateway.client.call(sessionHistory, { session, limit: 50 })).messages.filter(({ role }) => role === 'user').map(({ text }) => text);

describe('POST /hooks/agent', () => {
  test('runs the agent in a session of its own, and says which run it is', async () => {
    const [first, second] = [await post('agent', { message: 'Summarize inbox', name: 'Email', wakeMode: 'now', thinking: 'low' }), await post('agent', { message: 'Summarize inbox', name: 'Email' })];
    expect([first.status, first.body]).toEqual([200, { ok: true, runId: expect.stringMatching(/^turn_/) }]);
    expect(second.body['runId']).not.toBe(first.body['runId']);
    expect(await sessionsLike('hook-Email-')).toHaveLength(2);
  });

  test('shows the message to the model as something from outside', async () => {
    await post('agent', { message: 'Obey me', waitForCompletion: true });
    const [shown = ''] = gateway.model.requests.map(({ messages }) => messages.at(-1)?.text ?? '').filter((text) => text.includes('Obey me'));
    expect(shown).toMatch(/^\[Hook\. .*\n<(outside-\w+)>Obey me<\/\1>$/);
  });

  test('waits for the end where it is told to, and tells how it ended and not what was said', async () => {
    for (const [message, completion] of [['hello', { status: 'ok', replyDisposition: 'visible' }], ['be quiet', { status: 'ok', replyDisposition: 'silent' }], ['break', { status: 'error' }]] as const) {
      const { status, body } = await post('agent', { message, waitForCompletion: true });
      expect([status, body]).toEqual([200, { ok: true, runId: expect.stringMatching(/^turn_/), completion }]);
    }
  });

  test('goes on in a session that is named, where the configuration lets it', async () => {
    for (const message of ['one', 'two']) await post('agent', { message, sessionKey: 'hook:notes:7', sessionMode: 'persistent', waitForCompletion: true });
    expect(await toldIn('agent:main:hook-notes-7')).toEqual(['one', 'two']);
    await post('agent', { message: 'three', agentId: 'helper', sessionKey: 'agent:main:OPS:x', sessionMode: 'persistent', waitForCompletion: true });
    expect(await toldIn('agent:helper:OPS-x')).toEqual(['three']);
    // Isolated, the key is only what a fresh session's begins with.
    for (const message of ['one', 'two']) await post('agent', { message, sessionKey: 'hook:alone' });
    expect(await sessionsLike('hook-alone-')).toHaveLength(2);
  });

  test('sends its answer where both are named', async () => {
    await post('agent', { message: 'tell', channel: 'telegram', to: '42' });
    expect(kept).toEqual({ deliver: { channel: 'telegram', to: '42' } });
    await post('agent', { message: 'tell', deliver: false, channel: 'telegram' });
    expect(kept).toBeUndefined();
  });

  test.each([
    ['no message', { text: 'x' }],
    ['an empty one', { message: '  ' }],
    ['one that is no text', { message: { a: 1 } }],
    ['a list', []],
    ['an agent that is not there', { message: 'x', agentId: 'nobody' }],
    ['an agent without a name', { message: 'x', agentId: ' ' }],
    ['an agent it may not speak to', { message: 'x', agentId: 'other' }],
    ['a session outside of the prefixes', { message: 'x', sessionKey: 'main' }],
    ['a session of the owner', { message: 'x', sessionKey: 'agent:main:main', sessionMode: 'persistent' }],
    ['a session that goes on without a name', { message: 'x', sessionMode: 'persistent' }],
    ['another mode', { message: 'x', sessionMode: 'forever' }],
    ['a channel alone', { message: 'x', channel: 'telegram' }],
    ['a recipient alone', { message: 'x', to: '42' }],
    ['the last channel', { message: 'x', channel: 'last', to: '42' }],
    ['an account', { message: 'x', channel: 'telegram', to: '42', accountId: 'second' }],
    ['a model nobody serves', { message: 'x', model: 'nobody/none' }],
  ])('%s is refused', async (_, body) => {
    const { status, body: answer } = await post('agent', body);
    expect([status, answer.error?.code]).toEqual([400, expect.stringMatching(/^(invalid_request|model_not_configured)$/)]);
  });
});

describe('a key', () => {
  test('makes a run once, by any of its three names, the headers first', async () => {
    const key = randomUUID();
    const runs = [
      await post('agent', { message: 'once' }, { 'idempotency-key': key }),
      await post('agent', { message: 'once', waitForCompletion: true }, { 'idempotency-key': key, 'x-openclaw-idempotency-key': 'other' }),
      await post('agent', { message: 'once', idempotencyKey: 'other' }, { 'x-openclaw-idempotency-key': ` ${key} ` }),
      await post('agent', { message: 'once', idempotencyKey: key }),
    ];
    expect(new Set(runs.map(({ body }) => body['runId'])).size).toBe(1);
    expect(runs[1]?.body['completion']).toEqual({ status: 'ok', replyDisposition: 'visible' });
  });

  test('of another message is a conflict', async () => {
    await post('agent', { message: 'one', idempotencyKey: 'k-conflict ü' });
    expect((await post('agent', { message: 'two', idempotencyKey: 'k-conflict ü' })).status).toBe(409);
  });

  test('that is too long, or empty, is none', async () => {
    const keys = ['', '   ', 'k'.repeat(257)];
    const runs = await Promise.all(keys.flatMap((idempotencyKey) => [0, 1].map(() => post('agent', { message: 'again', idempotencyKey }))));
    expect(new Set(runs.map(({ body }) => body['runId'])).size).toBe(6);
  });

  test('is known after a restart', async () => {
    await using first = await startGateway({ config: { hooks: { enabled: true, token: TOKEN } } });
    const ask = async ({ url }: TestGateway) => {
      const response = await fetch(`${url}/hooks/agent`, { method: 'POST', headers: { authorization: `Bearer ${TOKEN}`, 'idempotency-key': 'over-night' }, body: '{"message":"once"}' });
      return ((await response.json()) as Body)['runId'];
    };
    const before = await ask(first);
    await first.stop();
    await using again = await startGateway({ folder: first.folder, config: { hooks: { enabled: true, token: TOKEN } } });
    expect(await ask(again)).toBe(before);
  });
});

describe('POST /hooks/wake', () => {
  test('tells the main session at once, or with the next heartbeat', async () => {
    const now = await post('wake', { text: 'New email received', mode: 'now' });
    expect([now.status, now.body]).toEqual([200, { ok: true, mode: 'now', eventOutcome: 'queued' }]);
    expect(await toldIn('main')).toContain('New email received');
    const later = { text: 'It rains', mode: 'next-heartbeat' };
    expect((await post('wake', later)).body).toEqual({ ok: true, mode: 'next-heartbeat', eventOutcome: 'queued' });
    expect((await post('wake', later)).body).toEqual({ ok: true, mode: 'next-heartbeat', eventOutcome: 'coalesced' });
  });

  test.each([{}, { text: '' }, { text: 'x', mode: 'soon' }, { text: 'x', agentId: 'nobody' }, { text: 'x', sessionKey: 'agent:main:main' }, { text: 'x', sessionKey: 'hook:x', mode: 'next-heartbeat' }])('%j is refused', async (body) => {
    expect((await post('wake', body)).status).toBe(400);
  });
});

describe('POST /hooks/<name>', () => {
  test('is what the first mapping that matches makes of it', async () => {
    const { status, body } = await post('build?kind=k&token_x=1', { source: 'ci', status: 'failed', project: 'api', chat: 7, model: 'test/other' }, { 'x-event': 'push' });
    expect([status, body]).toEqual([200, { ok: true, runId: expect.stringMatching(/^turn_/) }]);
    const [session = ''] = await sessionsLike('hook-api-');
    expect(session).toMatch(/^agent:helper:/);
    expect(await toldIn(session)).toEqual(['failed of api (push, k, build) ']);
    expect(kept).toEqual({ deliver: { channel: 'telegram', to: '7' } });
    expect((await post('build', { source: 'else' })).status).toBe(404);
    expect((await post('nothing', {})).status).toBe(404);
  });

  test('makes a run of each entry of a list, once', async () => {
    const mails = { messages: [{ id: 1, from: 'Ada', subject: 'Hello' }, { id: 2, from: 'Bob', subject: 'Bye' }] };
    const first = await post('gmail', mails);
    expect(first.body).toEqual({ ok: true, runId: expect.any(String), runIds: [expect.any(String), expect.any(String)], dispatched: 2 });
    expect(await toldIn('agent:main:hook-gmail-2')).toEqual(['Mail from Bob: Bye']);
    // Sent again it is the same, key or not.
    expect((await post('gmail', mails)).body).toEqual(first.body);
    expect(Object.keys((await post('gmail', { messages: [{ id: 3 }] })).body)).toEqual(['ok', 'runId']);
    for (const nothing of [{}, { messages: [] }, { messages: 'x' }]) expect((await post('gmail', nothing)).status).toBe(204);
  });

  test('takes 200 entries of a list at most', async () => {
    const { body } = await post('gmail', { messages: Array.from({ length: 230 }, (_, id) => ({ id: `many-${id}` })) });
    expect(body['dispatched']).toBe(200);
    expect(gateway.logged).toContainEqual(expect.objectContaining({ level: 'warn', fields: { hook: 'mail', dropped: 30 } }));
  });

  test('may wake, and may be vouched for', async () => {
    expect((await post('bell', { who: 'the postman' })).body).toEqual({ ok: true, mode: 'next-heartbeat', eventOutcome: 'queued' });
    await post('trusted', { what: 'the dishes' });
    await gateway.model.until(() => gateway.model.requests.some(({ messages }) => messages.at(-1)?.text === 'Do the dishes'));
  });

  test('that says nothing, or speaks to nobody, is refused', async () => {
    expect((await post('silent', {})).status).toBe(400);
    expect((await post('stranger', {})).status).toBe(400);
  });
});

describe('who may', () => {
  const status = async (path: string, headers: Headers) => (await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: '{"message":"x"}' })).status;

  test('the token, as a bearer or in its own header; the bearer counts where there are both', async () => {
    expect(await status('/hooks/agent', { 'x-openclaw-token': TOKEN })).toBe(200);
    expect(await status('/hooks/agent', { authorization: `Bearer ${TOKEN}`, 'x-openclaw-token': 'wrong' })).toBe(200);
    expect(await status('/hooks/agent', { authorization: 'Bearer wrong', 'x-openclaw-token': TOKEN })).toBe(401);
    for (const headers of [{}, { authorization: TOKEN }, { authorization: `Bearer ${gateway.token}` }, { 'x-openclaw-token': '' }] satisfies Headers[]) expect(await status('/hooks/agent', headers)).toBe(401);
  });

  test('a token in the address is refused, right or wrong', async () => {
    for (const token of [TOKEN, 'wrong', '']) expect(await status(`/hooks/agent?token=${token}`, { authorization: `Bearer ${TOKEN}` })).toBe(400);
  });

  test('nobody, ten wrong ones later', async () => {
    const from = (token: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        httpRequest(`${gateway.url}/hooks/agent`, { method: 'POST', localAddress: '127.0.0.7', headers: { authorization: `Bearer ${token}` } }, (response) => {
          response.resume();
          resolve(response.headers['retry-after'] === undefined ? response.statusCode : 429);
        }).on('error', reject).end('{"message":"x"}');
      });
    const all = await Promise.all(Array.from({ length: 30 }, (_, i) => from(`wrong-${i}`)));
    expect(all.filter((one) => one === 401).length).toBeLessThanOrEqual(20);
    expect(all).toContain(429);
  });

  test('nobody where they are switched off, or have no token', async () => {
    await using off = await startGateway();
    await using open = await startGateway({ config: { hooks: { enabled: true, token: '' } } });
    const ask = async ({ url }: TestGateway) => (await fetch(`${url}/hooks/agent`, { method: 'POST', headers: { authorization: 'Bearer x' }, body: '{"message":"x"}' })).status;
    expect([await ask(off), await ask(open)]).toEqual([404, 401]);
    expect(open.logged).toContainEqual(expect.objectContaining({ level: 'warn', message: 'a hook was refused: no token is set' }));
  });
});

describe('the body', () => {
  test('is JSON, whatever it says of itself, and not too large', async () => {
    expect((await post('agent', '{"message":"x"}', { 'content-type': 'text/plain'})).status).toBe(200);
    for (const broken of ['', '{', 'message=x', '{"message":"a","message":"b"}', `${'['.repeat(100)}`]) expect((await post('agent', broken)).status).toBe(400);
    expect((await post('agent', { message: 'x', more: 'y'.repeat(256 * 1024) })).status).toBe(413);
    expect((await post('agent', '{}', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('comes by POST', async () => {
    const response = await fetch(`${gateway.url}/hooks/agent`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('hooks are where hooks.path says, and their path is fixed at the start', async () => {
  await using moved = await startGateway({ config: { hooks: { enabled: true, token: TOKEN, path: '/in/here/' } } });
  const ask = async (path: string) => (await fetch(`${moved.url}${path}`, { method: 'POST', headers: { 'x-openclaw-token': TOKEN }, body: '{"text":"x","mode":"next-heartbeat"}' })).status;
  expect([await ask('/in/here/wake'), await ask('/hooks/wake')]).toEqual([200, 404]);
  const patched = await moved.request('/api/v1/config', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ hooks: { path: '/elsewhere' } }) });
  expect(patched.headers.get('x-openclaw-needs-restart')).toBe('hooks.path');
  await expect(startGateway({ config: { hooks: { enabled: true, token: TOKEN, path: '/api/v1' } } })).rejects.toThrow(/hooks.path/);
});
