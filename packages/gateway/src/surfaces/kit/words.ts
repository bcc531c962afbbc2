import { type Message, type OutputOf, type sendMessage, type Session, tokensOf } from '@openclaw/contract';

/** A session under all the names the documents use for its id and its key. Field by field: lists are long, and a spread costs them twice as much. */
export const sessionWords = (session: Session): object => ({
  key: session.key,
  sessionKey: session.key,
  id: session.id,
  sessionId: session.id,
  kind: session.kind,
  label: session.label,
  agent: session.agent,
  workspace: session.workspace,
  userId: session.userId,
  channel: session.channel,
  createdAt: session.createdAt,
  lastActiveAt: session.lastActiveAt,
  messageCount: session.messageCount,
  tokensUsed: tokensOf(session.usage),
  costUSD: session.usage.costUSD,
});

export const messageWords = ({ id, role, text, toolCall, createdAt, model, usage, latencyMs }: Message): object => ({
  id,
  role,
  content: toolCall ? (toolCall.output ?? '') : text,
  ...(toolCall && { tool: toolCall.tool, input: toolCall.input, state: toolCall.state }),
  ...(model !== undefined && { model }),
  ...(usage && { tokensUsed: tokensOf(usage) }),
  ...(latencyMs !== undefined && { latencyMs }),
  createdAt,
});

/** An answer under both of its names; where nobody waited for it, what to ask for later. */
export const replyWords = (output: OutputOf<typeof sendMessage>): object => {
  const { turnId, sessionId, sessionKey } = output;
  if (!('text' in output)) return { status: output.status, turnId, sessionId, sessionKey };
  const { text, messageId, model, usage, toolsInvoked, finishReason, latencyMs } = output;
  return {
    response: text,
    reply: text,
    sessionKey,
    sessionId,
    messageId,
    turnId,
    model,
    tokensUsed: tokensOf(usage),
    costUSD: usage.costUSD,
    toolsInvoked,
    finishReason,
    latencyMs,
  };
};
