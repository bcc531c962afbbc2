import { listSessions, runTask, sendMessage, sessionHistory, sessionStatus, tokensOf } from '@openclaw/contract';
import { type Dialect, route, type WireRequest } from '../../kit/dialect.ts';
import { fieldsOf, flagOf, listOf } from '../../kit/read-fields.ts';
import { messageWords, replyWords, sessionWords } from '../../kit/words.ts';
import { cronRoutes } from './cron.ts';

/** The filters of a GET stand in its address or, with some clients, in its body. */
const filters = ({ query, body }: WireRequest): Readonly<Record<string, unknown>> => ({ ...query, ...fieldsOf(body) });

const send = route({
  method: 'POST',
  path: '/api/sessions/send',
  operation: sendMessage,
  status: 200,
  toInput: ({ body }) => {
    const { sessionKey = 'main', message, timeoutSeconds, model } = fieldsOf(body);
    return { session: sessionKey, text: message, timeoutSeconds, mustExist: true, context: { channel: 'api' }, options: { model } };
  },
  toReply: replyWords,
});

const spawn = route({
  method: 'POST',
  path: '/api/sessions/spawn',
  operation: runTask,
  status: 200,
  toInput: ({ body }) => {
    const { task, label, model, runTimeoutSeconds } = fieldsOf(body);
    return { task, label, context: { channel: 'spawn' }, options: { model, runTimeoutSeconds } };
  },
  toReply: ({ taskId, ...reply }) => ({ status: 'completed', taskId, ...replyWords(reply) }),
});

const list = route({
  method: 'GET',
  path: '/api/sessions/list',
  operation: listSessions,
  status: 200,
  toInput: (request) => {
    const { kinds, limit, offset, messageLimit } = filters(request);
    return { kinds: listOf(kinds), limit, offset, messageLimit };
  },
  toReply: ({ sessions, ...page }) => ({
    sessions: sessions.map(({ messages, ...session }) => ({ ...sessionWords(session), ...(messages && { messages: messages.map(messageWords) }) })),
    ...page,
  }),
});

const history = route({
  method: 'GET',
  path: '/api/sessions/history',
  operation: sessionHistory,
  status: 200,
  toInput: (request) => {
    const { sessionKey = 'main', limit, offset, includeTools } = filters(request);
    return { session: sessionKey, limit, offset, includeTools: flagOf(includeTools) };
  },
  toReply: ({ messages, ...page }) => ({ messages: messages.map(messageWords), ...page }),
});

const status = route({
  method: 'GET',
  path: '/api/session/status',
  operation: sessionStatus,
  status: 200,
  toInput: (request) => {
    const { sessionKey = 'main' } = filters(request);
    return { session: sessionKey };
  },
  toReply: ({ session, config }) => ({
    ...sessionWords(session),
    model: config.model,
    usage: { ...session.usage, totalTokens: tokensOf(session.usage) },
    cost: { usd: session.usage.costUSD },
    config,
  }),
});

/** The calls of the fourth document, under `/api`. */
export const rpcDialect: Dialect = { name: 'rpc', routes: [send, spawn, list, history, status, ...cronRoutes], described: async () => (await import('./described.ts')).rpcDescription };
