import type { Page } from '../../client-kit/src/index.ts';

export type TaskStatus = 'running' | 'completed' | 'failed' | 'cancelled';

export interface NewTask {
  readonly prompt: string;
  /** The caller's own unless told. */
  readonly workspace?: string | undefined;
  readonly user_id?: string | undefined;
  readonly label?: string | undefined;
  readonly options?: {
    readonly model?: string | undefined;
    readonly max_tokens?: number | undefined;
    readonly working_directory?: string | undefined;
    /** After this long it is stopped. */
    readonly timeout_seconds?: number | undefined;
  } | undefined;
}

export interface Task {
  readonly id: string;
  readonly status: TaskStatus;
  readonly created_at: string;
  readonly prompt?: string;
  readonly label?: string | null;
  readonly workspace?: string;
  readonly session_id?: string;
  readonly started_at?: string | null;
  readonly completed_at?: string | null;
  readonly duration_ms?: number | null;
}

export interface TaskResult {
  readonly id: string;
  readonly status: TaskStatus;
  /** What the agent said in the end; null where it did not come to that. */
  readonly output: string | null;
  readonly files: readonly { readonly path: string; readonly change: 'created' | 'modified'; readonly size: number }[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number; readonly cost_usd?: number };
  readonly error?: { readonly code: string; readonly message: string };
}

/** The result of a task that was waited for. */
export interface CompletedTask extends TaskResult {
  readonly output: string;
}

export interface TasksFilter extends Page {
  readonly status?: TaskStatus | undefined;
  readonly workspace?: string | undefined;
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
  /** The words since the last tool are void and come anew. */
  | { readonly type: 'retry'; readonly reason: string }
  | { readonly type: 'completed' | 'failed' | 'cancelled'; readonly output?: string | null; readonly error?: { readonly code: string; readonly message: string } };
