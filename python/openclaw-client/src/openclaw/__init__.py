"""Calls an OpenClaw gateway.

    from openclaw import OpenClaw

    client = OpenClaw("http://localhost:3000", api_key="oclaw_live_...")
    print(client.messages.send(workspace="team", user_id="me", message="Hello").response)
"""

from .client import AsyncOpenClaw, OpenClaw
from .errors import OpenClawError
from .messages import AsyncMessageStream, MessageStream
from .models import Config, Delivery, Event, Health, MessageDone, MessageReply, Session, SessionMessage, Skill, Stats, Status, Task, TaskResult, Webhook, Workspace
from .webhooks import verify_standard_webhook, verify_webhook

__all__ = [
    "AsyncMessageStream",
    "AsyncOpenClaw",
    "Config",
    "Delivery",
    "Event",
    "Health",
    "MessageDone",
    "MessageReply",
    "MessageStream",
    "OpenClaw",
    "OpenClawError",
    "Session",
    "SessionMessage",
    "Skill",
    "Stats",
    "Status",
    "Task",
    "TaskResult",
    "Webhook",
    "Workspace",
    "verify_standard_webhook",
    "verify_webhook",
]
