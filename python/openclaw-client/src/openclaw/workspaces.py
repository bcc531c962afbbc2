from __future__ import annotations

import enum
from typing import AsyncIterator, Iterator, Mapping, Optional, Sequence, Tuple, Union

from ._address import segment
from ._pages import PAGE_SIZE, each_item
from ._reading import given, read
from ._requester import Ask, Options, Requester
from ._wire import iterate, run
from .models import Workspace, WorkspacePage

_PATH = "/api/v1/workspaces"


class _Unset(enum.Enum):
    """What is not named is not changed; None takes it away."""

    UNSET = "unset"


_UNSET = _Unset.UNSET


def _list(limit: Optional[int], offset: Optional[int]) -> Ask:
    return Ask("GET", _PATH, query=given(limit=limit, offset=offset))


def _change(workspace: str, **changes: object) -> Ask:
    return Ask("PATCH", f"{_PATH}/{segment(workspace)}", body={name: value for name, value in changes.items() if value is not _UNSET})


class Workspaces:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> WorkspacePage:
        return read(WorkspacePage, run(self._requester.json(_list(limit, offset))))

    def get(self, workspace: str) -> Workspace:
        return read(Workspace, run(self._requester.json(Ask("GET", f"{_PATH}/{segment(workspace)}"))))

    def create(self, *, id: str, label: Optional[str] = None, agent: Optional[str] = None, skills: Optional[Sequence[str]] = None, allowlist: Optional[Sequence[str]] = None, budget: Optional[Mapping[str, object]] = None, idempotency_key: Optional[str] = None) -> Workspace:
        return read(Workspace, run(self._requester.with_options(Options(idempotency_key=idempotency_key)).json(Ask("POST", _PATH, body=given(id=id, label=label, agent=agent, skills=skills, allowlist=allowlist, budget=budget)))))

    def update(self, workspace: str, *, label: Union[str, _Unset] = _UNSET, agent: Union[str, None, _Unset] = _UNSET, skills: Union[Sequence[str], None, _Unset] = _UNSET, budget: Union[Mapping[str, object], None, _Unset] = _UNSET) -> Workspace:
        """Changes what is named; None takes a setting away."""
        return read(Workspace, run(self._requester.json(_change(workspace, label=label, agent=agent, skills=skills, budget=budget))))

    def update_allowlist(self, workspace: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Workspace:
        return read(Workspace, run(self._requester.json(Ask("PATCH", f"{_PATH}/{segment(workspace)}/allowlist", body={"add": list(add), "remove": list(remove)}))))

    def delete(self, workspace: str) -> bool:
        """Deletes a workspace with its sessions and files."""
        return bool((run(self._requester.json(Ask("DELETE", f"{_PATH}/{segment(workspace)}"))))["deleted"])

    def all(self, *, page_size: int = PAGE_SIZE) -> Iterator[Workspace]:
        """Every workspace the credential may enter, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Workspace], int]:
            page = read(WorkspacePage, await self._requester.json(_list(limit, offset)))
            return page.workspaces, page.total

        return iterate(each_item(ask, lambda item: item.id, page_size))


class AsyncWorkspaces:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> WorkspacePage:
        return read(WorkspacePage, await self._requester.json(_list(limit, offset)))

    async def get(self, workspace: str) -> Workspace:
        return read(Workspace, await self._requester.json(Ask("GET", f"{_PATH}/{segment(workspace)}")))

    async def create(self, *, id: str, label: Optional[str] = None, agent: Optional[str] = None, skills: Optional[Sequence[str]] = None, allowlist: Optional[Sequence[str]] = None, budget: Optional[Mapping[str, object]] = None, idempotency_key: Optional[str] = None) -> Workspace:
        return read(Workspace, await self._requester.with_options(Options(idempotency_key=idempotency_key)).json(Ask("POST", _PATH, body=given(id=id, label=label, agent=agent, skills=skills, allowlist=allowlist, budget=budget))))

    async def update(self, workspace: str, *, label: Union[str, _Unset] = _UNSET, agent: Union[str, None, _Unset] = _UNSET, skills: Union[Sequence[str], None, _Unset] = _UNSET, budget: Union[Mapping[str, object], None, _Unset] = _UNSET) -> Workspace:
        """Changes what is named; None takes a setting away."""
        return read(Workspace, await self._requester.json(_change(workspace, label=label, agent=agent, skills=skills, budget=budget)))

    async def update_allowlist(self, workspace: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Workspace:
        return read(Workspace, await self._requester.json(Ask("PATCH", f"{_PATH}/{segment(workspace)}/allowlist", body={"add": list(add), "remove": list(remove)})))

    async def delete(self, workspace: str) -> bool:
        """Deletes a workspace with its sessions and files."""
        return bool((await self._requester.json(Ask("DELETE", f"{_PATH}/{segment(workspace)}")))["deleted"])

    def all(self, *, page_size: int = PAGE_SIZE) -> AsyncIterator[Workspace]:
        """Every workspace the credential may enter, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Workspace], int]:
            page = read(WorkspacePage, await self._requester.json(_list(limit, offset)))
            return page.workspaces, page.total

        return each_item(ask, lambda item: item.id, page_size)
