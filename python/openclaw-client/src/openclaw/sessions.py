from __future__ import annotations

from typing import AsyncIterator, Iterator, Optional, Sequence, Tuple

from ._address import segment
from ._pages import PAGE_SIZE, each_item
from ._reading import given, read
from ._requester import Ask, Requester
from ._wire import iterate, run
from .models import MessagePage, Session, SessionMessage, SessionPage

_PATH = "/api/v1/sessions"


def _list(workspace: Optional[str], limit: Optional[int], offset: Optional[int]) -> Ask:
    return Ask("GET", _PATH, query=given(workspace=workspace, limit=limit, offset=offset))


def _history(session: str, limit: Optional[int], offset: Optional[int], include_tools: Optional[bool]) -> Ask:
    return Ask("GET", f"{_PATH}/{segment(session)}/history", query=given(limit=limit, offset=offset, includeTools=include_tools))


class Sessions:
    """A session is named by its id, its key or its short name."""

    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def list(self, *, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None) -> SessionPage:
        """The sessions, the most recently active first."""
        return read(SessionPage, run(self._requester.json(_list(workspace, limit, offset))))

    def get(self, session: str) -> Session:
        return read(Session, run(self._requester.json(Ask("GET", f"{_PATH}/{segment(session)}"))))

    def history(self, session: str, *, limit: Optional[int] = None, offset: Optional[int] = None, include_tools: Optional[bool] = None) -> MessagePage:
        """The newest messages, in the order in which they were written; `offset` counts back from the newest."""
        return read(MessagePage, run(self._requester.json(_history(session, limit, offset, include_tools))))

    def delete(self, session: str) -> bool:
        """Deletes a session with its messages; what runs in it is cancelled."""
        return bool((run(self._requester.json(Ask("DELETE", f"{_PATH}/{segment(session)}"))))["deleted"])

    def clear(self, *, workspace: str) -> int:
        """Deletes all sessions of a workspace; tells how many."""
        return int((run(self._requester.json(Ask("DELETE", _PATH, query=given(workspace=workspace)))))["deleted"])

    def all(self, *, workspace: Optional[str] = None, page_size: int = PAGE_SIZE) -> Iterator[Session]:
        """Every session, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Session], int]:
            page = read(SessionPage, await self._requester.json(_list(workspace, limit, offset)))
            return page.sessions, page.total

        return iterate(each_item(ask, lambda item: item.id, page_size))

    def all_messages(self, session: str, *, include_tools: Optional[bool] = None, page_size: int = PAGE_SIZE) -> Iterator[SessionMessage]:
        """Every message, page by page, the newest first."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[SessionMessage], int]:
            page = read(MessagePage, await self._requester.json(_history(session, limit, offset, include_tools)))
            return page.messages[::-1], page.total

        return iterate(each_item(ask, lambda item: item.id, page_size))


class AsyncSessions:
    """A session is named by its id, its key or its short name."""

    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def list(self, *, workspace: Optional[str] = None, limit: Optional[int] = None, offset: Optional[int] = None) -> SessionPage:
        """The sessions, the most recently active first."""
        return read(SessionPage, await self._requester.json(_list(workspace, limit, offset)))

    async def get(self, session: str) -> Session:
        return read(Session, await self._requester.json(Ask("GET", f"{_PATH}/{segment(session)}")))

    async def history(self, session: str, *, limit: Optional[int] = None, offset: Optional[int] = None, include_tools: Optional[bool] = None) -> MessagePage:
        """The newest messages, in the order in which they were written; `offset` counts back from the newest."""
        return read(MessagePage, await self._requester.json(_history(session, limit, offset, include_tools)))

    async def delete(self, session: str) -> bool:
        """Deletes a session with its messages; what runs in it is cancelled."""
        return bool((await self._requester.json(Ask("DELETE", f"{_PATH}/{segment(session)}")))["deleted"])

    async def clear(self, *, workspace: str) -> int:
        """Deletes all sessions of a workspace; tells how many."""
        return int((await self._requester.json(Ask("DELETE", _PATH, query=given(workspace=workspace))))["deleted"])

    def all(self, *, workspace: Optional[str] = None, page_size: int = PAGE_SIZE) -> AsyncIterator[Session]:
        """Every session, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Session], int]:
            page = read(SessionPage, await self._requester.json(_list(workspace, limit, offset)))
            return page.sessions, page.total

        return each_item(ask, lambda item: item.id, page_size)

    def all_messages(self, session: str, *, include_tools: Optional[bool] = None, page_size: int = PAGE_SIZE) -> AsyncIterator[SessionMessage]:
        """Every message, page by page, the newest first."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[SessionMessage], int]:
            page = read(MessagePage, await self._requester.json(_history(session, limit, offset, include_tools)))
            return page.messages[::-1], page.total

        return each_item(ask, lambda item: item.id, page_size)
