import { createTask, deleteTask, listTasks, MessageText, Task, TaskOptions, TaskResult, TaskStatus } from '@openclaw/contract';
import { z } from 'zod';
import type { PartDescription } from '../../../kit/openapi/description.ts';

const { id, prompt, label, workspace, sessionId, origin, createdAt, startedAt, endedAt, durationMs, workingDirectory } = Task.shape;
const { output, model, files, filesCutOff } = TaskResult.shape;
const failure = z.object({ code: z.string(), message: z.string() }).optional().describe('Why it failed or was stopped.');
const duration_ms = durationMs.describe('From its start to its end; null until then.');

const wanted = createTask.input.shape;
const options = {
  model: TaskOptions.shape.model.describe('`provider/name`, an alias, or a bare name whose provider is known.'),
  max_tokens: TaskOptions.shape.maxTokens.describe('The most the model may write in one step.'),
  timeout_seconds: TaskOptions.shape.runTimeoutSeconds.describe('After this long it is stopped.'),
};

const NewTask = z.object({
  prompt: MessageText.describe('What the agent is to do.'),
  label: wanted.label.describe('What you call it.'),
  workspace: wanted.workspace.describe('Where; the credential’s own workspace unless told.'),
  user_id: wanted.userId.describe('For whom, as you know them; `userId` will do too.'),
  options: z
    .object({ ...options, working_directory: TaskOptions.shape.workingDirectory.describe('The folder the agent works in: below its own workspace folder, or below one of `tools.roots`.') })
    .optional(),
});

const WireTask = z.object({
  id,
  status: TaskStatus.describe('`running` from the moment it is accepted.'),
  prompt: prompt.describe('In a list, its beginning.'),
  label,
  workspace,
  session_id: sessionId,
  origin: origin.describe('By which way it came: `api`, `spawn`, `cli`.'),
  created_at: createdAt,
  started_at: startedAt.describe('null while it waits for its turn.'),
  completed_at: endedAt.describe('However it ended.'),
  duration_ms,
  options: z.object(options).describe('As they were asked for.'),
  working_directory: workingDirectory,
  error: failure,
});

const CreatedTask = z.object({ id, status: TaskStatus, created_at: createdAt, session_id: sessionId.describe('Its own session, whose history tells what was done.') });

const tokens = z.number().int();
const result = {
  output: output.describe('What the agent said in the end; null where it did not come to that.'),
  model,
  files: files.describe('What was created or modified in the working directory while the task ran, by paths from there.'),
  files_cut_off: filesCutOff.describe('There was more to look at than is looked at.'),
  usage: z
    .object({
      input_tokens: tokens, output_tokens: tokens, cache_read_tokens: tokens, cache_write_tokens: tokens, total_tokens: tokens,
      cost_usd: z.number().nullable().describe('null where the price of the model is not known.'),
    })
    .describe('Of the whole task, however it ended.'),
  duration_ms,
  error: failure,
};
const WireTaskResult = z.object({ id, status: TaskStatus, ...result });

const TaskEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), id, status: z.literal('running') }),
  z.object({ type: z.literal('token'), content: z.string() }),
  z.object({ type: z.literal('tool_call'), id: z.string(), tool: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('tool_result'), id: z.string(), tool: z.string(), output: z.string(), is_error: z.boolean() }),
  z.object({ type: z.literal('retry'), reason: z.string() }).describe('What was shown since the last tool is void: its words come anew.'),
]);
const TaskEnd = z.object({ type: z.enum(['completed', 'failed', 'cancelled']), id, status: TaskStatus, ...result }).describe('The last line.');
const TaskStreamFailure = z
  .object({ type: z.literal('error'), code: z.string(), message: z.string(), retry_after: z.number().optional() })
  .describe('The last line of a stream that broke off; the task goes on.');

const TaskList = z.object({ ...listTasks.output.shape, tasks: z.array(WireTask) });

const { limit, offset, workspace: inWorkspace, from, to, search } = listTasks.input.shape;
const query = z.object({
  status: z.array(TaskStatus).optional().describe('Only those that stand so.'),
  limit,
  offset,
  workspace: inWorkspace.describe('Only those of this workspace.'),
  search: search.describe('Part of the prompt, in small or capital letters.'),
  from: from.describe('Made at this moment or later: a day (`2026-03-02`), or a time; without a zone it is UTC. `created_after` will do too.'),
  to: to.describe('Made at this moment or before; a day is meant whole. `created_before` will do too.'),
});

const params = z.object({ id: z.string().min(1).max(100).describe('`task_…`') });

const session_id = 'sess_01JD4Z7K3N';
const example = {
  id: 'task_abc123', status: 'completed', prompt: 'Summarize the latest git commits in my project', label: null, workspace: 'main', session_id, origin: 'api',
  created_at: '2026-03-02T10:30:00Z', started_at: '2026-03-02T10:30:00Z', completed_at: '2026-03-02T10:30:12Z', duration_ms: 12_000,
  options: { model: 'claude-sonnet-4-20250514', max_tokens: 4096 }, working_directory: '/home/user/projects/myapp',
};
const resultExample = {
  id: 'task_abc123', status: 'completed', output: 'Three commits since Monday…', model: 'anthropic/claude-sonnet-4-20250514', files: [{ path: 'SUMMARY.md', change: 'created', size: 512 }], files_cut_off: false,
  usage: { input_tokens: 1200, output_tokens: 340, cache_read_tokens: 0, cache_write_tokens: 0, total_tokens: 1540, cost_usd: 0.0087 }, duration_ms: 12_000,
};

export const tasksDescribed: PartDescription = {
  schemas: { NewTask, CreatedTask, Task: WireTask, TaskList, TaskResult: WireTaskResult, TaskEvent, TaskEnd, TaskStreamFailure },
  routes: {
    'POST /api/v1/tasks': {
      id: 'createTask',
      tag: 'Tasks',
      body: NewTask,
      reply: CreatedTask,
      examples: {
        body: {
          prompt: 'Summarize the latest git commits in my project',
          options: { model: 'claude-sonnet-4-20250514', max_tokens: 4096, working_directory: '/home/user/projects/myapp' },
        },
        reply: { id: 'task_abc123', status: 'running', created_at: '2026-03-02T10:30:00Z', session_id },
      },
    },
    'GET /api/v1/tasks': { id: 'listTasks', tag: 'Tasks', query, reply: TaskList, examples: { reply: { tasks: [example], total: 1, limit: 20, offset: 0 } } },
    'GET /api/v1/tasks/:id': { id: 'getTask', tag: 'Tasks', params, reply: WireTask, examples: { reply: example } },
    'GET /api/v1/tasks/:id/result': { id: 'getTaskResult', tag: 'Tasks', params, reply: WireTaskResult, examples: { reply: resultExample } },
    'POST /api/v1/tasks/:id/cancel': { id: 'cancelTask', tag: 'Tasks', params, reply: WireTask },
    'DELETE /api/v1/tasks/:id': { id: 'deleteTask', tag: 'Tasks', params, reply: deleteTask.output, examples: { reply: { deleted: true } } },
    'GET /api/v1/tasks/:id/events': {
      id: 'watchTask',
      tag: 'Tasks',
      description: 'Lines of `data:`, each with an `id:` to come back with as `Last-Event-ID`. Comment lines keep a silent stream open.',
      params,
      reply: z.object({}),
      event: z.union([TaskEvent, TaskEnd, TaskStreamFailure]),
      examples: {
        events: [
          { type: 'status', id: 'task_abc123', status: 'running' },
          { type: 'tool_call', id: 'call_1', tool: 'read_file', input: { path: 'README.md' } },
          { type: 'tool_result', id: 'call_1', tool: 'read_file', output: '# My app', is_error: false },
          { type: 'token', content: 'Three commits' },
          { type: 'completed', ...resultExample },
        ],
      },
    },
  },
};
