import type { Budget, ChangedFile, DurableEvent, EventType, Message, Reply, Session, SessionKind, TaskStatus, TurnContext, TurnOptions, TurnState, Usage } from '@openclaw/contract';
import type { AccessStore } from './access-store.ts';
import type { AuditStore } from './audit-store.ts';
import type { UsageStore } from './usage-store.ts';
import type { ModelToolCall, ModelUsage, Opaque } from './model.ts';
import type { Once } from './once.ts';
import type { Lease } from './queue.ts';
import type { ToolEffect } from './tool.ts';

/**
 * Where everything that must survive lives. `test/conformance/store.ts` is what makes a driver a store.
 *
 * - Each method is one transaction: all of it holds or none of it, and when it resolves it survives a power cut.
 * - Methods that write for a turn carry its `Fence`; a fence that is not the newest one rejects with `StaleFence`, and nothing is written.
 * - A store that cannot write rejects with a GatewayError: `storage_full` or `store_unavailable`.
 */
export interface Store extends AccessStore, AuditStore, UsageStore {
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
  recordSummary(fence: Fence, summary: SummaryRecord): Promise<void>;
  /** The end of a turn, whatever it was: last message, usage, events, and its job out of the queue. */
  endTurn(fence: Fence, end: TurnEnding): Promise<void>;
  /** Gives a turn back unfinished, to be taken again at once; it does not count as a crash. For an orderly stop. */
  suspendTurn(fence: Fence): Promise<void>;
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
  /** Deletes what is past its keep: idempotency rows after 24 h, events after 7 days. */
  sweep(now: number): Promise<void>;

  counts(): Promise<{ readonly sessions: number }>;
  /** Rejects when the store could not take a write now. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Names one execution of a turn. */
export interface Fence {
  readonly turnId: string;
  readonly number: number;
  readonly jobId: string;
}

/** A turn moved on without this worker: whoever holds it must stop and write nothing. */
export class StaleFence extends Error {
  override readonly name = 'StaleFence';
}

export interface StoredAnswer {
  readonly hash: string;
  /** What the first request made: a turn or a session. */
  readonly ref: string;
  readonly answer: string | undefined;
}

export type SessionSelector = { readonly id: string } | { readonly key: string };

export interface NewSession {
  readonly id: string;
  readonly key: string;
  readonly kind: SessionKind;
  readonly label: string | undefined;
  readonly agent: string;
  readonly workspace: string;
  readonly userId: string | undefined;
  readonly channel: string;
  readonly now: number;
}

export interface SessionFilter {
  readonly kinds: readonly SessionKind[] | undefined;
  readonly workspaces: readonly string[] | undefined;
  readonly limit: number;
  readonly offset: number;
}

export interface HistoryQuery {
  readonly sessionId: string;
  readonly includeTools: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** Begins the turn in the transaction that accepts it, where its session is idle and the queue can hand it over at once. */
export interface StartNow {
  /** Who holds the job then: the queue's name of this node. */
  readonly owner: string;
  readonly execution: string;
}

export interface NewTurn {
  readonly id: string;
  readonly messageId: string;
  /** An existing session by id, or the one with this key, made when missing unless it must exist. */
  readonly session: { readonly id: string } | (NewSession & { readonly mustExist?: boolean });
  readonly text: string;
  readonly context: TurnContext;
  readonly options: TurnOptions;
  /** On whose behalf tools act. A session of a workspace they may not enter does not exist for them. */
  readonly caller: StoredCaller;
  /** Who writes, where that is said; else the session's user. */
  readonly userId?: string | undefined;
  readonly now: number;
  readonly once: Once | undefined;
  /** Present where the turn is a task, to be listed as one. */
  readonly task?: NewTask | undefined;
}

export interface NewTask {
  readonly id: string;
  readonly label: string | undefined;
  /** A real path, where the task names a folder to work in. */
  readonly workingDirectory: string | undefined;
}

/** As much of a caller as a turn must remember to act for it later. `*` is everything. */
export interface StoredCaller {
  readonly id: string;
  readonly permissions: readonly string[];
  readonly workspaces: readonly string[];
  readonly budget?: Budget | undefined;
}

export interface AcceptedTurn {
  readonly turnId: string;
  readonly sessionId: string;
  readonly sessionKey: string;
  /** The key was seen before: this is the turn it made then. */
  readonly replayed: boolean;
  /** It runs already, and whoever asked must see to it. */
  readonly started: StartedTurn | undefined;
}

export interface StartedTurn {
  readonly fence: Fence;
  readonly turn: TurnRecord;
  readonly session: Session;
  /** Executions before this one that never ended: the process died in them. */
  readonly crashes: number;
  /** Older turns of the session have been summed up. */
  readonly summarised: boolean;
  /** Present where the turn is a task. */
  readonly task: Pick<NewTask, 'id' | 'workingDirectory'> | undefined;
}

export interface TranscriptOptions {
  /** False spares the search for a summary, where the session is known to have none. */
  readonly summarised?: boolean;
}

export interface TurnRecord {
  readonly id: string;
  readonly sessionId: string;
  readonly sessionKey: string;
  /** The place of its message in the session: turns are ordered by it. */
  readonly seq: number;
  readonly state: TurnState;
  readonly context: TurnContext;
  readonly options: TurnOptions;
  readonly caller: StoredCaller;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly attempts: number;
  readonly cancelRequested: boolean;
  readonly reply: Reply | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** Of one that failed for now: when trying again makes sense. */
  readonly retryAt: number | undefined;
}

export interface TaskRecord extends Pick<TurnRecord, 'sessionId' | 'sessionKey' | 'options' | 'createdAt' | 'startedAt' | 'endedAt' | 'error'> {
  readonly id: string;
  readonly turnId: string;
  readonly workspace: string;
  readonly status: TaskStatus;
  readonly prompt: string;
  readonly label: string | undefined;
  readonly workingDirectory: string | undefined;
  /** The id of who asked for it. */
  readonly caller: string;
  /** By which way it came. */
  readonly origin: string;
}

export interface TaskResultRecord {
  readonly task: TaskRecord;
  readonly reply: Reply | undefined;
  readonly files: ChangedFiles;
  /** Of all the model steps of its turn. */
  readonly usage: Usage;
}

/** What was made in a folder while a task ran. */
export interface ChangedFiles {
  readonly files: readonly ChangedFile[];
  /** There was more to look at than was looked at. */
  readonly cutOff: boolean;
}

export interface TaskFilter {
  readonly statuses: readonly TaskStatus[] | undefined;
  readonly workspaces: readonly string[] | undefined;
  /** Made at or after the one, and before the other. */
  readonly from: number | undefined;
  readonly before: number | undefined;
  /** Part of the prompt, whatever the case of its letters. */
  readonly search: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** One row of the journal. */
export type TranscriptEntry =
  | { readonly role: 'user' | 'summary'; readonly seq: number; readonly turnId: string; readonly text: string }
  | {
      readonly role: 'assistant';
      readonly id: string;
      readonly seq: number;
      readonly turnId: string;
      readonly text: string;
      readonly toolCalls: readonly ModelToolCall[];
      readonly opaque: Opaque | undefined;
      readonly usage: StepUsage | undefined;
    }
  | {
      readonly role: 'tool';
      readonly seq: number;
      readonly turnId: string;
      readonly callId: string;
      readonly tool: string;
      readonly effect: ToolEffect;
      readonly state: 'started' | 'done' | 'failed' | 'interrupted';
      readonly output: string;
    };

export interface JournalStep {
  /** The id of its message. */
  readonly message: string;
  readonly text: string;
  readonly calls: readonly {
    readonly id: string;
    readonly tool: string;
    readonly input: unknown;
    /** Undefined while it runs. */
    readonly output: string | undefined;
    readonly isError: boolean;
  }[];
}

export interface StepUsage extends ModelUsage {
  readonly model: string;
  /** The agent whose budget it takes from, where that is not the session's own. */
  readonly agent?: string;
  readonly costUSD: number | undefined;
  readonly latencyMs: number;
}

export interface StepRecord {
  readonly messageId: string;
  readonly text: string;
  readonly toolCalls: readonly (ModelToolCall & { readonly effect: ToolEffect })[];
  readonly opaque: Opaque | undefined;
  readonly usage: StepUsage;
  readonly now: number;
}

export interface ToolResultRecord {
  readonly callId: string;
  readonly state: 'done' | 'failed' | 'interrupted';
  readonly output: string;
  readonly now: number;
}

export interface SummaryRecord {
  readonly messageId: string;
  readonly text: string;
  /** The summary stands for every turn up to and with the one of this `seq`. */
  readonly coversUpTo: number;
  readonly usage: StepUsage | undefined;
  readonly now: number;
}

export interface TurnEnding {
  readonly state: 'done' | 'failed' | 'cancelled';
  /** The last assistant message: always there when `done`; the part that was shown, when one was, otherwise. */
  readonly message: { readonly id: string; readonly text: string; readonly opaque: Opaque | undefined; readonly usage: StepUsage | undefined } | undefined;
  readonly reply: Reply | undefined;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  /** When trying again makes sense, where that is known. */
  readonly retryAt?: number | undefined;
  /** Of a task: what was made in its folder. */
  readonly files?: ChangedFiles | undefined;
  /** Tool calls still `started`: they become `interrupted`, so that the transcript stays whole. */
  readonly now: number;
}

export interface NewEvent {
  readonly id: string;
  readonly type: EventType;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}
