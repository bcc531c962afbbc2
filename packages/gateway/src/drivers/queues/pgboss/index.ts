import { randomUUID } from 'node:crypto';
import type { Lease, TurnQueue } from '../../../engine/ports/queue.ts';
import type { QueueInTransaction } from '../../../engine/ports/sql.ts';
import { type Log, silent } from '../../../kernel/log.ts';
import { type Pool, QUEUE, SCHEMA, startBoss } from './boss.ts';
import { pgBossInTransaction } from './in-transaction.ts';
import { fromLeaseId, toLeaseId } from './job-id.ts';
import { LostJobs } from './lost-jobs.ts';

export interface PgBossQueue {
  readonly queue: TurnQueue;
  /** Its part in the store's transactions. */
  readonly inTransaction: QueueInTransaction;
}

/** The queue of several nodes. Closing it leaves the pool open: that is the store's. */
export const openPgBossQueue = async (options: {
  readonly pool: Pool;
  /** This node's name, the same after a restart and no other node's: lets it take up at once what its last process held. */
  readonly node?: string;
  readonly log?: Log;
}): Promise<PgBossQueue> => {
  const { pool, node, log = silent } = options;
  const boss = await startBoss(pool, log);
  const lost = new LostJobs(boss, pool, { node, boot: randomUUID() });

  /** Who has what decides only how soon it is given back after a fault, so a fault here loses nothing. */
  const sign = (ids: readonly string[]): Promise<void> => lost.sign(ids).catch(() => {});
  const take = async (limit: number, without: readonly string[] = []): Promise<Lease[]> => {
    await lost.giveBack();
    if (limit <= 0) return [];
    const jobs = await boss.fetch<{ turnId: string }>(QUEUE, { batchSize: limit, ignoreGroups: [...without] });
    if (jobs.length > 0) await sign(jobs.map(({ id }) => id));
    lost.contact();
    return jobs.map((job) => ({ jobId: toLeaseId(job), turnId: job.data.turnId, agent: job.groupId ?? undefined }));
  };
  const renew = async (leases: readonly Lease[]): Promise<void> => {
    if (leases.length === 0) return;
    await boss.touch(QUEUE, leases.map(({ jobId }) => fromLeaseId(jobId)));
    lost.contact();
  };
  const depth = async (): Promise<{ queued: number; running: number }> => {
    const { rows } = await pool.query(
      `SELECT COUNT(*) FILTER (WHERE state < 'active') AS queued, COUNT(*) FILTER (WHERE state = 'active') AS running
       FROM ${SCHEMA}.job WHERE name = '${QUEUE}'`,
    );
    return { queued: Number(rows[0]?.['queued'] ?? 0), running: Number(rows[0]?.['running'] ?? 0) };
  };
  return {
    // Handing a turn over as it is accepted is not in pg-boss.
    queue: { owner: undefined, take, renew, reclaim: (known) => lost.giveBackUnknown(known), depth, close: () => boss.stop({ close: false, timeout: 2_000 }) },
    inTransaction: pgBossInTransaction(boss),
  };
};
