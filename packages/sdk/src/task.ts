import type { Page } from '../../client-kit/src/index.ts';

export type TaskStatus = 'running' | 'completed' | 'failed' | 'cancelled';

export interface NewTask {
  readonly prompt: string;
  readonly options?: {
    readonly model?: string | undefined;
    readonly max_tokens?: number | undefined;
    readonly working_directory?: string | undefined;
  } | undefined;
}

export interface Task {
  readonly id: string;
  readonly status: TaskStatus;
  readonly created_at: string;
  readonly prompt?: string;
  readonly started_at?: string | null;
  readonly completed_at?: string | null;
  readonly duration_ms?: number | null;
}

export interface TaskResult {
  readonly id: string;
  readonly status: TaskStatus;
  readonly output: string;
  readonly files: readonly { readonly path: string; readonly change: 'created' | 'modified'; readonly size: number }[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number; readonly cost_usd?: number };
  readonly error?: { readonly code: string; readonly message: string };
}

export interface TasksFilter extends Page {
  readonly status?: TaskStatus | undefined;
  /** A day or a time: tasks created since then, and until then. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly search?: string | undefined;
}

export type TaskEvent =
  | { readonly type: 'status'; readonly status: TaskStatus }
  | { readonly type: 'token'; readonly content: string }
  | { readonly type: 'tool_call'; readonly tool: string; readonly input?: unknown }
  | { readonly type: 'tool_result'; readonly tool: string; readonly output?: unknown }
  | { readonly type: 'completed' | 'failed' | 'cancelled'; readonly output?: string; readonly error?: { readonly code: string; readonly message: string } };
