import { FinishReason, Message, Session, ToolCallRecord } from '@openclaw/contract';
import { z } from 'zod';

/** What `../words.ts` makes of the contract's entities, described. */

const tokens = z.number().int().describe('All the tokens a model read and wrote.');
const cost = z.number().nullable().describe('In US dollars; null where the price of the model is not known.');

const { id, key, ...ofSession } = Session.omit({ usage: true }).shape;

export const WireSession = z.object({
  key: key.describe('`agent:main:main`. Wherever a session is named, its short name, its key and its id will do.'),
  sessionKey: key.describe('The same as `key`.'),
  id: id.describe('`sess_…`'),
  sessionId: id.describe('The same as `id`.'),
  ...ofSession,
  tokensUsed: tokens,
  costUSD: cost,
});

export const WireMessage = z.object({
  id: Message.shape.id,
  role: Message.shape.role,
  content: z.string().describe('What was said; of a tool, what it gave.'),
  tool: ToolCallRecord.shape.tool.optional(),
  input: ToolCallRecord.shape.input.optional(),
  state: ToolCallRecord.shape.state.optional(),
  model: Message.shape.model,
  tokensUsed: tokens.optional(),
  latencyMs: Message.shape.latencyMs,
  createdAt: Message.shape.createdAt,
});

export const WireReply = z.object({
  response: z.string().describe('What the agent answers.'),
  reply: z.string().describe('The same as `response`.'),
  sessionKey: z.string(),
  sessionId: z.string(),
  messageId: z.string(),
  turnId: z.string(),
  model: z.string(),
  tokensUsed: tokens,
  costUSD: cost,
  toolsInvoked: z.array(z.string()),
  finishReason: FinishReason,
  latencyMs: z.number().int(),
});

/** Nobody waited for the answer. */
export const WireQueued = z.object({ status: z.literal('queued'), turnId: z.string().describe('What to ask for later.'), sessionId: z.string(), sessionKey: z.string() });

const page = { total: z.number().int().describe('How many there are in all.'), limit: z.number().int(), offset: z.number().int() };

export const WireSessionList = z.object({ sessions: z.array(WireSession), ...page });
export const WireMessageList = z.object({ messages: z.array(WireMessage).describe('Oldest first within the page.'), ...page });

/** A switch in an address (`flagOf`). */
export const WireFlag = z.union([z.boolean(), z.enum(['1', '0', ''])]);
