import { clearSessions, deleteSession, listSessions, MessageText, Reply, sendMessage, SessionRef, sessionHistory, Status, TurnContext, TurnOptions, Workspace } from '@openclaw/contract';
import { z } from 'zod';
import type { DialectDescription } from '../../kit/openapi/description.ts';
import { WireFlag, WireMessage, WireMessageList, WireQueued, WireSession, WireSessionList } from '../../kit/openapi/wire-words.ts';
import { statsDescribed } from './described/stats.ts';
import { workspacesDescribed } from './described/workspaces.ts';

const { workspace, userId, session, timeoutSeconds } = sendMessage.input.shape;

const Health = z.object({
  status: z.enum(['ok', 'degraded']),
  version: Status.shape.version,
  uptime: Status.shape.uptime.describe('Seconds since start.'),
  channels: Status.shape.channels.describe('Each channel with `connected`, or why not.'),
  redis: z.literal('not configured'),
  memoryMB: Status.shape.memoryMB,
});

const MessageRequest = z.object({
  message: MessageText.describe('What to tell the agent: something to read.'),
  workspace: workspace.describe('Where the session is.'),
  userId: userId.describe('Who writes, as you know them. Without a `sessionId` each user has one session in each workspace.'),
  sessionId: session.describe('The session to go on with: its id, key or short name.'),
  timeoutSeconds: timeoutSeconds.describe('How long you wait. 0 answers as soon as the message is stored; the turn goes on either way.'),
  context: z.object({ timezone: TurnContext.shape.timezone, language: TurnContext.shape.language }).optional().describe('What the agent is told of whoever writes.'),
  options: z.object({ model: TurnOptions.shape.model, max_tokens: TurnOptions.shape.maxTokens }).optional(),
});

const StreamRequest = MessageRequest.extend({ timeoutSeconds: timeoutSeconds.unwrap().default(86_400).describe('How long you listen at most.') });

const tokensUsed = z.number().int().describe('All the tokens a model read and wrote.');

const MessageReply = z.object({
  messageId: Reply.shape.messageId,
  response: z.string().describe('What the agent answers.'),
  tokensUsed,
  latencyMs: Reply.shape.latencyMs,
  sessionId: Reply.shape.sessionId,
  sessionKey: Reply.shape.sessionKey,
  toolsInvoked: Reply.shape.toolsInvoked,
  finishReason: Reply.shape.finishReason,
});

const StreamEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('token'), content: z.string() }),
  z.object({ type: z.literal('tool_use'), tool: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('tool_result'), tool: z.string(), output: z.string() }),
  z.object({ type: z.literal('retry'), reason: z.string() }).describe('What was shown of this message is void: its words come anew.'),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string(), retry_after: z.number().optional() }).describe('The last line of a stream that failed.'),
]);
const StreamDone = z
  .object({ type: z.literal('done'), messageId: z.string(), tokensUsed, latencyMs: z.number().int(), sessionId: z.string(), finishReason: Reply.shape.finishReason })
  .describe('The last line.');
const StreamQueued = WireQueued.extend({ type: z.literal('done') }).describe('The last line, where `timeoutSeconds` is 0.');

const id = z.object({ id: SessionRef.describe('A session: its id, key or short name.') });
const { limit, offset } = listSessions.input.shape;

const message = { workspace: 'team', userId: 'api-user', message: 'Summarize the latest GitHub activity for the main repo', context: { timezone: 'America/New_York', language: 'en' } };
const sessionExample = {
  key: 'agent:main:team:user-api-user', sessionKey: 'agent:main:team:user-api-user', id: 'sess_xyz789', sessionId: 'sess_xyz789', kind: 'main', label: null, agent: 'main',
  workspace: 'team', userId: 'api-user', channel: 'api', createdAt: '2026-04-30T10:00:00Z', lastActiveAt: '2026-04-30T10:42:00Z', messageCount: 14, tokensUsed: 8420, costUSD: 0.0421,
};

export const messagesV1Description: DialectDescription = {
  title: 'Messages, sessions, workspaces and statistics',
  about: 'Messages in workspaces, their sessions, what they used, and the health of the gateway, under `/api/v1`.',
  tags: {
    Health: 'Whether the gateway is well.',
    Messages: 'Tell the agent something, and get its answer whole or as it comes.',
    Sessions: 'The conversations, and what was said in them.',
    Workspaces: 'Teams, projects and customers: each with sessions, files, rights and limits of its own.',
    Statistics: 'What was written, read and spent, by day, workspace, user and model.',
  },
  schemas: {
    Health, MessageRequest, StreamRequest, MessageReply, QueuedMessage: WireQueued, StreamEvent, StreamDone, StreamQueued, Session: WireSession, Message: WireMessage,
    SessionList: WireSessionList, MessageList: WireMessageList, ...workspacesDescribed.schemas, ...statsDescribed.schemas,
  },
  routes: {
    'GET /api/v1/health': {
      id: 'getHealth',
      tag: 'Health',
      reply: Health,
      examples: { reply: { status: 'ok', version: '1.4.2', uptime: 3600, channels: { telegram: 'connected', slack: 'connected', whatsapp: 'connected' }, redis: 'not configured', memoryMB: 142 } },
    },
    'POST /api/v1/messages': {
      id: 'sendMessage',
      tag: 'Messages',
      body: MessageRequest,
      reply: z.union([MessageReply, WireQueued]),
      examples: {
        body: message,
        reply: {
          messageId: 'msg_abc123', response: 'Here is the latest GitHub activity...', tokensUsed: 842, latencyMs: 2100, sessionId: 'sess_xyz789',
          sessionKey: 'agent:main:team:user-api-user', toolsInvoked: ['github'], finishReason: 'stop',
        },
      },
    },
    'POST /api/v1/messages/stream': {
      id: 'streamMessage',
      tag: 'Messages',
      summary: 'Gives the agent a message and tells its answer as it comes.',
      description: 'Lines of `data:`, each with an `id:` to come back with as `Last-Event-ID`. Comment lines keep a silent stream open.',
      body: StreamRequest,
      reply: z.object({}),
      event: z.union([StreamEvent, StreamDone, StreamQueued]),
      examples: {
        body: { workspace: 'team', userId: 'api-user', message: 'Write a detailed technical spec for a REST API' },
        events: [
          { type: 'token', content: 'Here' },
          { type: 'tool_use', tool: 'github', input: { action: 'list_issues' } },
          { type: 'tool_result', tool: 'github', output: '3 open issues' },
          { type: 'done', messageId: 'msg_abc', tokensUsed: 1842, latencyMs: 4200, sessionId: 'sess_xyz789', finishReason: 'stop' },
        ],
      },
    },
    'GET /api/v1/sessions': {
      id: 'listSessions',
      tag: 'Sessions',
      query: z.object({ workspace: Workspace.optional().describe('Only those of this workspace.'), limit, offset }),
      reply: WireSessionList,
      examples: { reply: { sessions: [sessionExample], total: 1, limit: 50, offset: 0 } },
    },
    'GET /api/v1/sessions/:id': { id: 'getSession', tag: 'Sessions', params: id, reply: WireSession, examples: { reply: sessionExample } },
    'GET /api/v1/sessions/:id/history': {
      id: 'getHistory',
      tag: 'Sessions',
      params: id,
      query: z.object({ limit: sessionHistory.input.shape.limit, offset: sessionHistory.input.shape.offset, includeTools: WireFlag.optional().describe('Also what tools gave.') }),
      reply: WireMessageList,
    },
    'DELETE /api/v1/sessions/:id': { id: 'deleteSession', tag: 'Sessions', params: id, reply: deleteSession.output, examples: { reply: { deleted: true } } },
    'DELETE /api/v1/sessions': {
      id: 'clearSessions',
      tag: 'Sessions',
      query: z.object({ workspace: Workspace.describe('Which one: nothing is deleted by forgetting a word.') }),
      reply: clearSessions.output,
      examples: { reply: { deleted: 3 } },
    },
    ...workspacesDescribed.routes,
    ...statsDescribed.routes,
  },
};
