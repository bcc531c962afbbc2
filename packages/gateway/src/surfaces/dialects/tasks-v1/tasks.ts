import { cancelTask, createTask, deleteTask, getTask, listTasks, type Task, taskResult, type TaskResult, tokensOf, type TurnEvent, watchTask } from '@openclaw/contract';
import { route } from '../../kit/dialect.ts';
import { fieldsOf, listOf } from '../../kit/read-fields.ts';

/** As the document writes its times: to the second. */
const time = (iso: string): string => iso.replace(/\.\d+Z$/, 'Z');
const timeOrNull = (iso: string | null): string | null => (iso === null ? null : time(iso));

const taskWords = ({ id, status: state, prompt, label, workspace, sessionId, origin, options, workingDirectory, error, ...task }: Task): object => ({
  id,
  status: state,
  prompt,
  label,
  workspace,
  session_id: sessionId,
  origin,
  created_at: time(task.createdAt),
  started_at: timeOrNull(task.startedAt),
  completed_at: timeOrNull(task.endedAt),
  duration_ms: task.durationMs,
  options: {
    ...(options.model !== undefined && { model: options.model }),
    ...(options.maxTokens !== undefined && { max_tokens: options.maxTokens }),
    ...(options.runTimeoutSeconds !== undefined && { timeout_seconds: options.runTimeoutSeconds }),
  },
  working_directory: workingDirectory,
  ...(error && { error }),
});

const resultWords = ({ id, status: state, output, model, files, filesCutOff, usage, durationMs, error }: TaskResult): object => ({
  id,
  status: state,
  output,
  model,
  files,
  files_cut_off: filesCutOff,
  usage: {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    total_tokens: tokensOf(usage),
    cost_usd: usage.costUSD,
  },
  duration_ms: durationMs,
  ...(error && { error }),
});

const create = route({
  method: 'POST',
  path: '/api/v1/tasks',
  operation: createTask,
  status: 201,
  toInput: ({ body }) => {
    const { prompt, options, workspace, user_id: sameUser, userId = sameUser, label } = fieldsOf(body);
    const { model, max_tokens: maxTokens, working_directory: workingDirectory, timeout_seconds: runTimeoutSeconds } = fieldsOf(options, 'options');
    return { prompt, label, workspace, userId, context: { channel: 'api' }, options: { model, maxTokens, workingDirectory, runTimeoutSeconds } };
  },
  toReply: ({ id, status: state, createdAt, sessionId }) => ({ id, status: state, created_at: time(createdAt), session_id: sessionId }),
});

const list = route({
  method: 'GET',
  path: '/api/v1/tasks',
  operation: listTasks,
  status: 200,
  toInput: ({ query }) => {
    const { limit, offset, workspace, search, from = query['created_after'], to = query['created_before'] } = query;
    return { limit, offset, workspace, search, from, to, status: listOf(query['status']) };
  },
  toReply: ({ tasks, ...page }) => ({ tasks: tasks.map(taskWords), ...page }),
});

const one = route({
  method: 'GET',
  path: '/api/v1/tasks/:id',
  operation: getTask,
  status: 200,
  toInput: ({ params }) => ({ task: params['id'] }),
  toReply: taskWords,
});

const result = route({
  method: 'GET',
  path: '/api/v1/tasks/:id/result',
  operation: taskResult,
  status: 200,
  toInput: ({ params }) => ({ task: params['id'] }),
  toReply: resultWords,
});

const cancel = route({
  method: 'POST',
  path: '/api/v1/tasks/:id/cancel',
  operation: cancelTask,
  status: 200,
  toInput: ({ params }) => ({ task: params['id'] }),
  toReply: taskWords,
});

const remove = route({
  method: 'DELETE',
  path: '/api/v1/tasks/:id',
  operation: deleteTask,
  status: 200,
  toInput: ({ params }) => ({ task: params['id'] }),
  toReply: (output) => output,
});

const toEvent = (event: TurnEvent): object | undefined => {
  if (event.type === 'started') return { type: 'status', id: event.turnId.replace(/^turn_/, 'task_'), status: 'running' };
  if (event.type === 'text') return { type: 'token', content: event.delta };
  if (event.type === 'tool_call') return { type: 'tool_call', id: event.id, tool: event.tool, input: event.input };
  if (event.type === 'tool_result') return { type: 'tool_result', id: event.id, tool: event.tool, output: event.output, is_error: event.isError };
  // What was shown of this answer is void: its words come anew.
  return event.type === 'retry' ? { type: 'retry', reason: event.reason } : undefined;
};

const events = route({
  method: 'GET',
  path: '/api/v1/tasks/:id/events',
  operation: watchTask,
  status: 200,
  // Whoever streams waits for the end.
  toInput: ({ params }) => ({ task: params['id'], timeoutSeconds: 86_400 }),
  toReply: resultWords,
  stream: {
    wanted: 'always',
    toEvent,
    toLast: (output) => ({ type: output.status, ...resultWords(output) }),
    toError: ({ code, message, details: { retryAfterSeconds } }) => ({
      type: 'error', code, message, ...(retryAfterSeconds !== undefined && { retry_after: retryAfterSeconds }),
    }),
  },
});

/** Tasks of the fifth document. */
export const taskRoutes = [create, list, one, result, cancel, remove, events];
