"""What carries a request to the gateway. There are two: one that blocks, and one for asyncio.

All that is not carrying is written once, as coroutines. Those of the blocking wire never wait, so one step runs them to their end (`run`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, AsyncGenerator, Awaitable, Iterator, Mapping, Optional, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: Optional[bytes]


class Reply(Protocol):
    status: int
    #: By their names in lower case.
    headers: Mapping[str, str]

    async def read(self, timeout: float) -> bytes:
        """Some more of the body; empty at its end. `TimeoutError` and `OSError` where it does not come."""

    def close(self) -> None:
        """Leaves the connection."""


class Wire(Protocol):
    async def open(self, request: Request, timeout: float) -> Reply:
        """Sends a request and waits for the head of its answer. `TimeoutError` and `OSError` where that fails."""

    async def sleep(self, seconds: float) -> None: ...


def run(work: Awaitable[T]) -> T:
    """Runs what never waits."""
    steps: Any = work.__await__() if hasattr(work, "__await__") else work
    try:
        steps.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("a blocking wire has nothing to wait for")


def iterate(items: AsyncGenerator[T, None]) -> Iterator[T]:
    """The items of a generator that never waits. Who leaves early leaves its connection, too."""
    try:
        while True:
            try:
                item = run(items.__anext__())
            except StopAsyncIteration:
                return
            yield item
    finally:
        run(items.aclose())
