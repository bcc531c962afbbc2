import type { TurnQueue } from '../../../engine/ports/queue.ts';
import type { Database } from '../../../engine/ports/sql.ts';
import type { JobTransactions } from './jobs.ts';

/** The queue inside the embedded database. One process owns that, so a lease ends with its process and needs no renewing. */
export const openSqliteQueue = async (database: Database<JobTransactions>, owner: string): Promise<TurnQueue> => {
  await database.write('freeJobsOfOthers', owner);
  return {
    owner,
    take: (limit, without = []) => database.write('takeJobs', { owner, limit, without }),
    renew: async () => {},
    reclaim: (known) => database.write('reclaimJobs', { owner, known }),
    depth: () => database.read('countJobs', undefined),
    close: async () => {},
  };
};
