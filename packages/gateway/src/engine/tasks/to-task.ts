import type { Task, TaskResult } from '@openclaw/contract';
import type { TaskRecord, TaskResultRecord } from '../ports/task-records.ts';

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | undefined): string | null => (at === undefined ? null : iso(at));

/** From start to end; one that never began took no time. */
const durationOf = ({ startedAt, endedAt }: TaskRecord): number | null => (endedAt === undefined ? null : endedAt - (startedAt ?? endedAt));

export const toTask = (record: TaskRecord): Task => {
  const { id, turnId, sessionId, sessionKey, workspace, status, prompt, label, options, workingDirectory, origin, createdAt, startedAt, endedAt, error } = record;
  return {
    id, turnId, sessionId, sessionKey, workspace, status, prompt, options, origin,
    label: label ?? null,
    workingDirectory: workingDirectory ?? null,
    createdAt: iso(createdAt),
    startedAt: isoOrNull(startedAt),
    endedAt: isoOrNull(endedAt),
    durationMs: durationOf(record),
    error: error ?? null,
  };
};

export const toResult = ({ task, reply, files: { files, cutOff }, usage }: TaskResultRecord): TaskResult => ({
  id: task.id,
  status: task.status,
  output: reply?.text ?? null,
  model: reply?.model ?? null,
  files: [...files],
  filesCutOff: cutOff,
  usage,
  durationMs: durationOf(task),
  error: task.error ?? null,
});
