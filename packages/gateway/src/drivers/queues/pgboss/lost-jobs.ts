import type { PgBoss } from 'pg-boss';
import { type Pool, QUEUE, SCHEMA } from './boss.ts';
import type { Attempt } from './job-id.ts';

/** A job whose holder was silent for this long is taken from it. */
export const LEASE_SECONDS = 10;
/** The same for what an earlier process of this very node held: its successor knows that it is gone. */
const OWN_LEASE_SECONDS = 3;
/** Longer than this between two answers of the database, and it was away. */
const GAP_MS = 5_000;
const LOOK_EVERY_MS = 1_000;

/** One process: `node` outlives it, `boot` does not. */
export interface Holder {
  readonly node: string | undefined;
  readonly boot: string;
}

/**
 * Gives back what dead nodes held. pg-boss' own monitor does that too, but judges every lease at the first moment after the database was
 * away, when no living node could have renewed; each such judgement would count as a crash of the turn. So a node judges others only
 * after it has itself been in touch with the database for a whole lease.
 */
export class LostJobs {
  readonly #boss: PgBoss;
  readonly #pool: Pool;
  readonly #holder: Holder;
  readonly #clock: () => number;
  #steadySince: number;
  #lastContact: number;
  #lastLook = Number.NEGATIVE_INFINITY;

  constructor(boss: PgBoss, pool: Pool, holder: Holder, clock: () => number = () => performance.now()) {
    this.#boss = boss;
    this.#pool = pool;
    this.#holder = holder;
    this.#clock = clock;
    this.#steadySince = this.#lastContact = clock();
  }

  /** The database answered. */
  contact(): void {
    const now = this.#clock();
    if (now - this.#lastContact > GAP_MS) this.#steadySince = now;
    this.#lastContact = now;
  }

  async giveBack(): Promise<void> {
    const now = this.#clock();
    if (now - this.#lastLook < LOOK_EVERY_MS) return;
    this.#lastLook = now;
    const steady = now - this.#lastContact <= GAP_MS && now - this.#steadySince >= LEASE_SECONDS * 1_000;
    const lost = await this.#find(steady);
    this.contact();
    if (lost.length > 0) await this.#boss.fail(QUEUE, lost);
  }

  async #find(othersToo: boolean): Promise<Attempt[]> {
    const { node, boot } = this.#holder;
    const { rows } = await this.#pool.query(
      `SELECT id::text AS id, retry_count FROM ${SCHEMA}.job WHERE name = '${QUEUE}' AND state = 'active' AND (
         ($1::boolean AND heartbeat_on < now() - make_interval(secs => ${LEASE_SECONDS}))
         OR (output ->> 'node' = $2 AND output ->> 'boot' <> $3 AND heartbeat_on < now() - make_interval(secs => ${OWN_LEASE_SECONDS})))`,
      [othersToo, node ?? null, boot],
    );
    return rows.map(toAttempt);
  }

  /** What this process holds by its signature and does not know of. */
  async giveBackUnknown(knownTurns: readonly string[]): Promise<void> {
    const { rows } = await this.#pool.query(
      `SELECT id::text AS id, retry_count FROM ${SCHEMA}.job
       WHERE name = '${QUEUE}' AND state = 'active' AND output ->> 'boot' = $1 AND data ->> 'turnId' <> ALL($2::text[])`,
      [this.#holder.boot, knownTurns],
    );
    if (rows.length > 0) await this.#boss.fail(QUEUE, rows.map(toAttempt));
  }

  /** Writes on fetched jobs who has them; a job that misses it is still given back, only later. */
  async sign(ids: readonly string[]): Promise<void> {
    const { node, boot } = this.#holder;
    await this.#pool.query(
      `UPDATE ${SCHEMA}.job SET output = jsonb_build_object('node', $1::text, 'boot', $2::text)
       WHERE name = '${QUEUE}' AND id = ANY($3::uuid[]) AND state = 'active'`,
      [node ?? null, boot, ids],
    );
  }
}

const toAttempt = (row: Record<string, unknown>): Attempt => ({ id: String(row['id']), retryCount: Number(row['retry_count']) });
