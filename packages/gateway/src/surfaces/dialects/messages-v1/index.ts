import { clearSessions, deleteSession, getSession, getStatus, listSessions, sendMessage, sessionHistory, tokensOf } from '@openclaw/contract';
import { type Dialect, route, type WireRequest } from '../../kit/dialect.ts';
import { fieldsOf, flagOf } from '../../kit/read-fields.ts';
import { messageWords, sessionWords } from '../../kit/words.ts';
import { statsRoutes } from './stats.ts';
import { workspaceRoutes } from './workspaces.ts';

const health = route({
  method: 'GET',
  path: '/api/v1/health',
  operation: getStatus,
  status: 200,
  toInput: () => ({}),
  // No Redis stands between our nodes.
  toReply: ({ ok, version, uptime, channels, memoryMB }) => ({ status: ok ? 'ok' : 'degraded', version, uptime, channels, redis: 'not configured', memoryMB }),
});

const toMessage = ({ body }: WireRequest) => {
  const { workspace, userId, message, sessionId, context, options, timeoutSeconds } = fieldsOf(body);
  const { timezone, language } = fieldsOf(context, 'context');
  const { model, max_tokens: maxTokens } = fieldsOf(options, 'options');
  return { workspace, userId, text: message, session: sessionId, timeoutSeconds, context: { timezone, language, channel: 'api' }, options: { model, maxTokens } };
};

const send = route({
  method: 'POST',
  path: '/api/v1/messages',
  operation: sendMessage,
  status: 200,
  toInput: toMessage,
  toReply: (output) => {
    if (!('text' in output)) return output;
    const { messageId, text, usage, latencyMs, sessionId, sessionKey, toolsInvoked, finishReason } = output;
    return { messageId, response: text, tokensUsed: tokensOf(usage), latencyMs, sessionId, sessionKey, toolsInvoked, finishReason };
  },
});

const stream = route({
  method: 'POST',
  path: '/api/v1/messages/stream',
  operation: sendMessage,
  status: 200,
  toInput: (request) => {
    // Whoever streams waits for the end.
    const { timeoutSeconds = 86_400, ...input } = toMessage(request);
    return { ...input, timeoutSeconds };
  },
  toReply: (output) => output,
  stream: {
    wanted: 'always',
    toEvent: (event) => {
      if (event.type === 'text') return { type: 'token', content: event.delta };
      if (event.type === 'tool_call') return { type: 'tool_use', tool: event.tool, input: event.input };
      if (event.type === 'tool_result') return { type: 'tool_result', tool: event.tool, output: event.output };
      // What was shown of this message is void: its words come anew.
      if (event.type === 'retry') return { type: 'retry', reason: event.reason };
      return undefined;
    },
    toLast: (output) => {
      if (!('text' in output)) return { type: 'done', ...output };
      const { messageId, usage, latencyMs, sessionId, finishReason } = output;
      return { type: 'done', messageId, tokensUsed: tokensOf(usage), latencyMs, sessionId, finishReason };
    },
    toError: ({ code, message, details: { retryAfterSeconds } }) => ({
      type: 'error', code, message, ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
    }),
  },
});

const list = route({
  method: 'GET',
  path: '/api/v1/sessions',
  operation: listSessions,
  status: 200,
  toInput: ({ query: { workspace, limit, offset } }) => ({ workspace, limit, offset }),
  toReply: ({ sessions, ...page }) => ({ sessions: sessions.map(sessionWords), ...page }),
});

const one = route({
  method: 'GET',
  path: '/api/v1/sessions/:id',
  operation: getSession,
  status: 200,
  toInput: ({ params }) => ({ session: params['id'] }),
  toReply: sessionWords,
});

const history = route({
  method: 'GET',
  path: '/api/v1/sessions/:id/history',
  operation: sessionHistory,
  status: 200,
  toInput: ({ params, query: { limit, offset, includeTools } }) => ({ session: params['id'], limit, offset, includeTools: flagOf(includeTools) }),
  toReply: ({ messages, ...page }) => ({ messages: messages.map(messageWords), ...page }),
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/sessions/:id',
  operation: deleteSession,
  status: 200,
  toInput: ({ params }) => ({ session: params['id'] }),
  toReply: (output) => output,
});

const clear = route({
  method: 'DELETE',
  path: '/api/v1/sessions',
  operation: clearSessions,
  status: 200,
  toInput: ({ query: { workspace } }) => ({ workspace }),
  toReply: (output) => output,
});

/** Messages, sessions, workspaces, statistics and health of the third document, under `/api/v1`. */
export const messagesV1Dialect: Dialect = {
  name: 'messages-v1',
  routes: [health, send, stream, list, one, history, remove, clear, ...workspaceRoutes, ...statsRoutes],
  described: async () => (await import('./described.ts')).messagesV1Description,
};
