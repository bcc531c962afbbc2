"""What the gateway answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Mapping, Optional

from ._reading import part, parts, raw

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class MessageReply:
    message_id: str
    response: str
    tokens_used: int
    latency_ms: int
    session_id: str
    session_key: str
    tools_invoked: List[str]
    #: `stop`, `length`, `refused`, `cancelled` or `failed`.
    finish_reason: str
    raw: Raw = raw()


@dataclass(frozen=True)
class Event:
    """Something that happens while an answer is written or a task runs.

    Of messages: `token`, `tool_use`, `tool_result`, `retry` (the words since the last tool are void and come anew) and `done`.
    Of tasks: `status`, `token`, `tool_call`, `tool_result`, and `completed`, `failed` or `cancelled` at the end.
    """

    type: str
    content: Optional[str]
    tool: Optional[str]
    input: Any
    output: Any
    status: Optional[str]
    error: Optional[Mapping[str, Any]]
    raw: Raw = raw()


@dataclass(frozen=True)
class MessageDone:
    message_id: str
    tokens_used: int
    latency_ms: int
    session_id: str
    finish_reason: str
    raw: Raw = raw()


@dataclass(frozen=True)
class Health:
    #: `ok` or `degraded`.
    status: str
    version: str
    uptime: int
    channels: Mapping[str, str]
    redis: str
    memory_mb: int
    raw: Raw = raw()


@dataclass(frozen=True)
class Session:
    id: str
    key: str
    workspace: str
    user_id: Optional[str]
    created_at: str
    last_active_at: str
    message_count: int
    tokens_used: int
    cost_usd: float
    channel: Optional[str]
    raw: Raw = raw()


@dataclass(frozen=True)
class SessionPage:
    total: int
    limit: int
    offset: int
    sessions: List[Session] = parts(Session)
    raw: Raw = raw()


@dataclass(frozen=True)
class SessionMessage:
    id: str
    #: `user`, `assistant` or `tool`.
    role: str
    content: str
    created_at: str
    tool: Optional[str]
    input: Any
    model: Optional[str]
    tokens_used: Optional[int]
    latency_ms: Optional[int]
    raw: Raw = raw()


@dataclass(frozen=True)
class MessagePage:
    total: int
    limit: int
    offset: int
    messages: List[SessionMessage] = parts(SessionMessage)
    raw: Raw = raw()


@dataclass(frozen=True)
class Workspace:
    id: str
    label: str
    #: The profile its turns run with; None where it is the gateway's own agent.
    agent: Optional[str]
    #: The skills its agent is shown; None where it is shown all.
    skills: Optional[List[str]]
    #: Who may write by way of a channel: `telegram:123456789`.
    allowlist: List[str]
    budget: Optional[Mapping[str, Any]]
    created_at: str
    raw: Raw = raw()


@dataclass(frozen=True)
class WorkspacePage:
    total: int
    limit: int
    offset: int
    workspaces: List[Workspace] = parts(Workspace)
    raw: Raw = raw()


@dataclass(frozen=True)
class StatsTotals:
    messages: int
    replies: int
    model_calls: int
    tokens_in: int
    tokens_out: int
    cache_read_tokens: int
    cache_write_tokens: int
    #: The sum of what has a price.
    cost_usd: float
    #: Messages whose answer took a model without a price: what they cost is in no sum.
    unpriced_messages: int
    #: From message to answer; None where there was no answer.
    avg_latency_ms: Optional[int]
    unique_users: int
    raw: Raw = raw()


@dataclass(frozen=True)
class StatsOfDay:
    date: str
    messages: int
    replies: int
    model_calls: int
    tokens_in: int
    tokens_out: int
    cache_read_tokens: int
    cache_write_tokens: int
    #: The sum of what has a price.
    cost_usd: float
    #: Messages whose answer took a model without a price: what they cost is in no sum.
    unpriced_messages: int
    #: From message to answer; None where there was no answer.
    avg_latency_ms: Optional[int]
    raw: Raw = raw()


@dataclass(frozen=True)
class Stats:
    #: `from`, `to` and `timezone`.
    period: Mapping[str, str]
    totals: StatsTotals = part(StatsTotals)
    by_day: List[StatsOfDay] = parts(StatsOfDay)
    raw: Raw = raw()


@dataclass(frozen=True)
class StatsOfWorkspace:
    workspace: str
    messages: int
    replies: int
    model_calls: int
    tokens_in: int
    tokens_out: int
    cache_read_tokens: int
    cache_write_tokens: int
    #: The sum of what has a price.
    cost_usd: float
    #: Messages whose answer took a model without a price: what they cost is in no sum.
    unpriced_messages: int
    #: From message to answer; None where there was no answer.
    avg_latency_ms: Optional[int]
    raw: Raw = raw()


@dataclass(frozen=True)
class WorkspaceStatsPage:
    total: int
    limit: int
    offset: int
    workspaces: List[StatsOfWorkspace] = parts(StatsOfWorkspace)
    raw: Raw = raw()


@dataclass(frozen=True)
class StatsOfUser:
    user_id: str
    messages: int
    replies: int
    model_calls: int
    tokens_in: int
    tokens_out: int
    cache_read_tokens: int
    cache_write_tokens: int
    #: The sum of what has a price.
    cost_usd: float
    #: Messages whose answer took a model without a price: what they cost is in no sum.
    unpriced_messages: int
    #: From message to answer; None where there was no answer.
    avg_latency_ms: Optional[int]
    raw: Raw = raw()


@dataclass(frozen=True)
class UserStatsPage:
    total: int
    limit: int
    offset: int
    users: List[StatsOfUser] = parts(StatsOfUser)
    raw: Raw = raw()


@dataclass(frozen=True)
class StatsOfModel:
    model: str
    replies: int
    model_calls: int
    tokens_in: int
    tokens_out: int
    cache_read_tokens: int
    cache_write_tokens: int
    #: The sum of what has a price.
    cost_usd: float
    #: Messages whose answer took a model without a price: what they cost is in no sum.
    unpriced_messages: int
    #: From message to answer; None where there was no answer.
    avg_latency_ms: Optional[int]
    raw: Raw = raw()


@dataclass(frozen=True)
class ModelStatsPage:
    total: int
    limit: int
    offset: int
    models: List[StatsOfModel] = parts(StatsOfModel)
    raw: Raw = raw()


@dataclass(frozen=True)
class Status:
    status: str
    version: str
    uptime: int
    agent: str
    model: str
    mcp_servers: List[str]
    raw: Raw = raw()


@dataclass(frozen=True)
class Task:
    id: str
    #: `running`, `completed`, `failed` or `cancelled`.
    status: str
    created_at: str
    prompt: Optional[str]
    started_at: Optional[str]
    completed_at: Optional[str]
    duration_ms: Optional[int]
    raw: Raw = raw()


@dataclass(frozen=True)
class TaskPage:
    total: int
    limit: int
    offset: int
    tasks: List[Task] = parts(Task)
    raw: Raw = raw()


@dataclass(frozen=True)
class TaskFile:
    path: str
    #: `created` or `modified`.
    change: str
    size: int
    raw: Raw = raw()


@dataclass(frozen=True)
class TaskUsage:
    input_tokens: int
    output_tokens: int
    cost_usd: Optional[float]
    raw: Raw = raw()


@dataclass(frozen=True)
class TaskResult:
    id: str
    status: str
    #: What the agent said in the end; None where it did not come to that.
    output: Optional[str]
    error: Optional[Mapping[str, Any]]
    files: List[TaskFile] = parts(TaskFile)
    usage: TaskUsage = part(TaskUsage)
    raw: Raw = raw()


@dataclass(frozen=True)
class Skill:
    name: str
    #: None where nobody says.
    version: Optional[str]
    description: str
    enabled: bool
    #: What it needs is there; else `reasons` says what is missing.
    eligible: bool
    reasons: List[str]
    #: `npm`, `folder`, `archive`, `git`, or `local` where somebody put it there by hand.
    source: str
    #: The package, path or address it was installed from; `from` is a word of the language.
    from_: Optional[str]
    #: What to look at before trusting it.
    warnings: List[str]
    raw: Raw = raw()


@dataclass(frozen=True)
class SkillPage:
    total: int
    limit: int
    offset: int
    skills: List[Skill] = parts(Skill)
    raw: Raw = raw()


@dataclass(frozen=True)
class Webhook:
    id: str
    name: Optional[str]
    url: str
    #: As they were asked for.
    events: List[str]
    #: None is every workspace.
    workspace: Optional[str]
    #: `api`, `config` (it is changed there) or `cron` (it belongs to `job`).
    source: str
    job: Optional[str]
    enabled: bool
    disabled_reason: Optional[str]
    #: Since when every try has failed.
    failing_since: Optional[str]
    #: Their names.
    headers: List[str]
    filter: Optional[Mapping[str, Any]]
    transform: Any
    #: `prefixed` or `bare`.
    signature: str
    signed: bool
    #: Until when deliveries are signed with an older secret too.
    older_secrets_until: Optional[str]
    #: `none`, `session` or `fifo`.
    ordering: str
    #: Tries after the first; None is the usual ten tries over three days.
    retries: Optional[int]
    timeout_ms: int
    concurrency: int
    created_by: str
    created_at: str
    updated_at: str
    #: Where the gateway made it: it is told this once.
    secret: Optional[str]
    raw: Raw = raw()


@dataclass(frozen=True)
class WebhookPage:
    total: int
    limit: int
    offset: int
    webhooks: List[Webhook] = parts(Webhook)
    raw: Raw = raw()


@dataclass(frozen=True)
class WebhookTest:
    ok: bool
    status: Optional[int]
    latency_ms: int
    error: Optional[str]
    #: Its beginning.
    response: Optional[str]
    raw: Raw = raw()


@dataclass(frozen=True)
class DeliveryTry:
    n: int
    at: str
    ms: int
    status: Optional[int]
    error: Optional[str]
    response: Optional[str]
    raw: Raw = raw()


@dataclass(frozen=True)
class Delivery:
    #: The `webhook-id` of each of its tries.
    id: str
    webhook_id: str
    event_id: str
    #: As it is called for this webhook.
    event: str
    #: `pending`, `delivered`, `failed` or `filtered`.
    state: str
    at: str
    next_try_at: Optional[str]
    tries: List[DeliveryTry] = parts(DeliveryTry)
    raw: Raw = raw()


@dataclass(frozen=True)
class DeliveryPage:
    total: int
    limit: int
    offset: int
    deliveries: List[Delivery] = parts(Delivery)
    raw: Raw = raw()


@dataclass(frozen=True)
class Config:
    #: Its secrets are `[hidden]`; sent back like that, they stay.
    config: Mapping[str, Any]
    #: Which state of the configuration this is.
    etag: Optional[str]
