import type { ReplyAddress } from '../ports/turn-records.ts';

/** How the heart of an agent beats. */
export interface HeartbeatSettings {
  /** Undefined: only when somebody asks. */
  readonly everyMs: number | undefined;
  /** The hours of the day in which it beats by itself; `24:00` is the end of the day. The zone is the agent's where none is named. */
  readonly activeHours: { readonly start: string; readonly end: string; readonly timezone: string | undefined } | undefined;
  /** Where what it has to say goes. */
  readonly deliver: ReplyAddress | 'last' | undefined;
  readonly model: string | undefined;
  /** What the agent is asked, instead of the usual words. */
  readonly prompt: string | undefined;
  readonly session: string;
}
