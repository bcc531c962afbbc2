import type { Reply, TaskStatus, Usage } from '@openclaw/contract';
import type { ChangedFiles, TurnRecord } from './turn-records.ts';

export interface TaskRecord extends Pick<TurnRecord, 'sessionId' | 'sessionKey' | 'options' | 'createdAt' | 'startedAt' | 'endedAt' | 'error'> {
  readonly id: string;
  readonly turnId: string;
  readonly workspace: string;
  readonly status: TaskStatus;
  readonly prompt: string;
  readonly label: string | undefined;
  readonly workingDirectory: string | undefined;
  /** The id of who asked for it. */
  readonly caller: string;
  /** By which way it came. */
  readonly origin: string;
}

export interface TaskResultRecord {
  readonly task: TaskRecord;
  readonly reply: Reply | undefined;
  readonly files: ChangedFiles;
  /** Of all the model steps of its turn. */
  readonly usage: Usage;
}

export interface TaskFilter {
  readonly statuses: readonly TaskStatus[] | undefined;
  readonly workspaces: readonly string[] | undefined;
  /** Made at or after the one, and before the other. */
  readonly from: number | undefined;
  readonly before: number | undefined;
  /** Part of the prompt, whatever the case of its letters. */
  readonly search: string | undefined;
  readonly limit: number;
  readonly offset: number;
}
