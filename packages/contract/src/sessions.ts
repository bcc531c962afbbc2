import { z } from 'zod';
import { operation } from './operation.ts';
import { plainText } from './text.ts';
import { wholeNumber } from './whole-number.ts';

/** `main` is a person's ongoing conversation; `isolated` is one made for a single purpose. */
export const SessionKind = z.enum(['main', 'isolated']);
export type SessionKind = z.infer<typeof SessionKind>;

/** An id (`sess_…`), a full key (`agent:main:main`) or a short name (`main`). */
export const SessionRef = z.string().min(1).max(256).regex(/^[^\u0000-\u001f\u007f\p{Cs}]+$/u, 'must not hold control characters').trim().min(1);

/** Also the name of a folder, so two that some disk could take for one must not differ. */
export const Workspace = z.string().min(1).max(64).regex(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/, 'small letters, digits, dot, dash and underscore only');

/** Who writes, as the program that asks knows them. It chooses a session, and gives no right to one. */
export const UserId = plainText(200).min(1);

export const Usage = z.object({
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  cacheWriteTokens: z.number().int(),
  /** null where the price of the model is not known. */
  costUSD: z.number().nullable(),
});
export type Usage = z.infer<typeof Usage>;

/** All the tokens a model read and wrote. */
export const tokensOf = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number =>
  inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;

export const Session = z.object({
  id: z.string(),
  key: z.string(),
  kind: SessionKind,
  label: z.string().nullable(),
  agent: z.string(),
  workspace: z.string(),
  userId: z.string().nullable(),
  channel: z.string(),
  createdAt: z.iso.datetime(),
  lastActiveAt: z.iso.datetime(),
  messageCount: z.number().int(),
  usage: Usage,
});
export type Session = z.infer<typeof Session>;

export const Page = z.object({
  limit: wholeNumber(1, 200).prefault(50),
  offset: wholeNumber(0, 1_000_000_000).prefault(0),
});

export const ToolCallRecord = z.object({
  id: z.string(),
  tool: z.string(),
  input: z.unknown(),
  state: z.enum(['started', 'done', 'failed', 'interrupted']),
  output: z.string().nullable(),
});
export type ToolCallRecord = z.infer<typeof ToolCallRecord>;

export const Message = z.object({
  id: z.string(),
  turnId: z.string().nullable(),
  seq: z.number().int(),
  role: z.enum(['user', 'assistant', 'tool', 'summary']),
  text: z.string(),
  /** Present on role `tool`. */
  toolCall: ToolCallRecord.optional(),
  /** Present on role `assistant`: the model that wrote it and what it took. */
  model: z.string().optional(),
  usage: Usage.optional(),
  latencyMs: z.number().int().optional(),
  createdAt: z.iso.datetime(),
});
export type Message = z.infer<typeof Message>;

export const createSession = operation({
  name: 'sessions.create',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Makes a session of its own, apart from the main conversation.',
  input: z.strictObject({
    label: plainText(200).trim().min(1).optional(),
    kind: SessionKind.default('isolated'),
    /** Without one: the caller's own, which is `main` unless the credential is bound to others. */
    workspace: Workspace.optional(),
    userId: UserId.optional(),
  }),
  output: Session,
  errors: ['workspace_not_found', 'session_not_found'],
});

export const listSessions = operation({
  name: 'sessions.list',
  permission: 'sessions:read',
  kind: 'read',
  summary: 'Sessions, the most recently active first.',
  input: z.strictObject({
    ...Page.shape,
    kinds: z.array(SessionKind).optional(),
    workspace: Workspace.optional(),
    /** As many of each session's newest messages are told with it. */
    messageLimit: wholeNumber(0, 50).prefault(0),
  }),
  output: z.object({ sessions: z.array(Session.extend({ messages: z.array(Message).optional() })), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const getSession = operation({
  name: 'sessions.get',
  permission: 'sessions:read',
  kind: 'read',
  summary: 'One session.',
  input: z.strictObject({ session: SessionRef }),
  output: Session,
  errors: ['session_not_found'],
});

export const sessionStatus = operation({
  name: 'sessions.status',
  permission: 'sessions:read',
  kind: 'read',
  summary: 'One session with what it has used, what it costs, and the configuration its turns run with.',
  input: z.strictObject({ session: SessionRef }),
  output: z.object({
    session: Session,
    config: z.object({
      model: z.string(),
      contextTokens: z.number().int(),
      maxTokens: z.number().int(),
      timezone: z.string(),
      turnTimeoutSeconds: z.number(),
      tools: z.array(z.string()),
    }),
  }),
  errors: ['session_not_found'],
});

export const sessionHistory = operation({
  name: 'sessions.history',
  permission: 'messages:read',
  kind: 'read',
  summary: 'Messages of a session, oldest first within the page; `offset` counts back from the newest.',
  input: z.strictObject({ session: SessionRef, ...Page.shape, includeTools: z.boolean().default(false) }),
  output: z.object({ messages: z.array(Message), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
  errors: ['session_not_found'],
});

export const deleteSession = operation({
  name: 'sessions.delete',
  permission: 'sessions:delete',
  kind: 'write',
  summary: 'Deletes a session with its messages. A turn that runs in it is cancelled first.',
  input: z.strictObject({ session: SessionRef }),
  output: z.object({ deleted: z.boolean() }),
  errors: ['session_not_found'],
});

export const clearSessions = operation({
  name: 'sessions.clear',
  permission: 'sessions:delete',
  kind: 'write',
  summary: 'Deletes every session of a workspace. The workspace must be named.',
  input: z.strictObject({ workspace: Workspace }),
  output: z.object({ deleted: z.number().int() }),
});
