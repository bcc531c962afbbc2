from __future__ import annotations

from datetime import date
from typing import Mapping, Optional, Union

from ._reading import given, read
from ._requester import Ask, Requester
from ._wire import run
from .models import ModelStatsPage, Stats, UserStatsPage, WorkspaceStatsPage

#: `2026-04-01`, or a `date`; both ends count.
Day = Union[str, date]


def _ask(path: str, first: Optional[Day], more: Mapping[str, Day], **query: object) -> Ask:
    """`from` is a word of the language: it is written `from_`, or given as `**{"from": ...}`."""
    unknown = set(more) - {"from"}
    if unknown:
        raise TypeError(f"unexpected keyword argument {unknown.pop()!r}")
    return Ask("GET", f"/api/v1/stats{path}", query=given(from_=more.get("from", first), **query))


class UsageStats:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def get(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, **more: Day
    ) -> Stats:
        """Totals and days of a range."""
        return read(Stats, run(self._requester.json(_ask("", from_, more, to=to, timezone=timezone, workspace=workspace))))

    def workspaces(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None, **more: Day
    ) -> WorkspaceStatsPage:
        """Those with the most messages first; so it is by user."""
        return read(WorkspaceStatsPage, run(self._requester.json(_ask("/workspaces", from_, more, to=to, timezone=timezone, workspace=workspace, limit=limit, offset=offset))))

    def users(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None, **more: Day
    ) -> UserStatsPage:
        return read(UserStatsPage, run(self._requester.json(_ask("/users", from_, more, to=to, timezone=timezone, workspace=workspace, limit=limit, offset=offset))))

    def models(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None, **more: Day
    ) -> ModelStatsPage:
        """Those with the most calls first."""
        return read(ModelStatsPage, run(self._requester.json(_ask("/models", from_, more, to=to, timezone=timezone, workspace=workspace, limit=limit, offset=offset))))


class AsyncUsageStats:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def get(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, **more: Day
    ) -> Stats:
        """Totals and days of a range."""
        return read(Stats, await self._requester.json(_ask("", from_, more, to=to, timezone=timezone, workspace=workspace)))

    async def workspaces(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None, **more: Day
    ) -> WorkspaceStatsPage:
        """Those with the most messages first; so it is by user."""
        return read(WorkspaceStatsPage, await self._requester.json(_ask("/workspaces", from_, more, to=to, timezone=timezone, workspace=workspace, limit=limit, offset=offset)))

    async def users(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None, **more: Day
    ) -> UserStatsPage:
        return read(UserStatsPage, await self._requester.json(_ask("/users", from_, more, to=to, timezone=timezone, workspace=workspace, limit=limit, offset=offset)))

    async def models(
        self, *, from_: Optional[Day] = None, to: Optional[Day] = None, timezone: Optional[str] = None, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None, **more: Day
    ) -> ModelStatsPage:
        """Those with the most calls first."""
        return read(ModelStatsPage, await self._requester.json(_ask("/models", from_, more, to=to, timezone=timezone, workspace=workspace, limit=limit, offset=offset)))
