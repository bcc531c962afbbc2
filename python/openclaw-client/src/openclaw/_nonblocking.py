"""The wire for asyncio: HTTP/1.1 on its streams, since the standard library has no client for it. No threads; a task that is cancelled
leaves its connection at once."""

from __future__ import annotations

import asyncio
import ssl
from typing import Awaitable, Dict, Mapping, Optional, Tuple, TypeVar

from ._address import Address
from ._wire import Reply, Request

T = TypeVar("T")

_CHUNK = 65_536
_LARGEST_HEAD = 65_536


class AsyncioWire:
    def __init__(self, address: Address, tls: Optional[ssl.SSLContext]) -> None:
        self._address = address
        self._tls = tls

    async def open(self, request: Request, timeout: float) -> Reply:
        return await _within(self._open(request), timeout)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _open(self, request: Request) -> Reply:
        address = self._address
        tls = (self._tls or ssl.create_default_context()) if address.secure else None
        reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls, limit=_LARGEST_HEAD)
        try:
            writer.write(_head_of(address, request) + (request.body or b""))
            await writer.drain()
            status, headers = await _read_head(reader)
            while status < 200:
                status, headers = await _read_head(reader)
            return _AsyncioReply(status, headers, reader, writer)
        except BaseException:
            writer.close()
            raise


class _AsyncioReply:
    def __init__(self, status: int, headers: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.status = status
        self.headers = headers
        self._reader = reader
        self._writer = writer
        self._chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        #: What is left of the body, or of the chunk. None: all that comes.
        self._left: Optional[int] = 0 if self._chunked or status in (204, 304) else _length_of(headers)
        self._over = not self._chunked and self._left == 0

    async def read(self, timeout: float) -> bytes:
        return await _within(self._read(), timeout)

    async def _read(self) -> bytes:
        if self._chunked and self._left == 0 and not self._over:
            await self._next_chunk()
        if self._over:
            return b""
        data = await self._reader.read(_CHUNK if self._left is None else min(_CHUNK, self._left))
        if self._left is None:
            return data
        if data == b"":
            raise ConnectionError("the answer ended before it was whole")
        self._left -= len(data)
        if self._left == 0 and self._chunked:
            await self._reader.readexactly(2)
        elif self._left == 0:
            self._over = True
        return data

    async def _next_chunk(self) -> None:
        line = await self._reader.readline()
        try:
            self._left = int(line.split(b";", 1)[0], 16)
        except ValueError:
            raise ConnectionError("the answer ended before it was whole") from None
        self._over = self._left == 0

    def close(self) -> None:
        self._writer.close()


async def _within(work: Awaitable[T], timeout: float) -> T:
    """What `work` gives. The failures of streams are connections that failed."""
    try:
        return await asyncio.wait_for(work, timeout)
    except asyncio.TimeoutError:
        # Before Python 3.11 another class than the built-in one.
        raise TimeoutError("no answer in time") from None
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, EOFError) as failure:
        raise ConnectionError(str(failure)) from failure


def _head_of(address: Address, request: Request) -> bytes:
    host = f"[{address.host}]" if ":" in address.host else address.host
    usual = 443 if address.secure else 80
    lines = [f"{request.method} {address.path}{request.path} HTTP/1.1", f"host: {host}" if address.port == usual else f"host: {host}:{address.port}", "connection: close"]
    if request.body is not None:
        lines.append(f"content-length: {len(request.body)}")
    lines.extend(f"{name}: {value}" for name, value in request.headers.items())
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _read_head(reader: asyncio.StreamReader) -> Tuple[int, Dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise ConnectionError("what answers here does not speak HTTP")
    headers: Dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return int(words[1]), headers


def _length_of(headers: Mapping[str, str]) -> Optional[int]:
    length = headers.get("content-length", "")
    return int(length) if length.isdigit() else None
