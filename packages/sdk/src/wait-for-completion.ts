import { type CallOptions, OpenClawError, pause, startDeadline } from '../../client-kit/src/index.ts';
import type { CompletedTask } from './task.ts';
import type { Task, TaskResult } from './wire.gen.ts';

export interface CompletionOptions {
  /** How long to wait: as long as it takes, unless told. The task goes on afterwards. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of the task when it is first seen, and whenever its status has changed. */
  readonly onStatus?: ((task: Task) => void) | undefined;
}

interface TaskQuestions {
  get(id: string, options: CallOptions): Promise<Task>;
  result(id: string, options: CallOptions): Promise<TaskResult>;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** Each question is asked again so often that a restart of the gateway (a minute, say) ends no waiting. */
const RETRIES = 10;

export const waitForCompletion = async (tasks: TaskQuestions, id: string, { timeoutMs = Infinity, signal, onStatus }: CompletionOptions): Promise<CompletedTask> => {
  const deadline = startDeadline(timeoutMs, signal);
  const patient = { signal: deadline.signal, maxRetries: RETRIES };
  try {
    let told: Task['status'] | undefined;
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS)) {
      const task = await tasks.get(id, patient);
      if (task.status !== told) onStatus?.(task);
      told = task.status;
      if (task.status !== 'running') return withOutput(await tasks.result(id, patient));
      await pause(wait, deadline.signal);
    }
  } finally {
    deadline.release();
  }
};

const withOutput = (result: TaskResult): CompletedTask => {
  if (result.status === 'completed') return { ...result, output: result.output ?? '' };
  const code = result.status === 'cancelled' ? 'task_cancelled' : 'task_failed';
  const why = result.error ? `: ${result.error.message}` : '';
  throw new OpenClawError(`The task ${result.id} ${result.status === 'cancelled' ? 'was cancelled' : 'failed'}${why}`, { code, details: { ...result } });
};
