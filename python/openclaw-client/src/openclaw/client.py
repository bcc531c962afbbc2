"""The two clients: one that blocks, one for asyncio."""

from __future__ import annotations

import copy
import ssl
from typing import Callable, Optional

from ._address import Address, read_address
from ._blocking import BlockingWire
from ._nonblocking import AsyncioWire
from ._reading import read
from ._requester import Ask, Options, Requester, visible
from ._wire import Wire, run
from .config import AsyncConfiguration, Configuration
from .messages import AsyncMessages, Messages
from .models import Health, Status
from .sessions import AsyncSessions, Sessions
from .skills import AsyncSkills, Skills
from .stats import AsyncUsageStats, UsageStats
from .tasks import AsyncTasks, Tasks
from .webhooks import AsyncWebhooks, Webhooks
from .workspaces import AsyncWorkspaces, Workspaces

_HEALTH = Ask("GET", "/api/v1/health")
_STATUS = Ask("GET", "/api/v1/status")


def _requester(
    wire: Callable[[Address, Optional[ssl.SSLContext]], Wire],
    base_url: str,
    api_key: Optional[str],
    token: Optional[str],
    timeout: Optional[float],
    max_retries: Optional[int],
    ssl_context: Optional[ssl.SSLContext],
) -> Requester:
    if api_key is not None and token is not None:
        raise TypeError("api_key and token are two names of one thing: give one of them")
    address = read_address(base_url)
    credential = visible(api_key if token is None else token, "The key or token")
    return Requester(wire(address, ssl_context), address.text, credential, Options(timeout=timeout, max_retries=max_retries))


class OpenClaw:
    """A gateway. Threads may share it.

    `api_key` and `token` are two names for the credential (`oclaw_live_…`, `ocl_…`). `timeout` is how many seconds a call may take, with
    all its tries and pauses: 60 unless told, 600 where the agent's answer is waited for. `max_retries` is how often a call is tried
    again after the first time: twice unless told. `ssl_context` is for a gateway whose certificate is your own.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: Optional[str] = None,
        token: Optional[str] = None,
        timeout: Optional[float] = None,
        max_retries: Optional[int] = None,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        self._use(_requester(BlockingWire, base_url, api_key, token, timeout, max_retries, ssl_context))

    def _use(self, requester: Requester) -> None:
        self._requester = requester
        self.messages = Messages(requester)
        self.sessions = Sessions(requester)
        self.workspaces = Workspaces(requester)
        self.stats = UsageStats(requester)
        self.tasks = Tasks(requester)
        self.skills = Skills(requester)
        self.webhooks = Webhooks(requester)
        self.config = Configuration(requester)

    def with_options(self, *, timeout: Optional[float] = None, max_retries: Optional[int] = None) -> "OpenClaw":
        """The same client with other patience: `client.with_options(timeout=5).health()`."""
        other = copy.copy(self)
        other._use(self._requester.with_options(Options(timeout=timeout, max_retries=max_retries)))
        return other

    def health(self) -> Health:
        return read(Health, run(self._requester.json(_HEALTH)))

    def status(self) -> Status:
        return read(Status, run(self._requester.json(_STATUS)))


class AsyncOpenClaw:
    """The same for asyncio: what waits is awaited. A task that is cancelled leaves its connection at once."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: Optional[str] = None,
        token: Optional[str] = None,
        timeout: Optional[float] = None,
        max_retries: Optional[int] = None,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        self._use(_requester(AsyncioWire, base_url, api_key, token, timeout, max_retries, ssl_context))

    def _use(self, requester: Requester) -> None:
        self._requester = requester
        self.messages = AsyncMessages(requester)
        self.sessions = AsyncSessions(requester)
        self.workspaces = AsyncWorkspaces(requester)
        self.stats = AsyncUsageStats(requester)
        self.tasks = AsyncTasks(requester)
        self.skills = AsyncSkills(requester)
        self.webhooks = AsyncWebhooks(requester)
        self.config = AsyncConfiguration(requester)

    def with_options(self, *, timeout: Optional[float] = None, max_retries: Optional[int] = None) -> "AsyncOpenClaw":
        """The same client with other patience: `await client.with_options(timeout=5).health()`."""
        other = copy.copy(self)
        other._use(self._requester.with_options(Options(timeout=timeout, max_retries=max_retries)))
        return other

    async def health(self) -> Health:
        return read(Health, await self._requester.json(_HEALTH))

    async def status(self) -> Status:
        return read(Status, await self._requester.json(_STATUS))
