import { z } from 'zod';
import { TURN_FAILURES } from './errors.ts';
import { operation } from './operation.ts';
import { Workspace } from './sessions.ts';
import { plainText } from './text.ts';

const place = {
  /** Without one: the main one. */
  agent: plainText(64).min(1).optional(),
  /** Without one: the caller's own, which is `main` unless the credential is bound to others. */
  workspace: Workspace.optional(),
};

export const triggerHeartbeat = operation({
  name: 'heartbeat.trigger',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Has the heart of an agent beat now: it looks at its HEARTBEAT.md and at what waits for it. Where there is nothing, no model is asked.',
  input: z.strictObject({
    ...place,
    /** Says what it would do, and does nothing. */
    dryRun: z.boolean().default(false),
    timeoutSeconds: z.number().min(0).max(86_400).default(120),
  }),
  output: z.object({
    /** `HEARTBEAT_REPORT` where the agent has something to say, in `report`. */
    status: z.enum(['HEARTBEAT_OK', 'HEARTBEAT_REPORT']),
    dryRun: z.boolean(),
    agent: z.string(),
    workspace: z.string(),
    /** What it did, from the tools it really called. */
    actionsTaken: z.array(z.string()),
    tokensUsed: z.number().int(),
    /** What it would do; with `dryRun` only. */
    wouldDo: z.array(z.string()).optional(),
    report: z.string().nullable(),
    /** null where no model was asked. */
    turnId: z.string().nullable(),
  }),
  errors: [...TURN_FAILURES, 'workspace_not_found', 'conflict'],
});

export const heartbeatStatus = operation({
  name: 'heartbeat.status',
  permission: 'cron:read',
  kind: 'read',
  summary: 'How the heart of an agent beats: how often, when next, what it would find, and what came of the last time.',
  input: z.strictObject(place),
  output: z.object({
    agent: z.string(),
    workspace: z.string(),
    /** null where it beats only when somebody asks. */
    everyMs: z.number().int().nullable(),
    activeHours: z.object({ start: z.string(), end: z.string(), timezone: z.string() }).nullable(),
    nextAt: z.iso.datetime().nullable(),
    /** The file it looks at, and whether anything stands in it but headings and comments. */
    file: z.string(),
    hasTasks: z.boolean(),
    /** Texts that wait for the next beat. */
    waiting: z.number().int(),
    lastBeat: z.object({ at: z.iso.datetime(), state: z.enum(['running', 'ran', 'failed']), turnId: z.string().nullable(), error: z.object({ code: z.string(), message: z.string() }).nullable() }).nullable(),
  }),
  errors: ['workspace_not_found'],
});
