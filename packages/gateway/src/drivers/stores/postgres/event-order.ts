import type { Sql } from '../../../engine/ports/sql.ts';

/** Any number, the same on every node: whoever holds it gives events their places. */
const LOCK = 1_870_030_955;
const BATCH = 1_000;

/**
 * Events are numbered after their commit, not in it: a number taken inside a transaction becomes visible whenever that commits, so a reader
 * that had gone past it would never see it. Writers only append; the first reader that finds new events numbers them, one reader at a time.
 */
export const placeEvents = async (sql: Sql): Promise<void> => {
  await sql.one('SELECT pg_advisory_xact_lock(?)', LOCK);
  await sql.run(
    `UPDATE events SET seq = placed.seq
     FROM (SELECT inserted, nextval('event_places') AS seq
           FROM (SELECT inserted FROM events WHERE seq IS NULL ORDER BY inserted LIMIT ?) AS fresh) AS placed
     WHERE events.inserted = placed.inserted`,
    BATCH,
  );
};

export const hasUnplacedEvents = async (sql: Sql): Promise<boolean> =>
  (await sql.one('SELECT 1 AS found FROM events WHERE seq IS NULL LIMIT 1')) !== undefined;

export const EVENT_ORDER_MIGRATIONS = [
  {
    id: '0001-postgres-event-order',
    statements: ['CREATE SEQUENCE event_places', 'CREATE INDEX events_unplaced ON events (inserted) WHERE seq IS NULL'],
  },
];
