from __future__ import annotations

from typing import AsyncIterator, Iterator, Optional, Sequence, Tuple

from ._address import segment
from ._pages import PAGE_SIZE, each_item
from ._reading import given, read
from ._requester import Ask, Options, Requester
from ._wire import iterate, run
from .models import Skill, SkillPage

_PATH = "/api/v1/skills"


def _remove(name: str) -> Ask:
    return Ask("DELETE", f"{_PATH}/{segment(name)}")


def _list(limit: Optional[int], offset: Optional[int]) -> Ask:
    return Ask("GET", _PATH, query=given(limit=limit, offset=offset))


class Skills:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> SkillPage:
        return read(SkillPage, run(self._requester.json(_list(limit, offset))))

    def get(self, name: str) -> Skill:
        return read(Skill, run(self._requester.json(Ask("GET", f"{_PATH}/{segment(name)}"))))

    def install(self, *, name: str, version: Optional[str] = None, idempotency_key: Optional[str] = None) -> Skill:
        return read(Skill, run(self._requester.with_options(Options(idempotency_key=idempotency_key)).json(Ask("POST", _PATH, body=given(name=name, version=version)))))

    def enable(self, name: str) -> Skill:
        return read(Skill, run(self._requester.json(Ask("POST", f"{_PATH}/{segment(name)}/enable"))))

    def disable(self, name: str) -> Skill:
        return read(Skill, run(self._requester.json(Ask("POST", f"{_PATH}/{segment(name)}/disable"))))

    def all(self, *, page_size: int = PAGE_SIZE) -> Iterator[Skill]:
        """Every installed skill, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Skill], int]:
            page = read(SkillPage, await self._requester.json(_list(limit, offset)))
            return page.skills, page.total

        return iterate(each_item(ask, lambda item: item.name, page_size))

    def remove(self, name: str) -> None:
        run(self._requester.json(_remove(name)))


class AsyncSkills:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def list(self, *, limit: Optional[int] = None, offset: Optional[int] = None) -> SkillPage:
        return read(SkillPage, await self._requester.json(_list(limit, offset)))

    async def get(self, name: str) -> Skill:
        return read(Skill, await self._requester.json(Ask("GET", f"{_PATH}/{segment(name)}")))

    async def install(self, *, name: str, version: Optional[str] = None, idempotency_key: Optional[str] = None) -> Skill:
        return read(Skill, await self._requester.with_options(Options(idempotency_key=idempotency_key)).json(Ask("POST", _PATH, body=given(name=name, version=version))))

    async def enable(self, name: str) -> Skill:
        return read(Skill, await self._requester.json(Ask("POST", f"{_PATH}/{segment(name)}/enable")))

    async def disable(self, name: str) -> Skill:
        return read(Skill, await self._requester.json(Ask("POST", f"{_PATH}/{segment(name)}/disable")))

    def all(self, *, page_size: int = PAGE_SIZE) -> AsyncIterator[Skill]:
        """Every installed skill, page by page."""

        async def ask(limit: int, offset: int) -> Tuple[Sequence[Skill], int]:
            page = read(SkillPage, await self._requester.json(_list(limit, offset)))
            return page.skills, page.total

        return each_item(ask, lambda item: item.name, page_size)

    async def remove(self, name: str) -> None:
        await self._requester.json(_remove(name))
