import type { Once } from './once.ts';
import type { AgentPlace, CronJobChange, CronJobFilter, CronJobRecord, CronRunFilter, CronRunRecord, CronRunTrim, EndedCronSessions, NewCronJob, NewWake, SettledSlot, Wake } from './schedule-records.ts';

/**
 * The store's part about what is to happen at its time: the same promises as the rest of it.
 *
 * - A slot is one record, whoever asks for it how often and from where: `acceptTurn` with a `SlotRun` writes it with its turn, or rejects with
 *   `conflict` and begins nothing. Then `details.cron` is `slot` where that slot has its record, and `job` where the job was changed, runs, or is gone.
 * - While a run goes on, its job is not due.
 * - Whatever ends a slot tells the job's webhook in the same transaction. A job that goes because it has run leaves its webhook until nothing waits for it.
 */
export interface ScheduleStore {
  /** Rejects with `conflict` where its caller has `most` jobs already. Asked twice with one `once`, it adds once. */
  addCronJob(job: NewCronJob, most: number, once?: Once): Promise<CronJobRecord>;
  findCronJob(id: string): Promise<CronJobRecord | undefined>;
  /** The one that is due first comes first; those that are not due at all come last. */
  listCronJobs(filter: CronJobFilter): Promise<{ readonly jobs: readonly CronJobRecord[]; readonly total: number }>;
  /** Undefined where it is gone, or is not at this revision any more. */
  changeCronJob(id: string, revision: number, change: CronJobChange): Promise<CronJobRecord | undefined>;
  /** Its records stay. Its webhook goes with it, and what was to be sent there has failed. */
  deleteCronJob(id: string): Promise<boolean>;

  /** What is due and does not run, the longest due first. */
  dueCronJobs(now: number, most: number): Promise<readonly CronJobRecord[]>;
  /** The moment after `now` at which something is due next, and whether something is due that could not begin. */
  nextCronDue(now: number): Promise<{ readonly at: number | undefined; readonly waiting: boolean }>;
  /** What became of slots without a turn, and when the job is due next. False where they have their record, or the job was changed. */
  settleSlot(settled: SettledSlot): Promise<boolean>;
  /** Enabled jobs in the order of their ids, after one of them. */
  cronJobsAfter(id: string, most: number): Promise<readonly CronJobRecord[]>;
  /** Other times for jobs that are as they were. */
  moveCronJobs(moves: readonly { readonly id: string; readonly revision: number; readonly from: number; readonly nextAt: number | undefined }[]): Promise<void>;
  /** The newest slot first, each with what became of telling its job's webhook. */
  listCronRuns(filter: CronRunFilter): Promise<{ readonly runs: readonly CronRunRecord[]; readonly total: number }>;

  /** Deletes the sessions of tasks that jobs began, the oldest first; their records stay. Resolves to how many it looked at. */
  clearCronSessions(ended: EndedCronSessions): Promise<number>;
  /** Deletes the oldest records, with what became of telling them. `last` is the job it came to, undefined where there was none; `more` where it is to go on. */
  trimCronRuns(trim: CronRunTrim): Promise<{ readonly last: string | undefined; readonly more: boolean }>;

  /**
   * Keeps a text until the next heartbeat of its agent takes it. One that waits there already is not kept twice. Rejects with `conflict`
   * where too many wait.
   */
  addWake(wake: NewWake, once?: Once): Promise<'queued' | 'coalesced'>;
  /** What waits for the next heartbeat of an agent, the oldest first. */
  pendingWakes(place: AgentPlace, most: number): Promise<readonly Wake[]>;
  /** Where anything waits for a heartbeat. */
  placesWithWakes(): Promise<readonly AgentPlace[]>;
}
