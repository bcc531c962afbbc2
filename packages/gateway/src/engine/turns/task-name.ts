/** A task is its turn by another name. */
export const taskOf = (turnId: string): string => turnId.replace(/^turn_/, 'task_');
export const turnOf = (id: string): string => id.replace(/^task_/, 'turn_');
