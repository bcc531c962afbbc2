import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { openSocket } from '../support/socket-client.ts';

interface Gateway {
  readonly url: string;
  readonly token: string;
}

type Check = (gateway: Gateway) => Promise<void>;

const Json = z.record(z.string(), z.unknown());

const ask = async ({ url, token }: Gateway, method: string, path: string, body?: object) => {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, json: text.startsWith('{') ? Json.parse(JSON.parse(text)) : {} };
};

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

/** The keys of an answer, in order: what a client written from the documents looks for. */
const hasKeys = (answer: { readonly status: number; readonly text: string; readonly json: Record<string, unknown> }, status: number, ...keys: string[]): void => {
  must(answer.status === status, `status ${answer.status}: ${answer.text.slice(0, 300)}`);
  const missing = keys.filter((key) => !(key in answer.json));
  must(missing.length === 0, `${missing.join(', ')} is not in ${answer.text.slice(0, 300)}`);
};

/** Each dialect in a few requests of its own, that need no other. */
export const CHECKS: Readonly<Record<string, Check>> = {
  native: async (gateway) => {
    hasKeys(await ask(gateway, 'POST', '/api/native/messages.send', { text: 'Hello', session: 'native' }), 200, 'text', 'turnId', 'usage');
    hasKeys(await ask(gateway, 'POST', '/api/native/sessions.get', { session: 'native' }), 200, 'id', 'key');
    await using socket = await openSocket(gateway.url, gateway);
    must((await socket.ask({ type: 'call', operation: 'status.get' })).type === 'done', 'no answer to a call frame');
  },
  sessions: async (gateway) => {
    const status = await ask(gateway, 'GET', '/api/status');
    must(isDeepStrictEqual(Object.keys(status.json), ['ok', 'version', 'uptime', 'agent', 'model']), `status says ${status.text}`);
    hasKeys(await ask(gateway, 'POST', '/api/sessions/s0/messages', { message: 'Hello' }), 200, 'response', 'sessionKey');
    hasKeys(await ask(gateway, 'POST', '/api/sessions', { label: 'mine', target: 'isolated' }), 201, 'key', 'id');
    hasKeys(await ask(gateway, 'GET', '/api/sessions?limit=1'), 200, 'sessions', 'total', 'limit', 'offset');
    hasKeys(await ask(gateway, 'GET', '/api/sessions/s0'), 200, 'key');
    const history = await ask(gateway, 'GET', '/api/sessions/s0/history?limit=1');
    must(z.array(z.looseObject({ role: z.literal('assistant'), content: z.string() })).length(1).safeParse(history.json['messages']).success, history.text);
    await using socket = await openSocket(gateway.url, { ...gateway, path: '/ws' });
    const answer = await socket.ask({ type: 'message', session: 's0', content: 'Hello' });
    must(answer.type === 'message' && typeof answer['content'] === 'string' && answer['session'] === 's0', JSON.stringify(answer));
    hasKeys(await ask(gateway, 'DELETE', '/api/sessions/s0'), 200, 'deleted');
  },
  control: async (gateway) => {
    await using socket = await openSocket(gateway.url, gateway);
    const reply = await socket.ask({ type: 'chat', payload: { text: 'use the tool time' } });
    must(z.looseObject({ text: z.string(), tool_calls: z.array(z.looseObject({ tool: z.literal('time') })).length(1), tokens_used: z.number().positive() }).safeParse(reply.payload).success, JSON.stringify(reply));
    const pushed = await socket.next(({ type }) => type === 'tool_result');
    must(z.looseObject({ tool: z.literal('time'), exit_code: z.literal(0) }).safeParse(pushed.payload).success, JSON.stringify(pushed));
    must((await socket.ask({ type: 'status' })).type === 'status', 'no status');
  },
  'messages-v1': async (gateway) => {
    hasKeys(await ask(gateway, 'GET', '/api/v1/health'), 200, 'status', 'version', 'uptime', 'channels', 'redis', 'memoryMB');
    const sent = await ask(gateway, 'POST', '/api/v1/messages', { workspace: 'v1', userId: 'ann', message: 'Hello' });
    hasKeys(sent, 200, 'messageId', 'response', 'tokensUsed', 'latencyMs', 'sessionId', 'toolsInvoked', 'finishReason');
    const { text } = await ask(gateway, 'POST', '/api/v1/messages/stream', { workspace: 'v1', userId: 'ann', message: 'Hello' });
    must(/^id: .*\ndata: \{"type":"token","content":"[^"]+"\}$/m.test(text) && /data: \{"type":"done","messageId":"msg_/.test(text), text);
    const id = String(sent.json['sessionId']);
    hasKeys(await ask(gateway, 'GET', `/api/v1/sessions/${id}`), 200, 'id', 'workspace', 'userId', 'createdAt', 'lastActiveAt', 'messageCount', 'tokensUsed', 'channel');
    hasKeys(await ask(gateway, 'GET', `/api/v1/sessions/${id}/history?limit=20&offset=0`), 200, 'messages', 'total');
    const stats = await ask(gateway, 'GET', '/api/v1/stats?workspace=v1');
    hasKeys(stats, 200, 'period', 'totals', 'byDay');
    must(z.looseObject({ messages: z.literal(2), tokensOut: z.number().positive(), uniqueUsers: z.literal(1) }).safeParse(stats.json['totals']).success, stats.text);
    hasKeys(await ask(gateway, 'GET', '/api/v1/stats/users?workspace=v1&limit=20'), 200, 'period', 'users', 'total');
    must((await ask(gateway, 'DELETE', '/api/v1/sessions')).status === 400, 'every session of every workspace could be deleted by mistake');
    must((await ask(gateway, 'DELETE', '/api/v1/sessions?workspace=v1')).json['deleted'] === 1, 'the sessions of one workspace');
    must((await ask(gateway, 'GET', `/api/v1/sessions/${id}`)).status === 404, 'a deleted session is still there');
  },
  rpc: async (gateway) => {
    hasKeys(await ask(gateway, 'POST', '/api/sessions/send', { sessionKey: 'main', message: 'Hello', timeoutSeconds: 120 }), 200, 'response', 'reply');
    must((await ask(gateway, 'POST', '/api/sessions/send', { sessionKey: 'absent', message: 'Hello' })).status === 404, 'a missing session was made');
    const spawned = await ask(gateway, 'POST', '/api/sessions/spawn', { task: 'Write a haiku', runTimeoutSeconds: 30 });
    hasKeys(spawned, 200, 'status', 'reply', 'sessionKey', 'taskId');
    const listed = await ask(gateway, 'GET', '/api/sessions/list?kinds=isolated&limit=10&messageLimit=5');
    must(z.tuple([z.looseObject({ kind: z.literal('isolated'), messages: z.array(z.unknown()).min(2) })]).rest(z.unknown()).safeParse(listed.json['sessions']).success, listed.text.slice(0, 300));
    hasKeys(await ask(gateway, 'GET', '/api/sessions/history?sessionKey=main&includeTools=true'), 200, 'messages');
    hasKeys(await ask(gateway, 'GET', '/api/session/status?sessionKey=main'), 200, 'usage', 'cost', 'config', 'model');
  },
  'tasks-v1': async (gateway) => {
    hasKeys(await ask(gateway, 'GET', '/api/v1/status'), 200, 'status', 'version', 'uptime', 'mcp_servers');
    const made = await ask(gateway, 'POST', '/api/v1/tasks', { prompt: 'use the tool time', label: 'clock', options: { max_tokens: 4096 } });
    hasKeys(made, 201, 'id', 'status', 'created_at');
    const id = String(made.json['id']);
    const { text } = await ask(gateway, 'GET', `/api/v1/tasks/${id}/events`);
    must(/^data: \{"type":"status","id":"task_\w+","status":"running"\}$/m.test(text) && /"type":"tool_call"/.test(text) && /^id: turn_\w+:end\ndata: \{"type":"completed"/m.test(text), text);
    hasKeys(await ask(gateway, 'GET', `/api/v1/tasks/${id}`), 200, 'id', 'status', 'prompt', 'created_at', 'started_at', 'completed_at', 'duration_ms', 'options', 'working_directory');
    hasKeys(await ask(gateway, 'GET', `/api/v1/tasks/${id}/result`), 200, 'id', 'status', 'output', 'files', 'usage', 'duration_ms');
    const listed = await ask(gateway, 'GET', '/api/v1/tasks?limit=20&offset=0&status=completed');
    hasKeys(listed, 200, 'tasks', 'total', 'limit', 'offset');
    must((await ask(gateway, 'GET', '/api/v1/tasks?search=the+tool+TIME')).json['total'] === 1, 'a task is not found by its words');
    must((await ask(gateway, 'POST', `/api/v1/tasks/${id}/cancel`)).json['status'] === 'completed', 'what is over was cancelled');
    must((await ask(gateway, 'DELETE', `/api/v1/tasks/${id}`)).json['deleted'] === true, 'a task was not deleted');
    must((await ask(gateway, 'GET', `/api/v1/tasks/${id}`)).status === 404, 'a deleted task is still there');
    hasKeys(await ask(gateway, 'GET', '/api/v1/skills'), 200, 'skills', 'total', 'limit', 'offset');
    must((await ask(gateway, 'GET', '/api/v1/skills/absent')).status === 404, 'a missing skill');
    hasKeys(await ask(gateway, 'PATCH', '/api/v1/config', { agents: { defaults: { language: 'de' } } }), 200, 'agents');
    hasKeys(await ask(gateway, 'GET', '/api/v1/config'), 200, 'agents');
  },
};
