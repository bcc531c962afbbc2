"""JSON becomes objects: `tokensUsed` and `tokens_used` alike are the attribute `tokens_used`."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, Mapping, Optional, Type, TypeVar

T = TypeVar("T")


def read(kind: Type[T], data: Any) -> T:
    """An object of a dataclass; what the answer does not have is None, and all of it is in `raw`."""
    given = data if isinstance(data, dict) else {}
    by_name = {_plain(name): value for name, value in given.items()}
    values: Dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        values[field.name] = given if field.name == "raw" else _one(field.metadata, by_name.get(_plain(field.name)))
    return kind(**values)


def part(kind: type) -> Any:
    """A field that holds an object of its own."""
    return dataclasses.field(metadata={"part": kind})


def parts(kind: type) -> Any:
    """A field that holds a list of objects."""
    return dataclasses.field(metadata={"parts": kind})


def raw() -> Any:
    """The answer as it came, with what is newer than this client."""
    return dataclasses.field(repr=False)


def given(**values: Optional[object]) -> Mapping[str, object]:
    """Those that are not None."""
    return {name.rstrip("_"): value for name, value in values.items() if value is not None}


def _one(metadata: Mapping[str, Any], value: Any) -> Any:
    if "part" in metadata:
        return read(metadata["part"], value)
    if "parts" in metadata:
        items: List[Any] = [read(metadata["parts"], one) for one in value or []]
        return items
    return value


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
