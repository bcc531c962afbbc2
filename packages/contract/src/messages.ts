import { z } from 'zod';
import { TURN_FAILURES } from './errors.ts';
import { operation } from './operation.ts';
import { SessionRef, Usage, UserId, Workspace } from './sessions.ts';
import { plainText } from './text.ts';
import { TurnEvent } from './turn-events.ts';

/** Who is asking and where they are: it reaches the agent's instructions, never its authority. */
export const TurnContext = z.strictObject({
  timezone: plainText(64).optional(),
  language: plainText(35).optional(),
  channel: plainText(64).optional(),
  /** What the person or program that writes calls itself. */
  user: plainText(200).optional(),
});
export type TurnContext = z.infer<typeof TurnContext>;

export const TurnOptions = z.strictObject({
  /** `provider/name`, an alias, or a bare name whose provider is known by its prefix. */
  model: plainText(200).min(1).optional(),
  maxTokens: z.number().int().min(1).max(1_000_000).optional(),
  /** The model sees this message only, not the conversation before it. */
  noMemory: z.boolean().optional(),
  /** The turn itself is aborted after this long, whoever waits. */
  runTimeoutSeconds: z.number().positive().max(86_400).optional(),
});
export type TurnOptions = z.infer<typeof TurnOptions>;

export const FinishReason = z.enum(['stop', 'length', 'refused', 'cancelled', 'failed']);
export type FinishReason = z.infer<typeof FinishReason>;

export const Reply = z.object({
  messageId: z.string(),
  turnId: z.string(),
  sessionId: z.string(),
  sessionKey: z.string(),
  text: z.string(),
  model: z.string(),
  usage: Usage,
  toolsInvoked: z.array(z.string()),
  finishReason: FinishReason,
  latencyMs: z.number().int(),
});
export type Reply = z.infer<typeof Reply>;

/** What a message says: something to read. */
export const MessageText = plainText(1_000_000).min(1).refine((text) => /[^\p{White_Space}\p{Cf}\p{Cc}]/u.test(text), 'must hold something to read');

export const sendMessage = operation({
  name: 'messages.send',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Gives the agent a message and waits for its answer. The turn goes on when the caller does not wait.',
  input: z.strictObject({
    /** Without one: the user's own session of the workspace where a user is named, else the workspace's main one. */
    session: SessionRef.optional(),
    text: MessageText,
    /** Without one: the caller's own, which is `main` unless the credential is bound to others. */
    workspace: Workspace.optional(),
    userId: UserId.optional(),
    /** A session that is not there is refused, and not made. `main` is always there. */
    mustExist: z.boolean().default(false),
    context: TurnContext.default({}),
    options: TurnOptions.default({}),
    /** How long this caller waits; 0 answers as soon as the message is stored. */
    timeoutSeconds: z.number().min(0).max(86_400).default(120),
  }),
  output: z.union([Reply, z.object({ turnId: z.string(), sessionId: z.string(), sessionKey: z.string(), status: z.literal('queued') })]),
  event: TurnEvent,
  errors: [...TURN_FAILURES, 'workspace_not_found'],
});
