import { z } from 'zod';
import { TURN_FAILURES } from './errors.ts';
import { MessageText, Reply, TurnContext, TurnOptions } from './messages.ts';
import { operation } from './operation.ts';
import { Page, Usage, UserId, Workspace } from './sessions.ts';
import { plainText } from './text.ts';
import { TurnEvent } from './turn-events.ts';

const STATUSES = ['running', 'completed', 'failed', 'cancelled'] as const;
const ONE_OF = `one of ${STATUSES.join(', ')}`;

/** `running` from the moment it is accepted; one that waits for its turn has no `startedAt` yet. */
export const TaskStatus = z.enum(STATUSES, { error: ONE_OF });
export type TaskStatus = z.infer<typeof TaskStatus>;

export const TaskOptions = TurnOptions.extend({
  /** The folder the agent works in: below its own workspace folder, or below one of `tools.roots`. */
  workingDirectory: plainText(4_096).min(1).optional(),
});
export type TaskOptions = z.infer<typeof TaskOptions>;

const Failure = z.object({ code: z.string(), message: z.string() });

/** One thing the agent was asked to do, in a session of its own. */
export const Task = z.object({
  id: z.string(),
  turnId: z.string(),
  sessionId: z.string(),
  sessionKey: z.string(),
  workspace: z.string(),
  status: TaskStatus,
  prompt: z.string(),
  label: z.string().nullable(),
  /** As they were asked for. */
  options: TurnOptions,
  /** As it was found when the task was accepted. */
  workingDirectory: z.string().nullable(),
  /** By which way it came: `api`, `spawn`, `cli`. */
  origin: z.string(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** From its start to its end; null until then. */
  durationMs: z.number().int().nullable(),
  error: Failure.nullable(),
});
export type Task = z.infer<typeof Task>;

export const ChangedFile = z.object({ path: z.string(), change: z.enum(['created', 'modified']), size: z.number().int() });
export type ChangedFile = z.infer<typeof ChangedFile>;

export const TaskResult = z.object({
  id: z.string(),
  status: TaskStatus,
  /** What the agent said in the end; null where it did not come to that. */
  output: z.string().nullable(),
  model: z.string().nullable(),
  /** What was created or modified in the working directory while the task ran, by paths from there. */
  files: z.array(ChangedFile),
  /** There was more to look at than is looked at. */
  filesCutOff: z.boolean(),
  /** Of the whole task, however it ended. */
  usage: Usage,
  durationMs: z.number().int().nullable(),
  error: Failure.nullable(),
});
export type TaskResult = z.infer<typeof TaskResult>;

/** `task_…` */
const TaskId = plainText(100).min(1);

const wanted = {
  label: plainText(200).trim().min(1).optional(),
  /** Without one: the caller's own, which is `main` unless the credential is bound to others. */
  workspace: Workspace.optional(),
  /** Which agent does it; without one: the main one. */
  agent: plainText(64).min(1).optional(),
  userId: UserId.optional(),
  context: TurnContext.default({}),
  options: TaskOptions.default({}),
};

export const createTask = operation({
  name: 'tasks.create',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Has the agent do one thing in a session of its own, and answers at once.',
  input: z.strictObject({ prompt: MessageText, ...wanted }),
  output: Task.pick({ id: true, turnId: true, sessionId: true, sessionKey: true, status: true, createdAt: true }),
  errors: ['model_not_configured', 'budget_exceeded', 'gateway_busy', 'workspace_not_found', 'session_not_found'],
});

export const runTask = operation({
  name: 'tasks.run',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Has the agent do one thing in a session of its own and waits for the result. Past its time it is stopped.',
  input: z.strictObject({ task: MessageText, ...wanted }),
  output: Reply.extend({ taskId: z.string() }),
  event: TurnEvent,
  errors: [...TURN_FAILURES, 'workspace_not_found'],
});

export const getTask = operation({
  name: 'tasks.get',
  permission: 'messages:read',
  kind: 'read',
  summary: 'What a task is and where it stands.',
  input: z.strictObject({ task: TaskId }),
  output: Task,
  errors: ['task_not_found'],
});

export const taskResult = operation({
  name: 'tasks.result',
  permission: 'messages:read',
  kind: 'read',
  summary: 'What came of a task that is over: its output, the files it made, what it used, or why it failed.',
  input: z.strictObject({ task: TaskId }),
  output: TaskResult,
  errors: ['task_not_found', 'conflict'],
});

/** A day, or a moment; a moment without a zone is UTC, as days are. */
const When = z.union([z.iso.date(), z.iso.datetime({ offset: true, local: true })], { error: 'a date (2026-03-02) or a moment (2026-03-02T10:30:00Z)' });

export const listTasks = operation({
  name: 'tasks.list',
  permission: 'messages:read',
  kind: 'read',
  summary: 'Tasks, the newest first, with the beginning of what each was asked.',
  input: z.strictObject({
    ...Page.shape,
    status: z.array(TaskStatus).min(1, { error: ONE_OF }).optional(),
    workspace: Workspace.optional(),
    /** Made at this moment or later. */
    from: When.optional(),
    /** Made at this moment or before; a day is meant whole, and so is a second. */
    to: When.optional(),
    /** Part of the prompt, in small or capital letters. */
    search: plainText(200).optional(),
  }),
  output: z.object({ tasks: z.array(Task), total: z.number().int(), limit: z.number().int(), offset: z.number().int() }),
});

export const cancelTask = operation({
  name: 'tasks.cancel',
  permission: 'messages:write',
  kind: 'write',
  summary: 'Stops a task. One that is over stays as it is.',
  input: z.strictObject({ task: TaskId }),
  output: Task,
  errors: ['task_not_found'],
});

export const deleteTask = operation({
  name: 'tasks.delete',
  permission: 'sessions:delete',
  kind: 'write',
  summary: 'Deletes a task with its session. One that runs is cancelled first.',
  input: z.strictObject({ task: TaskId }),
  output: z.object({ deleted: z.boolean() }),
  errors: ['task_not_found'],
});

export const watchTask = operation({
  name: 'tasks.watch',
  permission: 'messages:read',
  kind: 'read',
  summary: 'The events of a task from its beginning, or after a place on its stream, then its result.',
  input: z.strictObject({
    task: TaskId,
    /** The `cursor` of the last event that was seen. */
    after: plainText(300).optional(),
    timeoutSeconds: z.number().min(0).max(86_400).default(600),
  }),
  output: TaskResult,
  event: TurnEvent,
  errors: ['task_not_found', 'timeout'],
});
