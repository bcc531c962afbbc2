import type { EventData, Happening, Vocabulary } from './word.ts';

const task = ({ data }: Happening): EventData => ({
  task_id: data['taskId'] ?? null,
  prompt: data['prompt'] ?? '',
  status: data['status'] ?? null,
  ...(data['durationMs'] !== undefined && { duration_ms: data['durationMs'] }),
  ...(data['result'] !== undefined && { result: data['result'] }),
  ...(data['error'] !== undefined && { error: data['error'] }),
  label: data['label'] ?? null,
  workspace: data['workspace'] ?? null,
});

const asItIs = ({ data }: Happening): EventData => data;

/** The six events of the fifth document. */
export const tasksVocabulary: Vocabulary = {
  'task.started': { types: ['task.started'], say: task },
  'task.completed': { types: ['task.completed'], say: task },
  'task.failed': { types: ['task.failed'], say: task },
  'skill.installed': { types: ['skill.installed'], say: asItIs },
  'skill.removed': { types: ['skill.removed'], say: asItIs },
  'system.error': { types: ['system.error'], say: asItIs },
};
