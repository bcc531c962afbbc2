import { type CallOptions, eachItem, follow, type Page, type Requester, segment } from '../../client-kit/src/index.ts';
import type { CompletedTask, TaskEvent, TasksFilter } from './task.ts';
import type { CreatedTask, NewTask, Task, TaskList, TaskResult } from './wire.gen.ts';
import { type CompletionOptions, waitForCompletion } from './wait-for-completion.ts';

const PATH = '/api/v1/tasks';
/** After these, nothing more happens. */
const LAST = new Set<string>(['completed', 'failed', 'cancelled']);
/** Until the first event: a task may have to wait for its turn. */
const PATIENCE_MS = 600_000;

export class Tasks {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Starts a task; answers before it is done. */
  create(task: NewTask, options?: CallOptions): Promise<CreatedTask> {
    return this.#requester.json({ method: 'POST', path: PATH, body: task }, options);
  }

  get(id: string, options?: CallOptions): Promise<Task> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/${segment(id)}` }, options);
  }

  /** What came of it; an error with status 409 while it runs. */
  result(id: string, options?: CallOptions): Promise<TaskResult> {
    return this.#requester.json({ method: 'GET', path: `${PATH}/${segment(id)}/result` }, options);
  }

  list({ status, workspace, from, to, search, limit, offset }: TasksFilter = {}, options?: CallOptions): Promise<TaskList> {
    return this.#requester.json({ method: 'GET', path: PATH, query: { status, workspace, from, to, search, limit, offset } }, options);
  }

  /** Every task, page by page. */
  all(filter: TasksFilter = {}, options?: CallOptions): AsyncGenerator<Task, void> {
    const ask = async (page: Page) => {
      const { tasks, ...rest } = await this.list({ ...filter, ...page }, options);
      return { ...rest, items: tasks };
    };
    return eachItem(ask, ({ id }) => id, filter);
  }

  cancel(id: string, options?: CallOptions): Promise<Task> {
    return this.#requester.json({ method: 'POST', path: `${PATH}/${segment(id)}/cancel` }, options);
  }

  /** Deletes a task with its session; one that runs is cancelled. */
  delete(id: string, options?: CallOptions): Promise<{ readonly deleted: boolean }> {
    return this.#requester.json({ method: 'DELETE', path: `${PATH}/${segment(id)}` }, options);
  }

  /** What happens in it until it is over; what was missed while the connection was lost comes, too. */
  events(id: string, options: CallOptions = {}): AsyncGenerator<TaskEvent, void> {
    const ask = { method: 'GET', path: `${PATH}/${segment(id)}/events`, patienceMs: PATIENCE_MS } as const;
    return follow<TaskEvent>(this.#requester, { ask, options, isLast: ({ type }) => LAST.has(type) });
  }

  /** Waits until the task is over. Throws an `OpenClawError` with the code `task_failed` or `task_cancelled` where it has no output. */
  waitForCompletion(id: string, options: CompletionOptions = {}): Promise<CompletedTask> {
    return waitForCompletion(this, id, options);
  }
}
