from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Iterator, List, Optional


@dataclass(frozen=True)
class SseMessage:
    data: str
    id: Optional[str]
    #: Seconds until it makes sense to come back, after a stream that broke off.
    retry: Optional[float]


class SseReader:
    """Reads server-sent events as the standard says: any line ending, comments passed over, an event that is not whole dropped."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._data: List[str] = []
        self._id: Optional[str] = None
        self._retry: Optional[float] = None

    def read(self, chunk: bytes) -> Iterator[SseMessage]:
        """The messages that are whole with this chunk."""
        text = self._pending + self._decoder.decode(chunk)
        # A carriage return at the end may be half of a line's end.
        held = "\r" if text.endswith("\r") else ""
        lines = re.split(r"\r\n|\n|\r", text[: len(text) - len(held)])
        self._pending = lines.pop() + held
        for line in lines:
            message = self._take(line)
            if message is not None:
                yield message

    def _take(self, line: str) -> Optional[SseMessage]:
        if line == "":
            return self._finish()
        field, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if field == "data":
            self._data.append(value)
        elif field == "id":
            self._id = value
        elif field == "retry" and value.isdigit():
            self._retry = int(value) / 1000
        return None

    def _finish(self) -> Optional[SseMessage]:
        message = SseMessage("\n".join(self._data), self._id, self._retry) if self._data else None
        self._data, self._id, self._retry = [], None, None
        return message
