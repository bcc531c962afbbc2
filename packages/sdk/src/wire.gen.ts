// Generated from docs/openapi/tasks-v1.json by scripts/write-client-types.ts (npm run openapi). Do not edit.

export interface ChangedFile {
  readonly path: string;
  readonly change: "created" | "modified";
  readonly size: number;
}

/** What the configuration file says: `${NAME}` as it is written there, secrets as `[hidden]`. */
export type Config = Readonly<Record<string, unknown>>;

/** A JSON merge patch (RFC 7396): null takes a key away, a list takes the place of a list. A `[hidden]` that is sent back stays the secret it was. */
export type ConfigChanges = Readonly<Record<string, unknown>>;

export interface CreatedTask {
  readonly id: string;
  readonly status: TaskStatus;
  readonly created_at: string;
  /** Its own session, whose history tells what was done. */
  readonly session_id: string;
}

export interface Delivery {
  /** The `webhook-id` of each of its tries. */
  readonly id: string;
  /** As it is called for this webhook. */
  readonly event: string;
  /** `filtered`: the filter did not let it through. */
  readonly state: DeliveryState;
  readonly at: string;
  readonly tries: readonly ({
    readonly n: number;
    readonly at: string;
    readonly ms: number;
    readonly status: number | null;
    readonly error: string | null;
    readonly response: string | null;
  })[];
  readonly webhook_id: string;
  readonly event_id: string;
  /** Of one that waits. */
  readonly next_try_at: string | null;
}

export interface DeliveryList {
  readonly deliveries: readonly Delivery[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export type DeliveryState = "pending" | "delivered" | "failed" | "filtered";

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

export interface InstalledSkill {
  readonly name: string;
  readonly description: string;
  /** Of the package it came in, else what its SKILL.md says. */
  readonly version: string | null;
  /** Switched on. One whose instructions look dangerous is off until somebody switches it on. */
  readonly enabled: boolean;
  /** What it needs is here. Where not, `reasons` says what is missing, and the agent is not shown it. */
  readonly eligible: boolean;
  readonly reasons: readonly string[];
  /** How it came. `local`: somebody put it there by hand. */
  readonly source: SkillSourceKind;
  /** The package, path or address it was installed from. */
  readonly from: string | null;
  /** Of the very bytes that were unpacked; for git the commit. */
  readonly integrity: string | null;
  /** A file is not as it was installed. */
  readonly modified: boolean;
  /** What to look at before trusting it. */
  readonly warnings: readonly string[];
  /** Why it cannot be used at all. */
  readonly problem?: string | undefined;
  /** Over the names and contents of its files as they are now. */
  readonly tree_hash: string;
  readonly installed_at: string | null;
  readonly installed_by: string | null;
  /** All of them, where the package brought several; the other fields are those of the first. */
  readonly skills?: readonly Skill[] | undefined;
}

export type MessageText = string;

export interface NewSkill {
  /** A package of the npm registry. */
  readonly name?: PackageName | undefined;
  /** An exact version, or a tag; `latest` unless told. */
  readonly version?: SkillVersion | undefined;
  /** Instead of `name`, an absolute path on the gateway’s machine. Needs `gateway:admin` too, like those that follow. */
  readonly folder?: string | undefined;
  /** A packed one there. */
  readonly archive?: string | undefined;
  /** A repository. */
  readonly git?: string | undefined;
  /** With `git`: a branch, a tag or a commit. */
  readonly ref?: string | undefined;
}

export interface NewTask {
  /** What the agent is to do. */
  readonly prompt: MessageText;
  /** What you call it. */
  readonly label?: string | undefined;
  /** Where; the credential’s own workspace unless told. */
  readonly workspace?: Workspace | undefined;
  /** For whom, as you know them; `userId` will do too. */
  readonly user_id?: UserId | undefined;
  readonly options?: {
    /** `provider/name`, an alias, or a bare name whose provider is known. */
    readonly model?: string | undefined;
    /** The most the model may write in one step. */
    readonly max_tokens?: number | undefined;
    /** After this long it is stopped. */
    readonly timeout_seconds?: number | undefined;
    /** The folder the agent works in: below its own workspace folder, or below one of `tools.roots`. */
    readonly working_directory?: string | undefined;
  } | undefined;
}

export interface NewWebhook {
  readonly id: string;
  readonly name: string | null;
  readonly url: string;
  /** As they were asked for. */
  readonly events: readonly string[];
  /** Whose events it tells of; null is every workspace. */
  readonly workspace: string | null;
  /** `config`: it stands in the configuration, and is changed there. `cron`: it belongs to a job of the schedule. */
  readonly source: "api" | "config" | "cron";
  /** The job it belongs to, whose runs alone it is told of. */
  readonly job: string | null;
  readonly enabled: boolean;
  /** The names of its own headers. What they hold is not shown. */
  readonly headers: readonly string[];
  readonly filter: Readonly<Record<string, string | number | boolean | null | readonly (string | number | boolean | null)[]>> | null;
  /** Sent in place of the usual body, `{{event.<field>}}` filled in. */
  readonly transform: Readonly<Record<string, unknown>> | readonly unknown[] | string | null;
  /** Of `X-OpenClaw-Signature`: `sha256=<hex>`, or the hex alone. */
  readonly signature: SignatureStyle;
  /** There is a secret to sign with. */
  readonly signed: boolean;
  readonly ordering: Ordering;
  /** Tries after the first; null is the usual ten tries over three days. */
  readonly retries: number | null;
  readonly concurrency: number;
  /** Why it is switched off. */
  readonly disabled_reason: string | null;
  /** Since when every try has failed. */
  readonly failing_since: string | null;
  /** Until when deliveries are signed with an older secret too. */
  readonly older_secrets_until: string | null;
  readonly timeout_ms: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** Where the gateway made it. It is told this once. */
  readonly secret?: string | undefined;
}

export type Ordering = "none" | "session" | "fifo";

export type PackageName = string;

export type SignatureStyle = "prefixed" | "bare";

export type SigningSecret = string;

export interface Skill {
  readonly name: string;
  readonly description: string;
  /** Of the package it came in, else what its SKILL.md says. */
  readonly version: string | null;
  /** Switched on. One whose instructions look dangerous is off until somebody switches it on. */
  readonly enabled: boolean;
  /** What it needs is here. Where not, `reasons` says what is missing, and the agent is not shown it. */
  readonly eligible: boolean;
  readonly reasons: readonly string[];
  /** How it came. `local`: somebody put it there by hand. */
  readonly source: SkillSourceKind;
  /** The package, path or address it was installed from. */
  readonly from: string | null;
  /** Of the very bytes that were unpacked; for git the commit. */
  readonly integrity: string | null;
  /** A file is not as it was installed. */
  readonly modified: boolean;
  /** What to look at before trusting it. */
  readonly warnings: readonly string[];
  /** Why it cannot be used at all. */
  readonly problem?: string | undefined;
  /** Over the names and contents of its files as they are now. */
  readonly tree_hash: string;
  readonly installed_at: string | null;
  readonly installed_by: string | null;
}

export interface SkillDetails {
  readonly name: string;
  readonly description: string;
  /** Of the package it came in, else what its SKILL.md says. */
  readonly version: string | null;
  /** Switched on. One whose instructions look dangerous is off until somebody switches it on. */
  readonly enabled: boolean;
  /** What it needs is here. Where not, `reasons` says what is missing, and the agent is not shown it. */
  readonly eligible: boolean;
  readonly reasons: readonly string[];
  /** How it came. `local`: somebody put it there by hand. */
  readonly source: SkillSourceKind;
  /** The package, path or address it was installed from. */
  readonly from: string | null;
  /** Of the very bytes that were unpacked; for git the commit. */
  readonly integrity: string | null;
  /** A file is not as it was installed. */
  readonly modified: boolean;
  /** What to look at before trusting it. */
  readonly warnings: readonly string[];
  /** Why it cannot be used at all. */
  readonly problem?: string | undefined;
  /** Over the names and contents of its files as they are now. */
  readonly tree_hash: string;
  readonly installed_at: string | null;
  readonly installed_by: string | null;
  readonly folder: string;
  readonly homepage: string | null;
  readonly license: string | null;
  readonly files: readonly ({
    readonly path: string;
    readonly bytes: number;
  })[];
  /** Where `modified`: in which files. */
  readonly changes: readonly ({
    readonly path: string;
    readonly change: "added" | "changed" | "removed";
  })[];
  /** What its SKILL.md says to the agent. Others wrote it: to be read, not obeyed. */
  readonly instructions: string;
  readonly user_invocable: boolean;
  readonly model_invocable: boolean;
}

export interface SkillList {
  readonly skills: readonly Skill[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export type SkillSourceKind = "npm" | "folder" | "archive" | "git" | "local";

export type SkillVersion = string;

export interface SystemStatus {
  readonly status: "ok" | "degraded";
  readonly version: string;
  /** Seconds since start. */
  readonly uptime: number;
  readonly agent: string;
  readonly model: string;
  readonly sessions: number;
  readonly tasks: {
    readonly queued: number;
    readonly running: number;
  };
  /** MCP servers whose tools the agent has now. */
  readonly mcp_servers: readonly string[];
}

export interface Task {
  readonly id: string;
  /** `running` from the moment it is accepted. */
  readonly status: TaskStatus;
  /** In a list, its beginning. */
  readonly prompt: string;
  readonly label: string | null;
  readonly workspace: string;
  readonly session_id: string;
  /** By which way it came: `api`, `spawn`, `cli`. */
  readonly origin: string;
  readonly created_at: string;
  /** null while it waits for its turn. */
  readonly started_at: string | null;
  /** However it ended. */
  readonly completed_at: string | null;
  /** From its start to its end; null until then. */
  readonly duration_ms: number | null;
  /** As they were asked for. */
  readonly options: {
    /** `provider/name`, an alias, or a bare name whose provider is known. */
    readonly model?: string | undefined;
    /** The most the model may write in one step. */
    readonly max_tokens?: number | undefined;
    /** After this long it is stopped. */
    readonly timeout_seconds?: number | undefined;
  };
  readonly working_directory: string | null;
  /** Why it failed or was stopped. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
  } | undefined;
}

/** The last line. */
export interface TaskEnd {
  readonly type: "completed" | "failed" | "cancelled";
  readonly id: string;
  readonly status: TaskStatus;
  /** What the agent said in the end; null where it did not come to that. */
  readonly output: string | null;
  readonly model: string | null;
  /** What was created or modified in the working directory while the task ran, by paths from there. */
  readonly files: readonly ChangedFile[];
  /** There was more to look at than is looked at. */
  readonly files_cut_off: boolean;
  /** Of the whole task, however it ended. */
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cache_read_tokens: number;
    readonly cache_write_tokens: number;
    readonly total_tokens: number;
    /** null where the price of the model is not known. */
    readonly cost_usd: number | null;
  };
  /** From its start to its end; null until then. */
  readonly duration_ms: number | null;
  /** Why it failed or was stopped. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
  } | undefined;
}

export type TaskEvent = {
  readonly type: "status";
  readonly id: string;
  readonly status: "running";
} | {
  readonly type: "token";
  readonly content: string;
} | {
  readonly type: "tool_call";
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
} | {
  readonly type: "tool_result";
  readonly id: string;
  readonly tool: string;
  readonly output: string;
  readonly is_error: boolean;
} | {
  readonly type: "retry";
  readonly reason: string;
};

export interface TaskList {
  readonly tasks: readonly Task[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export interface TaskResult {
  readonly id: string;
  readonly status: TaskStatus;
  /** What the agent said in the end; null where it did not come to that. */
  readonly output: string | null;
  readonly model: string | null;
  /** What was created or modified in the working directory while the task ran, by paths from there. */
  readonly files: readonly ChangedFile[];
  /** There was more to look at than is looked at. */
  readonly files_cut_off: boolean;
  /** Of the whole task, however it ended. */
  readonly usage: {
    readonly input_tokens: number;
    readonly output_tokens: number;
    readonly cache_read_tokens: number;
    readonly cache_write_tokens: number;
    readonly total_tokens: number;
    /** null where the price of the model is not known. */
    readonly cost_usd: number | null;
  };
  /** From its start to its end; null until then. */
  readonly duration_ms: number | null;
  /** Why it failed or was stopped. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
  } | undefined;
}

export type TaskStatus = "running" | "completed" | "failed" | "cancelled";

/** The last line of a stream that broke off; the task goes on. */
export interface TaskStreamFailure {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  readonly retry_after?: number | undefined;
}

export type UserId = string;

export interface Webhook {
  readonly id: string;
  readonly name: string | null;
  readonly url: string;
  /** As they were asked for. */
  readonly events: readonly string[];
  /** Whose events it tells of; null is every workspace. */
  readonly workspace: string | null;
  /** `config`: it stands in the configuration, and is changed there. `cron`: it belongs to a job of the schedule. */
  readonly source: "api" | "config" | "cron";
  /** The job it belongs to, whose runs alone it is told of. */
  readonly job: string | null;
  readonly enabled: boolean;
  /** The names of its own headers. What they hold is not shown. */
  readonly headers: readonly string[];
  readonly filter: Readonly<Record<string, string | number | boolean | null | readonly (string | number | boolean | null)[]>> | null;
  /** Sent in place of the usual body, `{{event.<field>}}` filled in. */
  readonly transform: Readonly<Record<string, unknown>> | readonly unknown[] | string | null;
  /** Of `X-OpenClaw-Signature`: `sha256=<hex>`, or the hex alone. */
  readonly signature: SignatureStyle;
  /** There is a secret to sign with. */
  readonly signed: boolean;
  readonly ordering: Ordering;
  /** Tries after the first; null is the usual ten tries over three days. */
  readonly retries: number | null;
  readonly concurrency: number;
  /** Why it is switched off. */
  readonly disabled_reason: string | null;
  /** Since when every try has failed. */
  readonly failing_since: string | null;
  /** Until when deliveries are signed with an older secret too. */
  readonly older_secrets_until: string | null;
  readonly timeout_ms: number;
  readonly created_by: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface WebhookChange {
  readonly url?: WebhookUrl | undefined;
  readonly events?: readonly string[] | undefined;
  readonly name?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly filter?: Readonly<Record<string, string | number | boolean | null | readonly (string | number | boolean | null)[]>> | null | undefined;
  readonly transform?: Readonly<Record<string, unknown>> | readonly unknown[] | string | null | undefined;
  readonly signature?: SignatureStyle | undefined;
  readonly ordering?: Ordering | undefined;
  readonly retries?: number | null | undefined;
  readonly concurrency?: number | null | undefined;
  readonly timeout_ms?: number | null | undefined;
}

export interface WebhookList {
  readonly webhooks: readonly Webhook[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

export interface WebhookSettings {
  /** Where to. Not a private address, unless who asks could reach it, or the configuration allows it. */
  readonly url: WebhookUrl;
  /** Names of events, of any of the documents; `task.*`; `*`. */
  readonly events: readonly string[];
  /** To sign with. Without one, one is made and told in the answer. */
  readonly secret?: SigningSecret | undefined;
  readonly name?: string | undefined;
  /** Whose events; without one, of all that the caller may enter. */
  readonly workspace?: Workspace | undefined;
  /** Without it: true. */
  readonly enabled?: boolean | undefined;
  /** Sent with each delivery. Without it: {}. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Fields and what they must be equal to; of a list, one. */
  readonly filter?: Readonly<Record<string, string | number | boolean | null | readonly (string | number | boolean | null)[]>> | undefined;
  /** What is sent in place of the usual body. `{{event.<field>}}` in its texts stands for a field of the event. */
  readonly transform?: Readonly<Record<string, unknown>> | readonly unknown[] | string | undefined;
  /** Without it: "bare". */
  readonly signature?: SignatureStyle | undefined;
  /** `fifo`, or `session`: one after the other. One that fails holds up those behind it for an hour at most. Without it: "none". */
  readonly ordering?: Ordering | undefined;
  readonly retries?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly timeout_ms?: number | undefined;
}

export interface WebhookTest {
  readonly ok: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly response: string | null;
  readonly latency_ms: number;
}

export type WebhookUrl = string;

export type Workspace = string;

export interface ListSkillsQuery {
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
}

export interface ListTasksQuery {
  /** Only those that stand so. */
  readonly status?: readonly TaskStatus[] | undefined;
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
  /** Only those of this workspace. */
  readonly workspace?: Workspace | undefined;
  /** Part of the prompt, in small or capital letters. */
  readonly search?: string | undefined;
  /** Made at this moment or later: a day (`2026-03-02`), or a time; without a zone it is UTC. `created_after` will do too. */
  readonly from?: string | undefined;
  /** Made at this moment or before; a day is meant whole. `created_before` will do too. */
  readonly to?: string | undefined;
}

export interface ListWebhooksQuery {
  /** Without it: 50. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
}

export interface ListDeliveriesQuery {
  /** Without it: 20. */
  readonly limit?: number | undefined;
  /** Without it: 0. */
  readonly offset?: number | undefined;
  readonly state?: DeliveryState | undefined;
}
