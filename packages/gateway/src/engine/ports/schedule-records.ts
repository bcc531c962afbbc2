import type { CronDelivery, CronPayload, CronRunState, CronRunVia, CronSchedule, CronTarget, WakeMode } from '@openclaw/contract';
import type { MissedSlots } from './slot-records.ts';
import type { MessageSource, ReplyAddress, StoredCaller } from './turn-records.ts';
import type { DeliveryState, NewWebhook } from './webhook-store.ts';

/** Where the answers of a job go. `reply`: to where it was asked for, by chat; whoever may be answered there may be told later, too. */
export type JobDelivery = CronDelivery | ({ readonly mode: 'reply' } & Pick<ReplyAddress, 'channel' | 'to' | 'thread' | 'by'>);

/** What a job does, and when. */
export interface CronDefinition {
  readonly name: string;
  readonly description: string | undefined;
  readonly agent: string;
  readonly schedule: CronSchedule;
  readonly payload: CronPayload;
  readonly target: CronTarget;
  readonly wakeMode: WakeMode;
  readonly delivery: JobDelivery;
  readonly deleteAfterRun: boolean;
}

export interface CronJobRecord extends CronDefinition {
  readonly id: string;
  readonly workspace: string;
  readonly enabled: boolean;
  /** On whose behalf it runs. */
  readonly caller: StoredCaller;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts the changes that people made: a run of what is no longer so is not begun. */
  readonly revision: number;
  /** Undefined where nothing is to come. */
  readonly nextAt: number | undefined;
  /** The turn of the run that goes on. */
  readonly runningTurn: string | undefined;
  readonly lastRun: CronRunRecord | undefined;
}

export interface NewCronJob extends Omit<CronJobRecord, 'revision' | 'runningTurn' | 'lastRun'> {
  /** Where its runs are told to a webhook: that, made with it. */
  readonly webhook?: NewWebhook | undefined;
}

/** What people change in a job; what is not named stays. */
export type CronJobChange = Partial<CronDefinition> & {
  readonly enabled: boolean;
  readonly caller?: StoredCaller | undefined;
  readonly nextAt: number | undefined;
  readonly now: number;
  /** Where `delivery` changes: the webhook it has from now on, which keeps the secret it has unless one was asked for; null is none. */
  readonly webhook?: { readonly made: NewWebhook; readonly secretAsked: boolean } | null | undefined;
};

/** What became of one slot. No two records of a job have the same slot. */
export interface CronRunRecord {
  readonly jobId: string;
  readonly jobName: string;
  readonly workspace: string;
  readonly scheduledFor: number;
  readonly state: CronRunState;
  readonly via: CronRunVia;
  readonly reason: string | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly turnId: string | undefined;
  readonly sessionKey: string | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Where it stands for several slots. */
  readonly missed: Omit<MissedSlots, 'reason'> | undefined;
  /** What became of telling the job's webhook. */
  readonly delivery?: RunDelivery | undefined;
}

export interface RunDelivery {
  readonly id: string;
  readonly state: DeliveryState;
  readonly tries: number;
  readonly status: number | undefined;
  readonly error: string | undefined;
}

/** Sessions of runs that ended before a moment, and in which nothing has happened since. */
export interface EndedCronSessions {
  readonly before: number;
  /** As many at once. */
  readonly most: number;
  readonly now: number;
}

/** Records of runs beyond the newest of each job. */
export interface CronRunTrim {
  /** Goes on behind this job. */
  readonly after: string;
  /** Jobs that are looked at, records of each that are kept, and records that go at once. */
  readonly jobs: number;
  readonly keep: number;
  readonly most: number;
  /** Those of slots since then are kept besides: a clock that is put back must find them. */
  readonly before: number;
  /** Where sessions are not cleared, no record must wait for its own. */
  readonly sessionsStay: boolean;
}

/** A slot that begins no turn. */
export interface SettledSlot {
  readonly jobId: string;
  readonly revision: number;
  readonly next: number | undefined;
  readonly now: number;
  readonly missed?: MissedSlots | undefined;
  /** Absent where all of it was missed. */
  readonly slot?: Pick<CronRunRecord, 'scheduledFor' | 'state' | 'via' | 'reason' | 'error'> | undefined;
  /** A text that waits for the next heartbeat instead of a turn. */
  readonly wake?: NewWake | undefined;
}

export interface CronJobFilter {
  readonly workspaces: readonly string[] | undefined;
  readonly enabled: boolean | undefined;
  readonly target?: CronTarget | undefined;
  readonly limit: number;
  readonly offset: number;
}

export interface CronRunFilter {
  readonly job: string | undefined;
  readonly workspaces: readonly string[] | undefined;
  readonly states: readonly CronRunState[] | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** An agent where it works: in each workspace it has a folder, sessions and a heart of its own. */
export interface AgentPlace {
  readonly workspace: string;
  readonly agent: string;
}

export interface Wake {
  readonly id: string;
  readonly text: string;
  /** Where it came from outside. */
  readonly source?: MessageSource | undefined;
}

export interface NewWake extends AgentPlace, Wake {
  readonly now: number;
}
