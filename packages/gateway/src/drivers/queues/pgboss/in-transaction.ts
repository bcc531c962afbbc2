import type { Db, PgBoss } from 'pg-boss';
import type { QueueInTransaction, Sql, SqlValue } from '../../../engine/ports/sql.ts';
import { QUEUE, SCHEMA } from './boss.ts';
import { fromLeaseId, jobIdOf } from './job-id.ts';

/** pg-boss' statements inside the store's transaction. */
const inside = (sql: Sql): Db => ({
  executeSql: async (text, values = []) => ({ rows: [...(await sql.all(text, ...values.map(toSqlValue)))] }),
});

const toSqlValue = (value: unknown): SqlValue => {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  // Ids and attempts: letters, digits, dashes and colons only.
  if (Array.isArray(value)) return `{${value.join(',')}}`;
  throw new Error(`pg-boss passed a ${typeof value}`);
};

/**
 * pg-boss orders a key's jobs by the start of the transactions that sent them, which is not the order in which those got hold of the session.
 * The session's row is locked here, so placing each job behind the last is safe.
 */
const toTheEnd = `UPDATE ${SCHEMA}.job SET created_on = GREATEST(clock_timestamp(), (
    SELECT MAX(created_on) + interval '1 microsecond' FROM ${SCHEMA}.job
    WHERE name = '${QUEUE}' AND singleton_key = ? AND policy = 'key_strict_fifo' AND state < 'active' AND NOT blocked AND id <> CAST(? AS uuid)))
  WHERE name = '${QUEUE}' AND id = CAST(? AS uuid)`;

export const pgBossInTransaction = (boss: PgBoss): QueueInTransaction => ({
  enqueue: async (sql, { turnId, sessionId, agent }) => {
    const id = jobIdOf(turnId);
    const sent = await boss.send(QUEUE, { turnId }, { id, singletonKey: sessionId, group: { id: agent }, db: inside(sql) });
    if (sent === null) throw new Error(`turn ${turnId} has a job already`);
    await sql.run(toTheEnd, sessionId, id, id);
  },
  finish: async (sql, { turnId }) => {
    await boss.deleteJob(QUEUE, jobIdOf(turnId), { db: inside(sql) });
  },
  // A job in `retry` is its session's head.
  giveBack: async (sql, { jobId }) => {
    await boss.fail(QUEUE, fromLeaseId(jobId), null, { db: inside(sql) });
  },
});
