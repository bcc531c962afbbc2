/** What is to happen at its time. */
export const scheduleSchema: readonly string[] = [
  `CREATE TABLE wakes (
    seq {seq}, id TEXT NOT NULL UNIQUE, workspace TEXT NOT NULL, agent TEXT NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, source TEXT, at BIGINT NOT NULL,
    UNIQUE (workspace, agent, hash))`,
];
