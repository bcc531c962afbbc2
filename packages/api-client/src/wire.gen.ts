// Generated from docs/openapi/messages-v1.json by scripts/write-client-types.ts (npm run openapi). Do not edit.

export interface AllowlistChanges {
  /** Without it: []. */
  readonly add?: readonly string[] | undefined;
  /** Without it: []. */
  readonly remove?: readonly string[] | undefined;
}

export interface Budget {
  readonly tokensPerDay?: number | undefined;
  readonly usdPerDay?: number | undefined;
}

/** The one form of a failure. */
export interface Failure {
  readonly error: {
    /** What went wrong, for programs. */
    readonly code: "invalid_request" | "model_not_configured" | "skill_refused" | "auth_required" | "auth_invalid" | "webhook_invalid" | "forbidden" | "not_found" | "session_not_found" | "turn_not_found" | "workspace_not_found" | "credential_not_found" | "task_not_found" | "skill_not_found" | "channel_not_found" | "pairing_not_found" | "job_not_found" | "webhook_not_found" | "delivery_not_found" | "method_not_allowed" | "request_timeout" | "conflict" | "idempotency_conflict" | "turn_cancelled" | "payload_too_large" | "unsupported_media_type" | "wrong_host" | "rate_limited" | "budget_exceeded" | "internal" | "turn_quarantined" | "loop_detected" | "step_limit" | "model_failed" | "skill_source_failed" | "model_overloaded" | "gateway_busy" | "starting" | "draining" | "store_unavailable" | "turn_deadline" | "timeout" | "storage_full";
    /** What went wrong, for people. */
    readonly message: string;
    /** Seconds after which trying again makes sense; also in the header `Retry-After`. */
    readonly retry_after?: number | undefined;
    /** What you can act on, such as the `path` of a field that is wrong. */
    readonly details?: Readonly<Record<string, unknown>> | undefined;
  };
}

export type FinishReason = "stop" | "length" | "refused" | "cancelled" | "failed";

export interface Health {
  readonly status: "ok" | "degraded";
  readonly version: string;
  /** Seconds since start. */
  readonly uptime: number;
  /** Each channel with `connected`, or why not. */
  readonly channels: Readonly<Record<string, string>>;
  readonly redis: "not configured";
  readonly memoryMB: number;
}

export interface Message {
  readonly id: string;
  readonly role: "user" | "assistant" | "tool" | "summary";
  /** What was said; of a tool, what it gave. */
  readonly content: string;
  readonly tool?: string | undefined;
  readonly input?: unknown | undefined;
  readonly state?: "started" | "done" | "failed" | "interrupted" | undefined;
  readonly model?: string | undefined;
  /** All the tokens a model read and wrote. */
  readonly tokensUsed?: number | undefined;
  readonly latencyMs?: number | undefined;
  readonly createdAt: string;
}

export interface MessageList {
  /** Oldest first within the page. */
  readonly messages: readonly Message[];
  /** How many there are in all. */
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export interface MessageReply {
  readonly messageId: string;
  /** What the agent answers. */
  readonly response: string;
  /** All the tokens a model read and wrote. */
  readonly tokensUsed: number;
  readonly latencyMs: number;
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly toolsInvoked: readonly string[];
  readonly finishReason: FinishReason;
}

export interface MessageRequest {
  /** What to tell the agent: something to read. */
  readonly message: MessageText;
  /** Where the session is. */
  readonly workspace?: Workspace | undefined;
  /** Who writes, as you know them. Without a `sessionId` each user has one session in each workspace. */
  readonly userId?: UserId | undefined;
  /** The session to go on with: its id, key or short name. */
  readonly sessionId?: SessionRef | undefined;
  /** How long you wait. 0 answers as soon as the message is stored; the turn goes on either way. Without it: 120. */
  readonly timeoutSeconds?: number | undefined;
  /** What the agent is told of whoever writes. */
  readonly context?: {
    readonly timezone?: string | undefined;
    readonly language?: string | undefined;
  } | undefined;
  readonly options?: {
    readonly model?: string | undefined;
    readonly max_tokens?: number | undefined;
  } | undefined;
}

export type MessageText = string;

export interface ModelStats {
  readonly model: string;
  readonly replies: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costUSD: number;
  readonly unpricedMessages: number;
  readonly avgLatencyMs: number | null;
}

export interface ModelStatsList {
  readonly period: {
    readonly from: string;
    readonly to: string;
    readonly timezone: string;
  };
  readonly models: readonly ModelStats[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export interface NewWorkspace {
  /** What it is called in every request; it never changes. */
  readonly id: Workspace;
  /** What people call it; the id unless told. */
  readonly label?: string | undefined;
  /** The profile its turns run with: `fast`, `balanced`, `powerful`, or one of the configuration. Without one, the gateway’s own agent. */
  readonly agent?: string | undefined;
  /** The skills its agent is shown; all unless told. */
  readonly skills?: readonly string[] | undefined;
  /** Who may write by way of a channel: `telegram:123456789`. */
  readonly allowlist?: readonly string[] | undefined;
  readonly budget?: Budget | undefined;
}

export interface QueuedMessage {
  readonly status: "queued";
  /** What to ask for later. */
  readonly turnId: string;
  readonly sessionId: string;
  readonly sessionKey: string;
}

export interface Session {
  /** `agent:main:main`. Wherever a session is named, its short name, its key and its id will do. */
  readonly key: string;
  /** The same as `key`. */
  readonly sessionKey: string;
  /** `sess_…` */
  readonly id: string;
  /** The same as `id`. */
  readonly sessionId: string;
  readonly kind: SessionKind;
  readonly label: string | null;
  readonly agent: string;
  readonly workspace: string;
  readonly userId: string | null;
  readonly channel: string;
  readonly createdAt: string;
  readonly lastActiveAt: string;
  readonly messageCount: number;
  /** All the tokens a model read and wrote. */
  readonly tokensUsed: number;
  /** In US dollars; null where the price of the model is not known. */
  readonly costUSD: number | null;
}

export type SessionKind = "main" | "isolated";

export interface SessionList {
  readonly sessions: readonly Session[];
  /** How many there are in all. */
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export type SessionRef = string;

export interface Stats {
  readonly period: {
    readonly from: string;
    readonly to: string;
    readonly timezone: string;
  };
  readonly totals: StatsTotals;
  readonly byDay: readonly StatsOfDay[];
}

export interface StatsOfDay {
  readonly date: string;
  readonly messages: number;
  readonly replies: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costUSD: number;
  readonly unpricedMessages: number;
  readonly avgLatencyMs: number | null;
}

export interface StatsTotals {
  readonly messages: number;
  readonly replies: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costUSD: number;
  readonly unpricedMessages: number;
  readonly avgLatencyMs: number | null;
  readonly uniqueUsers: number;
}

/** The last line. */
export interface StreamDone {
  readonly type: "done";
  readonly messageId: string;
  /** All the tokens a model read and wrote. */
  readonly tokensUsed: number;
  readonly latencyMs: number;
  readonly sessionId: string;
  readonly finishReason: FinishReason;
}

export type StreamEvent = {
  readonly type: "token";
  readonly content: string;
} | {
  readonly type: "tool_use";
  readonly tool: string;
  readonly input: unknown;
} | {
  readonly type: "tool_result";
  readonly tool: string;
  readonly output: string;
} | {
  readonly type: "retry";
  readonly reason: string;
} | {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  readonly retry_after?: number | undefined;
};

/** The last line, where `timeoutSeconds` is 0. */
export interface StreamQueued {
  readonly status: "queued";
  /** What to ask for later. */
  readonly turnId: string;
  readonly sessionId: string;
  readonly sessionKey: string;
  readonly type: "done";
}

export interface StreamRequest {
  /** What to tell the agent: something to read. */
  readonly message: MessageText;
  /** Where the session is. */
  readonly workspace?: Workspace | undefined;
  /** Who writes, as you know them. Without a `sessionId` each user has one session in each workspace. */
  readonly userId?: UserId | undefined;
  /** The session to go on with: its id, key or short name. */
  readonly sessionId?: SessionRef | undefined;
  /** How long you listen at most. Without it: 86400. */
  readonly timeoutSeconds?: number | undefined;
  /** What the agent is told of whoever writes. */
  readonly context?: {
    readonly timezone?: string | undefined;
    readonly language?: string | undefined;
  } | undefined;
  readonly options?: {
    readonly model?: string | undefined;
    readonly max_tokens?: number | undefined;
  } | undefined;
}

export type UserId = string;

export interface UserStats {
  readonly userId: string;
  readonly messages: number;
  readonly replies: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costUSD: number;
  readonly unpricedMessages: number;
  readonly avgLatencyMs: number | null;
}

export interface UserStatsList {
  readonly period: {
    readonly from: string;
    readonly to: string;
    readonly timezone: string;
  };
  readonly users: readonly UserStats[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export type Workspace = string;

export interface WorkspaceChanges {
  readonly label?: string | undefined;
  /** null: the gateway’s own agent. */
  readonly agent?: string | null | undefined;
  /** null: all of them. */
  readonly skills?: readonly string[] | null | undefined;
  /** null: none. */
  readonly budget?: Budget | null | undefined;
}

export interface WorkspaceDetails {
  readonly id: string;
  readonly label: string;
  readonly agent: string | null;
  readonly skills: readonly string[] | null;
  readonly allowlist: readonly string[];
  readonly budget: Budget | null;
  readonly sessions: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface WorkspaceList {
  readonly workspaces: readonly WorkspaceDetails[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export interface WorkspaceStats {
  readonly workspace: string;
  readonly messages: number;
  readonly replies: number;
  readonly modelCalls: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly costUSD: number;
  readonly unpricedMessages: number;
  readonly avgLatencyMs: number | null;
}

export interface WorkspaceStatsList {
  readonly period: {
    readonly from: string;
    readonly to: string;
    readonly timezone: string;
  };
  readonly workspaces: readonly WorkspaceStats[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export interface ListSessionsQuery {
  /** Only those of this workspace. */
  readonly workspace?: Workspace | undefined;
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
}

export interface ClearSessionsQuery {
  /** Which one: nothing is deleted by forgetting a word. */
  readonly workspace: Workspace;
}

export interface GetHistoryQuery {
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
  /** Also what tools gave. */
  readonly includeTools?: boolean | "0" | "1" | "" | undefined;
}

export interface GetStatsQuery {
  /** The first day, from its midnight; the first of the month unless told. */
  readonly from?: string | undefined;
  /** The last day, and part of it; today unless told. */
  readonly to?: string | undefined;
  /** Where midnight is; the time zone of the agent unless told. */
  readonly timezone?: string | undefined;
  /** Only this workspace; without one, all that the credential may enter. */
  readonly workspace?: Workspace | undefined;
}

export interface GetModelStatsQuery {
  /** The first day, from its midnight; the first of the month unless told. */
  readonly from?: string | undefined;
  /** The last day, and part of it; today unless told. */
  readonly to?: string | undefined;
  /** Where midnight is; the time zone of the agent unless told. */
  readonly timezone?: string | undefined;
  /** Only this workspace; without one, all that the credential may enter. */
  readonly workspace?: Workspace | undefined;
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
}

export interface GetUserStatsQuery {
  /** The first day, from its midnight; the first of the month unless told. */
  readonly from?: string | undefined;
  /** The last day, and part of it; today unless told. */
  readonly to?: string | undefined;
  /** Where midnight is; the time zone of the agent unless told. */
  readonly timezone?: string | undefined;
  /** Only this workspace; without one, all that the credential may enter. */
  readonly workspace?: Workspace | undefined;
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
}

export interface GetWorkspaceStatsQuery {
  /** The first day, from its midnight; the first of the month unless told. */
  readonly from?: string | undefined;
  /** The last day, and part of it; today unless told. */
  readonly to?: string | undefined;
  /** Where midnight is; the time zone of the agent unless told. */
  readonly timezone?: string | undefined;
  /** Only this workspace; without one, all that the credential may enter. */
  readonly workspace?: Workspace | undefined;
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
}

export interface ListWorkspacesQuery {
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
}
