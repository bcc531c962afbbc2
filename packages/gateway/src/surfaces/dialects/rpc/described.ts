import { listSessions, MessageText, runTask, sendMessage, sessionHistory, SessionKind, SessionRef, sessionStatus, TurnOptions, Usage } from '@openclaw/contract';
import { z } from 'zod';
import type { DialectDescription } from '../../kit/openapi/description.ts';
import { cronDescribed } from './described/cron.ts';
import { WireFlag, WireMessage, WireMessageList, WireQueued, WireReply, WireSession } from '../../kit/openapi/wire-words.ts';

const sessionKey = SessionRef.default('main').describe('A session: its short name, key or id.');

const SendRequest = z.object({
  sessionKey: sessionKey.describe('A session that is there: its short name, key or id. `main` always is.'),
  message: MessageText.describe('What to tell the agent: something to read.'),
  timeoutSeconds: sendMessage.input.shape.timeoutSeconds.describe('How long you wait: then 504, and the turn goes on. 0 answers as soon as the message is stored.'),
  model: TurnOptions.shape.model,
});

const SpawnRequest = z.object({
  task: MessageText.describe('What to do.'),
  label: runTask.input.shape.label,
  model: TurnOptions.shape.model,
  runTimeoutSeconds: TurnOptions.shape.runTimeoutSeconds.describe('How long the task may run: then it is stopped. 300 unless you say otherwise.'),
});

const Spawned = z.object({ status: z.literal('completed'), taskId: z.string(), ...WireReply.shape });

const ListedSession = WireSession.extend({ messages: z.array(WireMessage).optional().describe('The newest, where `messageLimit` asks for them.') });
const ListedSessions = listSessions.output.extend({ sessions: z.array(ListedSession) });

const SessionStatus = WireSession.extend({
  model: z.string(),
  usage: Usage.extend({ totalTokens: z.number().int() }),
  cost: z.object({ usd: z.number().nullable().describe('null where the price of the model is not known.') }),
  config: sessionStatus.output.shape.config,
});

const { limit, offset, messageLimit } = listSessions.input.shape;
const inBody = 'The filters may also be sent as a JSON body.';

export const rpcDescription: DialectDescription = {
  title: 'Calls',
  about: 'One path a verb, under `/api`: send, spawn, list, history, status, and the schedule.',
  tags: { Messages: 'Tell the agent something.', Tasks: 'Have it do one thing in a session of its own.', Sessions: 'The conversations, and what was said in them.', Cron: 'What the agent does at its time, and what became of it.' },
  schemas: {
    SendRequest, SpawnRequest, Spawned, Reply: WireReply, QueuedMessage: WireQueued, Session: ListedSession, Message: WireMessage, SessionList: ListedSessions,
    MessageList: WireMessageList, SessionStatus, ...cronDescribed.schemas,
  },
  routes: {
    'POST /api/sessions/send': {
      id: 'send',
      tag: 'Messages',
      body: SendRequest,
      reply: z.union([WireReply, WireQueued]),
      examples: { body: { sessionKey: 'main', message: 'What’s the weather like today?', timeoutSeconds: 120 } },
    },
    'POST /api/sessions/spawn': {
      id: 'spawn',
      tag: 'Tasks',
      body: SpawnRequest,
      reply: Spawned,
      examples: { body: { task: 'Research the top 5 competitors for AI chatbots and summarize findings', model: 'claude-sonnet-4-5', runTimeoutSeconds: 300 } },
    },
    'GET /api/sessions/list': {
      id: 'list',
      tag: 'Sessions',
      description: inBody,
      query: z.object({
        kinds: z.array(SessionKind).optional().describe('Only these kinds: `main,isolated`.'),
        limit,
        offset,
        messageLimit: messageLimit.describe('As many of each session’s newest messages are told with it.'),
      }),
      reply: ListedSessions,
    },
    'GET /api/sessions/history': {
      id: 'history',
      tag: 'Sessions',
      description: inBody,
      query: z.object({ sessionKey, limit: sessionHistory.input.shape.limit, offset: sessionHistory.input.shape.offset, includeTools: WireFlag.optional().describe('Also what tools gave.') }),
      reply: WireMessageList,
    },
    'GET /api/session/status': { id: 'status', tag: 'Sessions', description: inBody, query: z.object({ sessionKey }), reply: SessionStatus },
    ...cronDescribed.routes,
  },
};
