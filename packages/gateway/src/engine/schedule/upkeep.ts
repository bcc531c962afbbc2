import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../kernel/log.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';

/** Sessions that go in one transaction, records that do, and the pause after it for everybody else. */
const SESSIONS_AT_ONCE = 25;
const RECORDS_AT_ONCE = 500;
const JOBS_AT_ONCE = 200;
const PAUSE_MS = 50;
/** How often it is looked: a quarter of what sessions are kept for, within these. */
const LOOK_MS = [1_000, 60_000] as const;
/** Records of one job, besides those of the last two days. */
const MOST_RUNS = 10_000;
const RECENT_MS = 2 * 86_400_000;

export interface UpkeepRules {
  readonly enabled: boolean;
  /** How long the session of a run is kept when it is over; undefined is for good. */
  readonly keepSessionsMs: number | undefined;
}

interface Deps {
  readonly store: Pick<ScheduleStore, 'clearCronSessions' | 'trimCronRuns'>;
  readonly rules: () => UpkeepRules;
  readonly log: Log;
  readonly now: () => number;
  /** As many records as one job may have. */
  readonly mostRuns?: number;
}

/** Takes away what runs leave behind: a job each second makes 86,400 sessions a day. In small steps, beside everything else. */
export class Upkeep {
  readonly #deps: Deps;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#stopped) return;
    const { keepSessionsMs = LOOK_MS[1] } = this.#deps.rules();
    this.#timer = setTimeout(() => {
      this.#working = this.#work().finally(() => this.start());
    }, Math.max(LOOK_MS[0], Math.min(LOOK_MS[1], keepSessionsMs / 4)));
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  async #work(): Promise<void> {
    const { rules, log } = this.#deps;
    try {
      if (rules().enabled) await this.tidy();
    } catch (thrown) {
      log('warn', 'what runs of the schedule left behind could not be cleared', { cause: String(thrown) });
    }
  }

  /** All that is to go now. */
  async tidy(): Promise<void> {
    const { store, rules, now, mostRuns = MOST_RUNS } = this.#deps;
    const { keepSessionsMs } = rules();
    while (keepSessionsMs !== undefined && !this.#stopped) {
      const cleared = await store.clearCronSessions({ before: now() - keepSessionsMs, most: SESSIONS_AT_ONCE, now: now() });
      if (cleared < SESSIONS_AT_ONCE) break;
      await sleep(PAUSE_MS);
    }
    for (let after = ''; !this.#stopped; ) {
      // A record without which nobody would know that there is a session to be cleared stays with it.
      const { last, more } = await store.trimCronRuns({ after, jobs: JOBS_AT_ONCE, keep: mostRuns, most: RECORDS_AT_ONCE, before: now() - RECENT_MS, sessionsStay: keepSessionsMs === undefined });
      if (last === undefined || !more) break;
      after = last;
      await sleep(PAUSE_MS);
    }
  }
}
