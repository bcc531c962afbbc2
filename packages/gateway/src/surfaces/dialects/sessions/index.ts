import { createSession, deleteSession, getSession, getStatus, listSessions, sendMessage, sessionHistory } from '@openclaw/contract';
import { type Dialect, frame, route } from '../../kit/dialect.ts';
import { fieldsOf, flagOf, listOf } from '../../kit/read-fields.ts';
import { messageWords, replyWords, sessionWords } from '../../kit/words.ts';
import { cronRoutes } from './cron.ts';

const status = route({
  method: 'GET',
  path: '/api/status',
  operation: getStatus,
  status: 200,
  toInput: () => ({}),
  toReply: ({ ok, version, uptime, agent, model }) => ({ ok, version, uptime, agent, model }),
});

const send = route({
  method: 'POST',
  path: '/api/sessions/:key/messages',
  operation: sendMessage,
  status: 200,
  toInput: ({ params, body }) => {
    const { message, timeoutSeconds, model, userId } = fieldsOf(body);
    return { session: params['key'], text: message, timeoutSeconds, userId, context: { channel: 'api' }, options: { model } };
  },
  toReply: replyWords,
});

const list = route({
  method: 'GET',
  path: '/api/sessions',
  operation: listSessions,
  status: 200,
  toInput: ({ query: { kinds, limit, offset, workspace } }) => ({ kinds: listOf(kinds), limit, offset, workspace }),
  toReply: ({ sessions, ...page }) => ({ sessions: sessions.map(sessionWords), ...page }),
});

const create = route({
  method: 'POST',
  path: '/api/sessions',
  operation: createSession,
  status: 201,
  toInput: ({ body }) => {
    const { label, target, workspace, userId } = fieldsOf(body);
    return { label, kind: target, workspace, userId };
  },
  toReply: sessionWords,
});

const one = route({
  method: 'GET',
  path: '/api/sessions/:key',
  operation: getSession,
  status: 200,
  toInput: ({ params }) => ({ session: params['key'] }),
  toReply: sessionWords,
});

const history = route({
  method: 'GET',
  path: '/api/sessions/:key/history',
  operation: sessionHistory,
  status: 200,
  toInput: ({ params, query: { limit, offset, includeTools } }) => ({ session: params['key'], limit, offset, includeTools: flagOf(includeTools) }),
  toReply: ({ messages, ...page }) => ({ messages: messages.map(messageWords), ...page }),
});

const remove = route({
  method: 'DELETE',
  path: '/api/sessions/:key',
  operation: deleteSession,
  status: 200,
  toInput: ({ params }) => ({ session: params['key'] }),
  toReply: (output) => output,
});

/** `{type: "message", session, content}`: one frame back when the turn is done, and each word on the way where `stream` asks for it. */
const message = frame({
  type: 'message',
  operation: sendMessage,
  toInput: ({ body: { session, content, model, timeoutSeconds } }) => ({ session, text: content, timeoutSeconds, context: { channel: 'websocket' }, options: { model } }),
  quiet: ({ body: { stream } }) => stream !== true,
  toEvent: (event, { id, body: { session = 'main' } }) => {
    if (event.type === 'started') return { type: 'started', id, session, turn: event.turnId };
    if (event.type === 'text') return { type: 'token', id, session, content: event.delta, cursor: event.cursor };
    return event.type === 'retry' ? { type: 'retry', id, session, reason: event.reason, cursor: event.cursor } : undefined;
  },
  toReply: (output, { id, body: { session = 'main' } }) => ({
    type: 'message',
    id,
    session,
    content: 'text' in output ? output.text : '',
    sessionKey: output.sessionKey,
    sessionId: output.sessionId,
    ...('text' in output ? { messageId: output.messageId } : { turnId: output.turnId, status: output.status }),
    timestamp: new Date().toISOString(),
  }),
  // Clients of this dialect show what `content` holds.
  toError: ({ message: content }, { body: { session = 'main' } }) => ({ session, content }),
});

/** The REST API and the `message` frames of the first document. */
export const sessionsDialect: Dialect = { name: 'sessions', routes: [status, send, list, create, one, history, remove, ...cronRoutes], frames: [message], described: async () => (await import('./described.ts')).sessionsDescription };
