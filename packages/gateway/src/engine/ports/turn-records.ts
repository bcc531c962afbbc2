import type { Budget, ChangedFile, Reply, Session, TurnContext, TurnOptions, TurnState } from '@openclaw/contract';
import type { Arrival } from './arrival.ts';
import type { ModelToolCall, ModelUsage, Opaque } from './model.ts';
import type { Once } from './once.ts';
import type { SlotRun } from './slot-records.ts';
import type { NewSession } from './session-records.ts';
import type { ToolEffect } from './tool.ts';

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
  readonly source?: MessageSource | undefined;
  /** What can be seen of what came with it. */
  readonly images?: readonly KeptImage[] | undefined;
  readonly duties?: Duties | undefined;
  /** Present where it came in through a channel: kept beside it, and counted towards the channel's limits. */
  readonly arrival?: Arrival | undefined;
  /** Where a message of the same session still waits, from the same place and as much to be trusted, this one joins it. */
  readonly joins?: boolean | undefined;
}

/** Where a message came from that nobody vouches for. The model is shown its words as data. */
export interface MessageSource {
  /** In words a reader understands: `webhook deploy-alert`. */
  readonly name: string;
  /** The parts of the text that came from outside, each from a place up to before another; absent where all of it did. */
  readonly parts?: readonly (readonly [from: number, to: number])[];
}

/** A picture that came with a message: it lies in the agent's folder, and the journal knows only where. */
export interface KeptImage {
  /** Within the agent's folder. */
  readonly path: string;
  /** By its first bytes. */
  readonly mediaType: string;
  readonly bytes: number;
  /** Of what it was when it came. */
  readonly digest: string;
}

/** What is to be done in the transaction that ends a turn, besides ending it. */
export interface Duties {
  /** Where the answer goes by itself. */
  readonly deliver?: ReplyAddress;
  /** Instead: to where somebody of these wrote from last, as it is when the turn ends. Where nobody did, that stands in the record of its slot. */
  readonly deliverToLast?: { readonly channels: readonly OwnedChannel[] };
  /** While an earlier turn of its session runs that is answered in the same place, the message may go into that one (`takeSteering`). */
  readonly steers?: true;
  /** The slot of a schedule that this turn is: recorded where it is accepted, and brought to its end with it. */
  readonly run?: SlotRun;
}

/** A channel of a workspace, with those the owner has named there; besides, the workspace's own list counts. */
export interface OwnedChannel {
  readonly name: string;
  readonly driver: string;
  readonly allowFrom: readonly string[];
}

/** Somewhere in a channel that an answer can go to. */
export interface ReplyAddress {
  readonly channel: string;
  /** The conversation, as the channel names it. */
  readonly to: string;
  readonly thread?: string;
  /** The message that is answered, as the channel names it. */
  readonly inReplyTo?: string;
  /** Who wrote it, as arrivals have them. */
  readonly by?: string;
}

export interface NewTask {
  readonly id: string;
  readonly label: string | undefined;
  /** A real path, where the task names a folder to work in. */
  readonly workingDirectory: string | undefined;
}

/** Where a tool is used. */
export interface Conversation {
  readonly sessionKey: string;
  /** Where the answer of its turn goes. */
  readonly address: ReplyAddress | undefined;
}

/** As much of a caller as a turn must remember to act for it later. `*` is everything. */
export interface StoredCaller {
  readonly id: string;
  readonly permissions: readonly string[];
  readonly workspaces: readonly string[];
  readonly bound?: true | undefined;
  readonly budget?: Budget | undefined;
}

/** Begins the turn in the transaction that accepts it, where its session is idle and the queue can hand it over at once. */
export interface StartNow {
  /** Who holds the job then: the queue's name of this node. */
  readonly owner: string;
  readonly execution: string;
}

export interface AcceptedTurn {
  readonly turnId: string;
  readonly sessionId: string;
  readonly sessionKey: string;
  /** The key was seen before, and this is the turn it made then; or the message joined this turn, which waits. */
  readonly replayed: boolean;
  /** It runs already, and whoever asked must see to it. */
  readonly started: StartedTurn | undefined;
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

export interface StartedTurn {
  readonly fence: Fence;
  readonly turn: TurnRecord;
  readonly session: Session;
  /** Executions before this one that never ended: the process died in them. */
  readonly crashes: number;
  /** Older turns of the session have been summed up. */
  readonly summarised: boolean;
  /** Messages that come while it runs may be meant for it (`Duties.steers`). */
  readonly steered: boolean;
  /** Present where the turn is a task. */
  readonly task: Pick<NewTask, 'id' | 'workingDirectory'> | undefined;
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
  readonly duties: Duties | undefined;
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

/** What was made in a folder while a task ran. */
export interface ChangedFiles {
  readonly files: readonly ChangedFile[];
  /** There was more to look at than was looked at. */
  readonly cutOff: boolean;
}

export interface StepRecord {
  readonly messageId: string;
  readonly text: string;
  readonly toolCalls: readonly (ModelToolCall & { readonly effect: ToolEffect })[];
  readonly opaque: Opaque | undefined;
  readonly usage: StepUsage;
  readonly now: number;
}

export interface StepUsage extends ModelUsage {
  readonly model: string;
  /** The agent whose budget it takes from, where that is not the session's own. */
  readonly agent?: string;
  readonly costUSD: number | undefined;
  readonly latencyMs: number;
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

export interface TranscriptOptions {
  /** False spares the search for a summary, where the session is known to have none. */
  readonly summarised?: boolean;
}

/** One row of the journal. */
export type TranscriptEntry =
  | {
      readonly role: 'user';
      readonly seq: number;
      readonly turnId: string;
      readonly text: string;
      readonly source?: MessageSource | undefined;
      readonly images?: readonly KeptImage[] | undefined;
    }
  | { readonly role: 'summary'; readonly seq: number; readonly turnId: string; readonly text: string }
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
