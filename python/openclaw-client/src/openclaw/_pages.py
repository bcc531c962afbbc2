from __future__ import annotations

from typing import Any, AsyncGenerator, Awaitable, Callable, Sequence, Set, Tuple, TypeVar

T = TypeVar("T")

PAGE_SIZE = 100


async def each_item(ask: Callable[[int, int], Awaitable[Tuple[Sequence[T], int]]], key_of: Callable[[T], Any], limit: int) -> AsyncGenerator[T, None]:
    """Every item of a list, page by page; `ask` takes limit and offset. What moves on to a later page while it is read is told once."""
    told: Set[Any] = set()
    offset = 0
    while True:
        items, total = await ask(limit, offset)
        for item in items:
            if key_of(item) not in told:
                told.add(key_of(item))
                yield item
        offset += len(items)
        if not items or offset >= total:
            return
