import { letOthersIn } from '../../kernel/let-others-in.ts';
import type { Log } from '../../kernel/log.ts';
import type { CronJobRecord } from '../ports/schedule-records.ts';
import type { ScheduleStore } from '../ports/schedule-store.ts';
import { type CatchUpRules, dueSlots } from './due-slots.ts';
import { NotNow, runDue, type RunSlotDeps } from './run-slot.ts';
import type { Timetable } from './timetable.ts';

/** Jobs taken from the store at once, and begun side by side. */
const BATCH = 100;
const AT_ONCE = 20;
/** How often the clock is held against one that cannot jump. */
const LOOK_MS = 500;
/** How often what could not begin is looked at again. */
const WAIT_MS = 1_000;
/** A difference between the two clocks that is a jump. */
const JUMP_MS = 1_000;
/** How often the store is asked what is due next though nothing here tells: another node may have made a job, and died. */
const ASK_MS = 10_000;
/** Jobs whose times are looked at in one go after a jump. */
const PAGE = 200;
/** How long a job waits that something passing stood in the way of, the first time and at most. */
const HOLD_MS = [1_000, 30_000] as const;

interface Deps extends RunSlotDeps {
  readonly store: Pick<ScheduleStore, 'settleSlot' | 'moveCronJobs' | 'dueCronJobs' | 'nextCronDue' | 'cronJobsAfter'>;
  readonly timetable: Pick<Timetable, 'times'>;
  readonly rules: () => CatchUpRules & { readonly enabled: boolean };
  readonly log: Log;
  /** A clock that cannot be set. */
  readonly steady?: () => number;
}

/** Begins jobs at their times. It holds nothing of them in memory but the moment of the next one; the store says the rest. */
export class Scheduler {
  readonly #deps: Deps;
  readonly #steady: () => number;
  /** Jobs that something passing stood in the way of, each until when on the steady clock. */
  readonly #held = new Map<string, { readonly until: number; readonly pause: number }>();
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #again = false;
  #recheck = true;
  #stopped = false;
  #next: number | undefined;
  #waiting = false;
  #askedAt = 0;
  #before = { wall: 0, steady: 0 };

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#steady = deps.steady ?? (() => performance.now());
  }

  start(): void {
    this.#before = this.#clocks();
    this.nudge();
    this.#arm();
  }

  /** Something may be due sooner than was known. */
  nudge(): void {
    if (this.#stopped) return;
    this.#again = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      this.#arm();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  #clocks(): { readonly wall: number; readonly steady: number } {
    return { wall: this.#deps.now(), steady: this.#steady() };
  }

  /** One timer, to the next moment at which there is something to do or to look at. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const left = (this.#next ?? Number.POSITIVE_INFINITY) - this.#deps.now();
    this.#timer = setTimeout(() => this.#look(), Math.min(LOOK_MS, Math.max(0, left)));
    this.#timer.unref();
  }

  #look(): void {
    const now = this.#clocks();
    const jump = now.wall - this.#before.wall - (now.steady - this.#before.steady);
    this.#before = now;
    if (Math.abs(jump) > JUMP_MS) {
      this.#deps.log('warn', 'the clock jumped: the times of all jobs are looked at again', { byMs: Math.round(jump) });
      this.#recheck = true;
    }
    const isDue = this.#next !== undefined && this.#next <= now.wall;
    const asked = now.steady - this.#askedAt;
    if (isDue || this.#recheck || asked >= (this.#waiting ? WAIT_MS : ASK_MS)) this.nudge();
    else this.#arm();
  }

  async #work(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        if (!this.#deps.rules().enabled) {
          this.#next = undefined;
          this.#waiting = false;
          this.#askedAt = this.#steady();
          return;
        }
        await this.#beginDue();
        if (this.#recheck) await this.#lookAtAll();
        this.#askedAt = this.#steady();
        const { at, waiting } = await this.#deps.store.nextCronDue(this.#deps.now());
        this.#next = at;
        this.#waiting = waiting;
      }
    } catch (thrown) {
      // Asked again in a moment: the store may be away.
      this.#waiting = true;
      this.#askedAt = this.#steady();
      this.#deps.log('warn', 'the schedule could not be read', { cause: String(thrown) });
    }
  }

  async #beginDue(): Promise<void> {
    for (;;) {
      const now = this.#deps.now();
      const due = await this.#deps.store.dueCronJobs(now, BATCH + this.#held.size);
      const free = due.filter(({ id }) => !this.#isHeld(id));
      for (const [id, { until }] of this.#held) if (until + HOLD_MS[1] < this.#steady()) this.#held.delete(id);
      for (let i = 0; i < free.length && !this.#stopped; i += AT_ONCE) {
        await Promise.all(free.slice(i, i + AT_ONCE).map((job) => this.#begin(job)));
      }
      if (this.#stopped || due.length < BATCH || free.length === 0) return;
    }
  }

  async #begin(job: CronJobRecord): Promise<void> {
    const { nextAt, id } = job;
    if (nextAt === undefined) return;
    try {
      await letOthersIn();
      await runDue(this.#deps, job, dueSlots({ ...job, nextAt }, this.#deps.timetable.times(job.schedule), this.#deps.now(), this.#deps.rules()));
      this.#held.delete(id);
    } catch (thrown) {
      const pause = Math.min((this.#held.get(id)?.pause ?? HOLD_MS[0] / 2) * 2, HOLD_MS[1]);
      this.#held.set(id, { until: this.#steady() + pause, pause });
      const level = thrown instanceof NotNow ? 'info' : 'error';
      this.#deps.log(level, 'a job could not be begun, and is tried again', { job: id, name: job.name, inMs: pause, cause: String(thrown) });
    }
  }

  #isHeld(id: string): boolean {
    const held = this.#held.get(id);
    return held !== undefined && held.until > this.#steady();
  }

  /** After a jump back, and after a start: what was to come later may be due sooner now. */
  async #lookAtAll(): Promise<void> {
    let after = '';
    for (;;) {
      const jobs = await this.#deps.store.cronJobsAfter(after, PAGE);
      const moves: { id: string; revision: number; from: number; nextAt: number }[] = [];
      for (const { id, revision, schedule, nextAt } of jobs) {
        await letOthersIn();
        const soonest = this.#deps.timetable.times(schedule).after(this.#deps.now());
        if (nextAt !== undefined && soonest !== undefined && soonest < nextAt) moves.push({ id, revision, from: nextAt, nextAt: soonest });
      }
      if (moves.length > 0) await this.#deps.store.moveCronJobs(moves);
      const last = jobs.at(-1);
      if (jobs.length < PAGE || last === undefined || this.#stopped) break;
      after = last.id;
    }
    this.#recheck = false;
  }
}
