import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Log, silent } from '../../../kernel/log.ts';
import { isNotThereYet, reasonOf } from './failures.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** How often somebody who watches is told. */
const TELL_EVERY_MS = 10_000;

interface Patience {
  /** The database's place, fit to be shown. */
  readonly name: string;
  readonly patienceMs: number;
  readonly log?: Log | undefined;
}

/** Resolves when the database has answered once. One that is started together with the gateway may take longer than it; what waiting does not mend is not waited for. */
export const firstConnection = async (pool: pg.Pool, { name, patienceMs, log = silent }: Patience): Promise<void> => {
  const deadline = performance.now() + patienceMs;
  let toldAt = Number.NEGATIVE_INFINITY;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      (await pool.connect()).release();
      return;
    } catch (thrown) {
      const now = performance.now();
      if (!isNotThereYet(thrown) || now >= deadline) throw thrown;
      if (now - toldAt >= TELL_EVERY_MS) {
        log('warn', `the database at ${name} cannot be reached yet: it is tried for ${Math.ceil((deadline - now) / 1000)} s more`, { reason: reasonOf(thrown) });
        toldAt = now;
      }
      await sleep(Math.min(pause, deadline - now));
    }
  }
};
