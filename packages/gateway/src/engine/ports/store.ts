import type { DurableEvent, EventType, Message, Session } from '@openclaw/contract';
import type { AccessStore } from './access-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { ChannelStore } from './channel-store.ts';
import type { Once } from './once.ts';
import type { Lease } from './queue.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { HistoryQuery, NewSession, SessionFilter, SessionSelector } from './session-records.ts';
import type { TaskFilter, TaskRecord, TaskResultRecord } from './task-records.ts';
import type { AcceptedTurn, Fence, JournalStep, NewTurn, StartNow, StartedTurn, StepRecord, SummaryRecord, ToolResultRecord, TranscriptEntry, TranscriptOptions, TurnEnding, TurnRecord } from './turn-records.ts';
import type { UsageStore } from './usage-store.ts';
import type { WebhookStore } from './webhook-store.ts';

/**
 * Where everything that must survive lives. `test/conformance/store.ts` is what makes a driver a store.
 *
 * - Each method is one transaction: all of it holds or none of it, and when it resolves it survives a power cut.
 * - Methods that write for a turn carry its `Fence`; a fence that is not the newest one rejects with `StaleFence`, and nothing is written.
 * - A store that cannot write rejects with a GatewayError: `storage_full` or `store_unavailable`.
 */
export interface Store extends AccessStore, AuditStore, ChannelStore, ScheduleStore, UsageStore, WebhookStore {
  /** Calls it whenever a write through this very store, and no other node's, has made deliveries of webhooks. One listens at a time. */
  onTold(listener: () => void): void;

  // Sessions
  createSession(session: NewSession, once?: Once): Promise<Session>;
  /** The session with this key: the one that is there, else this one. */
  ensureSession(session: NewSession): Promise<Session>;
  findSession(ref: SessionSelector): Promise<Session | undefined>;
  listSessions(filter: SessionFilter): Promise<{ readonly sessions: readonly Session[]; readonly total: number }>;
  deleteSession(sessionId: string): Promise<boolean>;
  history(query: HistoryQuery): Promise<{ readonly messages: readonly Message[]; readonly total: number }>;
  /** The newest messages of each of these sessions, oldest first, without tools. */
  lastMessages(sessionIds: readonly string[], limit: number): Promise<readonly (readonly Message[])[]>;

  // Turns
  /** The message, its turn, its job, its task, the idempotency row and the events it causes, together. Makes the session where `session` says so. */
  acceptTurn(turn: NewTurn, startNow?: StartNow): Promise<AcceptedTurn>;
  /**
   * Begins (or, after a crash, begins again) a turn; older fences die here. Undefined when it is over already.
   * Asked twice with one `execution`, it begins once. An execution is named `<owner>/<its own name>`: one that follows an
   * unfinished one of another owner counts as a crash, for that owner must have died.
   */
  startTurn(lease: Lease, execution: string): Promise<StartedTurn | undefined>;
  findTurn(turnId: string): Promise<TurnRecord | undefined>;
  /** A finished model step that asks for tools: the assistant's message with one `started` row a call. Twice with one `messageId` is once. */
  recordStep(fence: Fence, step: StepRecord): Promise<void>;
  /** Recording the same result twice is recording it once. */
  recordToolResult(fence: Fence, result: ToolResultRecord): Promise<void>;
  /**
   * Brings messages that wait and may steer into the turn that runs, behind what stands in its journal, as long as they come from the same
   * caller, are to be answered in the same place and are as much to be trusted. Their own turns are over with this, cancelled; their ids.
   */
  takeSteering(fence: Fence, now: number): Promise<readonly string[]>;
  recordSummary(fence: Fence, summary: SummaryRecord): Promise<void>;
  /** The end of a turn, whatever it was: last message, usage, events, and its job out of the queue. */
  endTurn(fence: Fence, end: TurnEnding): Promise<void>;
  /** Gives a turn back unfinished, to be taken again at once; it does not count as a crash. For an orderly stop. */
  suspendTurn(fence: Fence): Promise<void>;
  /** Turns of a session that wait or run, the oldest first. */
  unfinishedTurns(sessionId: string): Promise<readonly string[]>;
  /** Marks a turn to be cancelled. A queued one is over with this; `running` tells that its worker must be told. */
  requestCancel(turnId: string, now: number): Promise<'cancelled' | 'running' | 'over' | 'unknown'>;

  /** The journal as a turn sees it: the newest summary, then the turns it does not cover up to and with this one, turn by turn. */
  transcript(sessionId: string, upToTurn: number, options?: TranscriptOptions): Promise<readonly TranscriptEntry[]>;
  /** The model steps of a turn that are finished, in order. */
  journal(turn: Pick<TurnRecord, 'sessionId' | 'seq'>): Promise<readonly JournalStep[]>;

  // Tasks: each is written, and brought to its end, in the transactions of its turn, and goes with its session.
  findTask(taskId: string): Promise<TaskRecord | undefined>;
  taskResult(taskId: string): Promise<TaskResultRecord | undefined>;
  /** The newest first, each with the beginning of its prompt. */
  listTasks(filter: TaskFilter): Promise<{ readonly tasks: readonly TaskRecord[]; readonly total: number }>;

  // Idempotency
  findAnswer(scope: string, key: string, now: number): Promise<StoredAnswer | undefined>;
  recordAnswer(once: Once, answer: string): Promise<void>;

  // What happened
  /** What happened outside any session. Asked twice with one `once`, it is written once. */
  appendEvents(events: readonly NewEvent[], once?: Once): Promise<void>;
  listEvents(after: number, limit: number): Promise<readonly DurableEvent[]>;
  /** Deletes what is past its keep: idempotency rows when they expire, events after 7 days, what became of slots, and what went out and came in through channels after 30. */
  sweep(now: number): Promise<void>;

  counts(): Promise<{ readonly sessions: number }>;
  /** Rejects when the store could not take a write now. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface StoredAnswer {
  readonly hash: string;
  /** What the first request made: a turn or a session. */
  readonly ref: string;
  readonly answer: string | undefined;
}

export interface NewEvent {
  readonly id: string;
  readonly type: EventType;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}
