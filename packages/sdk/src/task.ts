import type { ListTasksQuery, TaskEnd, TaskEvent as TaskHappening, TaskResult, TaskStatus } from './wire.gen.ts';

/** The result of a task that was waited for. */
export interface CompletedTask extends TaskResult {
  readonly output: string;
}

export interface TasksFilter extends Omit<ListTasksQuery, 'status'> {
  readonly status?: TaskStatus | undefined;
}

/** Failures of the stream are thrown. */
export type TaskEvent = TaskHappening | TaskEnd;
