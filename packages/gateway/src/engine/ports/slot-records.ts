import type { CronRunVia } from '@openclaw/contract';

/** Several slots that nobody ran, in one record: it stands under the first of them. */
export interface MissedSlots {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** There were more than were counted. */
  readonly more: boolean;
  readonly reason: string;
}

/** A slot that begins a turn. */
export interface SlotRun {
  readonly jobId: string;
  readonly jobName: string;
  readonly scheduledFor: number;
  readonly via: CronRunVia;
  readonly reason?: string | undefined;
  /** Where a job of the schedule is behind it: what must still hold when it begins, and when it is due next; without `next` that stays. */
  readonly job?: { readonly revision: number; readonly next?: number | null };
  readonly missed?: MissedSlots | undefined;
  /** Texts that waited for it, and are told with it. */
  readonly wakes?: readonly string[];
}
