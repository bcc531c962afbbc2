import { createSession, deleteSession, listSessions, MessageText, sendMessage, sessionHistory, SessionKind, SessionRef, Status, TurnOptions } from '@openclaw/contract';
import { z } from 'zod';
import type { DialectDescription } from '../../kit/openapi/description.ts';
import { cronDescribed } from './described/cron.ts';
import { WireFlag, WireMessage, WireMessageList, WireQueued, WireReply, WireSession, WireSessionList } from '../../kit/openapi/wire-words.ts';

const { ok, version, uptime, agent, model } = Status.shape;
const SystemStatus = z.object({ ok, version, uptime: uptime.describe('Seconds since start.'), agent, model });

const MessageRequest = z.object({
  message: MessageText.describe('What to tell the agent: something to read.'),
  timeoutSeconds: sendMessage.input.shape.timeoutSeconds.describe('How long you wait. 0 answers as soon as the message is stored; the turn goes on either way.'),
  model: TurnOptions.shape.model.describe('`provider/name`, an alias, or a bare name.'),
  userId: sendMessage.input.shape.userId.describe('Who writes, as you know them.'),
});

const { label, kind, workspace, userId } = createSession.input.shape;
const NewSession = z.object({ label, target: kind, workspace, userId });

const key = z.object({ key: SessionRef.describe('A session: its short name (`main`), key (`agent:main:main`) or id (`sess_…`).') });
const kinds = z.array(SessionKind).optional().describe('Only these kinds: `main,isolated`.');

const sessionExample = {
  key: 'agent:main:my-custom-session', sessionKey: 'agent:main:my-custom-session', id: 'sess_xyz789', sessionId: 'sess_xyz789', kind: 'isolated', label: 'my-custom-session',
  agent: 'main', workspace: 'main', userId: null, channel: 'api', createdAt: '2026-04-30T10:00:00Z', lastActiveAt: '2026-04-30T10:42:00Z', messageCount: 0, tokensUsed: 0, costUSD: 0,
};
const answer = 'You have 3 events today: Team standup at 9 AM, lunch with Sarah at noon, and dentist at 4 PM.';

export const sessionsDescription: DialectDescription = {
  title: 'Sessions',
  about: 'Sessions by their names, under `/api`, and messages to them.',
  tags: { Status: 'Whether the gateway runs, and what answers.', Messages: 'Tell the agent something.', Sessions: 'The conversations, and what was said in them.', 'Cron Jobs': 'What the agent does at its time.' },
  schemas: {
    SystemStatus, MessageRequest, NewSession, Reply: WireReply, QueuedMessage: WireQueued, Session: WireSession, Message: WireMessage, SessionList: WireSessionList,
    MessageList: WireMessageList, ...cronDescribed.schemas,
  },
  routes: {
    'GET /api/status': {
      id: 'getStatus',
      tag: 'Status',
      reply: SystemStatus,
      examples: { reply: { ok: true, version: '2026.2.23', uptime: 86400, agent: 'main', model: 'anthropic/claude-sonnet-4' } },
    },
    'POST /api/sessions/:key/messages': {
      id: 'sendMessage',
      tag: 'Messages',
      description: 'The session is made where it is missing.',
      params: key,
      body: MessageRequest,
      reply: z.union([WireReply, WireQueued]),
      examples: {
        body: { message: "What's on my calendar today?" },
        reply: {
          response: answer, reply: answer, sessionKey: 'agent:main:main', sessionId: 'sess_xyz789', messageId: 'msg_abc123', turnId: 'turn_abc123', model: 'anthropic/claude-sonnet-4',
          tokensUsed: 842, costUSD: 0.0042, toolsInvoked: ['calendar'], finishReason: 'stop', latencyMs: 2100,
        },
      },
    },
    'GET /api/sessions': {
      id: 'listSessions',
      tag: 'Sessions',
      query: z.object({ kinds, workspace: listSessions.input.shape.workspace, limit: listSessions.input.shape.limit, offset: listSessions.input.shape.offset }),
      reply: WireSessionList,
      examples: { reply: { sessions: [sessionExample], total: 1, limit: 50, offset: 0 } },
    },
    'POST /api/sessions': {
      id: 'createSession',
      tag: 'Sessions',
      body: NewSession,
      reply: WireSession,
      examples: { body: { label: 'my-custom-session', target: 'isolated' }, reply: sessionExample },
    },
    'GET /api/sessions/:key': { id: 'getSession', tag: 'Sessions', params: key, reply: WireSession, examples: { reply: sessionExample } },
    'GET /api/sessions/:key/history': {
      id: 'getHistory',
      tag: 'Sessions',
      params: key,
      query: z.object({ limit: sessionHistory.input.shape.limit, offset: sessionHistory.input.shape.offset, includeTools: WireFlag.optional().describe('Also what tools gave.') }),
      reply: WireMessageList,
    },
    'DELETE /api/sessions/:key': { id: 'deleteSession', tag: 'Sessions', params: key, reply: deleteSession.output, examples: { reply: { deleted: true } } },
    ...cronDescribed.routes,
  },
};
