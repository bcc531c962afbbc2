from __future__ import annotations

from typing import Any, Mapping, Optional, Tuple

from ._requester import Ask, Requester
from ._wire import run
from .models import Config

_READ = Ask("GET", "/api/v1/config")


def _patch(changes: Mapping[str, object], if_match: Optional[str]) -> Ask:
    return Ask("PATCH", _READ.path, body=changes, headers={} if if_match is None else {"if-match": if_match})


def _config(answer: Tuple[Any, Mapping[str, str]]) -> Config:
    value, headers = answer
    return Config(value, headers.get("etag"))


class Configuration:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    def get(self) -> Config:
        return _config(run(self._requester.whole(_READ)))

    def patch(self, changes: Mapping[str, object], *, if_match: Optional[str] = None) -> Config:
        """Merges the changes into the configuration; None takes a key away. With `if_match`, only into the state that has this `etag`."""
        return _config(run(self._requester.whole(_patch(changes, if_match))))


class AsyncConfiguration:
    def __init__(self, requester: Requester) -> None:
        self._requester = requester

    async def get(self) -> Config:
        return _config(await self._requester.whole(_READ))

    async def patch(self, changes: Mapping[str, object], *, if_match: Optional[str] = None) -> Config:
        """Merges the changes into the configuration; None takes a key away. With `if_match`, only into the state that has this `etag`."""
        return _config(await self._requester.whole(_patch(changes, if_match)))
